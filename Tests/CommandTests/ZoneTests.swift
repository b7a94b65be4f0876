import TestSupport
import Testing

/// `--time`: people read times of a zone, data stays UTC.
@Suite struct ZoneTests {
  private let capture = "Samples/textbook.pcap"

  private func run(_ arguments: String..., zone: String? = nil) throws -> Program.Result {
    var program = Program()
    if let zone { program.environment["TZ"] = zone }
    return try program.run([capture] + arguments)
  }

  @Test func anOffsetIsAddedAndSaid() throws {
    let utc = try run().text
    let there = try run("--time", "+05:30").text
    let at = try #require(utc.firstMatch(of: /from (\d+-\d+-\d+) (\d+):(\d+):(\S+) UTC/))
    let moved = try #require(there.firstMatch(of: /from (\S+) (\d+):(\d+):(\S+) \+05:30/))
    let minutes = { (hours: Substring, minutes: Substring) -> Int in
      (Int(hours) ?? -1) * 60 + (Int(minutes) ?? -1)
    }
    #expect(minutes(moved.2, moved.3) == (minutes(at.2, at.3) + 330) % 1440)
    #expect(moved.4 == at.4)
  }

  @Test(arguments: ["svg", "md", "html", "text"])
  func everyTimeThatPeopleReadHasTheZone(format: String) throws {
    let text = try run("--time", "-03:00", "-o", "-", "--format", format).text
    #expect(text.contains(" -03:00"))
    #expect(!text.contains(" UTC"))
  }

  @Test(arguments: ["json", "ndjson", "csv", "zeek"])
  func dataStaysUTC(format: String) throws {
    let arguments = ["-o", "-", "--format", format]
    let plain = try Program().run([capture] + arguments)
    let there = try Program().run([capture, "--time", "+09:00"] + arguments)
    #expect(there.output == plain.output)
  }

  @Test func localIsWhatTheSystemSays() throws {
    #expect(try run("--time", "local", zone: "<+07>-07").text.contains(" +07:00"))
  }

  @Test func betweenMeansTheClockThatIsShown() throws {
    let start = try #require(
      try run("--time", "+09:00").text.firstMatch(of: /from \S+ (\d\d:\d\d):/))
    let there = try run(
      "--time", "+09:00", "--between", String(start.1), String(start.1) + ":59")
    #expect(there.status == 0, "\(there.errors)")
    #expect(there.text.contains("Connections: 1"))
  }

  @Test(arguments: ["Mars/Phobos", "+25:00", "+9", "../etc/passwd", ""])
  func anUnknownZoneIsSaid(zone: String) throws {
    let result = try run("--time", zone)
    #expect(result.status == 64)
    #expect(result.errors.hasPrefix("tcptimeline: --time \(zone): no such zone"))
  }

  // MARK: Nights

  private func night(_ arguments: String...) throws -> Program.Result {
    let result = try Program().run(["nightly", "Samples/nightly/snapshots"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
    return result
  }

  @Test(arguments: ["svg", "md", "html", "text"])
  func everyTimeOfANightHasTheZone(format: String) throws {
    let text = try night("--time", "+05:30", "-o", "-", "--format", format).text
    #expect(text.contains("+05:30"))
    #expect(
      !text.contains("UTC"), "\(text.split(separator: "\n").first { $0.contains("UTC") } ?? "")")
  }

  @Test func aNightIsMovedByTheZone() throws {
    let utc = try night().text
    let there = try night("--time", "+05:30").text
    let pattern = /Sockets from \S+ (\d\d):(\d\d):/
    let at = try #require(utc.firstMatch(of: pattern))
    let moved = try #require(there.firstMatch(of: pattern))
    let minutes = { (hours: Substring, minutes: Substring) -> Int in
      (Int(hours) ?? -1) * 60 + (Int(minutes) ?? -1)
    }
    #expect(minutes(moved.1, moved.2) == (minutes(at.1, at.2) + 330) % 1440)
  }

  @Test func theDataOfANightStaysUTC() throws {
    let plain = try night("-o", "-", "--format", "json")
    #expect(try night("--time", "-03:00", "-o", "-", "--format", "json").output == plain.output)
  }

  @Test func anUnknownZoneOfANightIsSaid() throws {
    let result = try Program().run(
      "nightly", "Samples/nightly/snapshots", "--time", "Mars/Phobos")
    #expect(result.status == 64)
    #expect(result.errors.hasPrefix("tcptimeline: --time Mars/Phobos: no such zone"))
  }
}
