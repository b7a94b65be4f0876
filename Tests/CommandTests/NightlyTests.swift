import Foundation
import TestSupport
import Testing

/// `tcptimeline nightly` on the sample: every second hour of a day of a host whose service `reportd`
/// leaks, and which one peer floods at two in the afternoon.
@Suite struct NightlyTests {
  private static let snapshots = Repository.samples.appendingPathComponent("nightly/snapshots").path

  private struct Report: Decodable {
    struct Snapshot: Decodable {
      var path: String
      var source: String
      var time: String
      var timeBasis: String
      var sockets: Int
      var byState: [String: Int]
      var counted: Bool
    }

    struct Finding: Decodable {
      var kind: String
      var severity: String
    }

    struct Listener: Decodable {
      var local: String
    }

    struct Socket: Decodable {
      struct Stay: Decodable {
        var state: String
      }

      var firstSeen: String
      var lastSeen: String
      var states: [Stay]
    }

    struct Comparison: Decodable {
      var nights: Int
      var listenersAppeared: [String]
    }

    var schema: String
    var snapshots: [Snapshot]
    var findings: [Finding]
    var listeners: [Listener]
    var sockets: [Socket]
    var comparedWith: Comparison?
  }

  private func report(_ arguments: String...) throws -> Report {
    let result = try Program().run(["nightly"] + arguments + ["-o", "-", "--format", "json"])
    #expect(result.status == 0, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(result.output))
  }

  /// Counts lines by their first word, as a person would do with awk.
  private func countByHand(_ path: String) throws -> [String: Int] {
    let names = [
      "ESTAB": "ESTABLISHED", "SYN-RECV": "SYN_RECEIVED", "CLOSE-WAIT": "CLOSE_WAIT",
      "TIME-WAIT": "TIME_WAIT", "LISTEN": "LISTEN", "01": "ESTABLISHED", "03": "SYN_RECEIVED",
      "06": "TIME_WAIT", "08": "CLOSE_WAIT", "0A": "LISTEN",
    ]
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let isProc = path.contains("proc-net")
    return text.split(separator: "\n").dropFirst().reduce(into: [:]) { counts, line in
      if !isProc, line.first?.isWhitespace == true { return }
      let words = line.split(whereSeparator: \.isWhitespace)
      counts[names[String(words[isProc ? 3 : 0])] ?? "?", default: 0] += 1
    }
  }

  @Test func theLeakAndTheFloodingPeerAreFoundAndNothingElse() throws {
    let report = try report(NightlyTests.snapshots)
    #expect(report.schema == "tcptimeline.nightly/1")
    #expect(report.findings.map(\.kind) == ["close_wait_growth", "peer_dominates"])
    #expect(report.findings.map(\.severity) == ["error", "warning"])
    #expect(
      report.listeners.map(\.local) == ["127.0.0.1:6379", "10.61.2.20:8080", "10.61.2.20:9090"])
  }

  @Test func stateCountsEqualACountByHand() throws {
    let report = try report(NightlyTests.snapshots)
    #expect(report.snapshots.count == 24)
    for snapshot in report.snapshots {
      let byHand = try countByHand(snapshot.path)
      #expect(snapshot.byState == byHand, "\(snapshot.path)")
      #expect(snapshot.sockets == byHand.values.reduce(0, +))
      #expect(snapshot.timeBasis == "file_name")
      #expect(snapshot.counted == (snapshot.source == "ss"))
    }
  }

  @Test func socketsAreFollowedOverTheNight() throws {
    let report = try report(NightlyTests.snapshots)
    let all = report.sockets.filter { $0.firstSeen.hasPrefix("2026-10-12T00:00:03") }
    #expect(all.contains { $0.lastSeen.hasPrefix("2026-10-12T22:00:03") })
    #expect(report.sockets.allSatisfy { !$0.states.isEmpty })
  }

  @Test func procAloneFindsTheSame() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: NightlyTests.snapshots)
      .filter { $0.contains("proc-net-tcp") }.map { NightlyTests.snapshots + "/" + $0 }
    let result = try Program().run(["nightly"] + files)
    #expect(result.text.contains("leaves connections on port 9090 unclosed"))
    #expect(result.text.contains("10.61.1.66 had 150 of 312 sockets"))
  }

  @Test(arguments: [
    ("close_wait_growth", Int32(1)), ("accept_queue_full", 0),
    ("accept_queue_full peer_dominates", 1), ("", 0),
  ])
  func failOn(kinds: String, status: Int32) throws {
    let arguments = kinds.split(separator: " ").flatMap { ["--fail-on", String($0)] }
    let result = try Program().run(["nightly", NightlyTests.snapshots] + arguments)
    #expect(result.status == status)
    // The line that says which finding stopped it.
    #expect(result.errors.isEmpty == (status == 0))
    #expect(result.text.contains("Findings"))
  }

  @Test func anUnknownFindingIsWrongUsage() throws {
    let result = try Program().run("nightly", NightlyTests.snapshots, "--fail-on", "gremlins")
    #expect(result.status == 64)
    #expect(result.errors.contains("close_wait_growth"))
  }

  @Test func aNarrowPortRangeIsTakenSeriously() throws {
    let scratch = try Scratch()
    let rows = (0..<90).map { "TIME-WAIT 0 0 10.0.0.1:\(40_000 + $0) 10.0.9.9:80\n" }.joined()
    let file = try scratch.write(Array(rows.utf8), "1791763203_ss.txt")
    let narrow = try Program().run("nightly", file, "--port-range", "40000-40099")
    #expect(narrow.text.contains("90 ports in TIME_WAIT, 90 % of the range 40000-40099"))
    #expect(!(try Program().run("nightly", file)).text.contains("ports in TIME_WAIT"))
    #expect(try Program().run("nightly", file, "--port-range", "9-1").status == 64)
  }

  @Test(arguments: ["md", "html", "json", "svg", "txt"])
  func everyFormatIsWrittenTwiceAlike(ending: String) throws {
    let scratch = try Scratch()
    for name in ["one", "two"] {
      let result = try Program().run(
        "nightly", NightlyTests.snapshots, "-o", scratch.path("\(name).\(ending)"))
      #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty)
    }
    let (one, two) = (try scratch.read("one.\(ending)"), try scratch.read("two.\(ending)"))
    // The Markdown names its own folder of pictures.
    let text = String(decoding: one, as: UTF8.self).replacing("one-assets", with: "two-assets")
    #expect(text == String(decoding: two, as: UTF8.self))
    #expect(!text.isEmpty)
  }

  @Test func theChartIsAWholePicture() throws {
    let scratch = try Scratch()
    _ = try Program().run("nightly", NightlyTests.snapshots, "-o", scratch.path("night.md"))
    let picture = String(decoding: try scratch.read("night-assets/states.svg"), as: UTF8.self)
    #expect(
      picture.contains("role=\"img\"") && picture.contains("<title") && picture.contains("<desc"))
    #expect(picture.contains("data-state=\"CLOSE_WAIT\" data-most=\"83\" data-last=\"83\""))
    let text = String(decoding: try scratch.read("night.md"), as: UTF8.self)
    #expect(text.contains("![Sockets by state over time](night-assets/states.svg)"))
  }

  @Test func formatsOfConnectionsAreRefused() throws {
    let result = try Program().run("nightly", NightlyTests.snapshots, "-o", "night.csv")
    #expect(result.status == 64)
    #expect(result.errors.contains("choose svg, png, pdf, md, html, json, junit, sarif or text"))
  }

  // MARK: Which night

  /// Every second hour from midnight to 22:00, at three seconds past.
  @Test(
    arguments: [
      (["--last", "4h"], ["18", "20", "22"]),
      (["--between", "13:00", "17:00"], ["14", "16"]),
      // The last evening that has begun, as far as it goes.
      (["--between", "21:00", "06:00"], ["22"]),
      (["--between", "2026-10-12T03:00Z", "+23000"], ["04", "06"]),
    ] as [([String], [String])])
  func aNightIsWhatItsTimesSay(_ arguments: [String], _ hours: [String]) throws {
    let result = try Program().run(
      ["nightly", NightlyTests.snapshots, "-o", "-", "--format", "json"] + arguments)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let report = try decoder.decode(Report.self, from: Data(result.output))
    let times = report.snapshots.filter { $0.source == "ss" }.map(\.time)
    #expect(times.map { String($0.dropFirst(11).prefix(2)) } == hours, "\(result.errors)")
  }

  /// A loop's file goes on long after it began.
  @Test func theNewestSnapshotMayBeInAFileThatBeganEarly() throws {
    let scratch = try Scratch()
    let row = "LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n"
    var text = ""
    for hour in 0..<12 { text += "2026-09-01T\(hour < 10 ? "0" : "")\(hour):00:00Z\n" + row }
    try scratch.write(Array(text.utf8), "loop.txt")
    try scratch.write(Array(row.utf8), "2026-09-01T03:30Z.txt")
    let report = try report(scratch.folder.path, "--last", "2h")
    #expect(report.snapshots.map { $0.time.prefix(13).suffix(2) } == ["10", "11"])
  }

  @Test(
    arguments: [
      (["--last", "1h", "--between", "1:00", "2:00"], 64, "give one of them"),
      (["--between", "22:00"], 64, "--between takes two times"),
      (["--between", "2026-11-01T00:00Z", "2026-11-02T00:00Z"], 1, "no snapshot is of 2026-11-01"),
      (["--between", "2026-11-02T00:00Z", "2026-11-01T00:00Z"], 1, "ends before it begins"),
    ] as [([String], Int32, String)])
  func aNightThatIsNotThereIsSaid(_ arguments: [String], _ status: Int32, _ words: String) throws {
    let result = try Program().run(["nightly", NightlyTests.snapshots] + arguments)
    #expect(result.status == status && result.output.isEmpty)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  // MARK: History

  @Test func theHistoryComparesNights() throws {
    let scratch = try Scratch()
    let history = scratch.path("nights.sqlite")
    let first = try scratch.write(
      Array("LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n".utf8), "2026-09-01T03:00Z.txt")
    let second = try scratch.write(
      Array("LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\nLISTEN 0 5 0.0.0.0:4444 0.0.0.0:*\n".utf8),
      "2026-09-02T03:00Z.txt")
    #expect(try report(first, "--history", history).comparedWith == nil)
    for _ in 0..<2 {
      let report = try report(second, "--history", history)
      #expect(report.comparedWith?.nights == 1)
      #expect(report.comparedWith?.listenersAppeared == ["0.0.0.0:4444"])
      #expect(report.findings.map(\.kind) == ["listener_appeared"])
    }
  }

  @Test func textComparesWithTheNightsBefore() throws {
    let scratch = try Scratch()
    let history = scratch.path("nights.sqlite")
    for (day, ports) in [("01", [22]), ("02", [22, 25]), ("03", [22, 4444])] {
      let rows = ports.map { "LISTEN 0 5 0.0.0.0:\($0) 0.0.0.0:*\n" }.joined()
      let file = try scratch.write(Array(rows.utf8), "2026-09-\(day)T03:00Z.txt")
      let result = try Program().run("nightly", file, "--history", history)
      #expect(result.status == 0 && result.errors.isEmpty)
      #expect(result.text.contains("Compared with") == (day != "01"))
      guard day == "03" else { continue }
      for line in [
        "Compared with 2 earlier nights", "  The night before began 2026-09-02 03:00:00 UTC.",
        "  Listening since: 0.0.0.0:4444.", "  No longer listening: 0.0.0.0:25.",
        "Most at once  Tonight  Last night  Average  This weekday",
      ] { #expect(result.text.contains(line + "\n"), "\(line)") }
      #expect(result.text.contains(/\nLISTEN +2 +2 +2/))
    }
  }

  @Test func aDamagedHistoryDoesNotKeepTheReportFromBeingWritten() throws {
    let scratch = try Scratch()
    let history = try scratch.write(Array(repeating: 0x41, count: 9000), "nights.sqlite")
    let result = try Program().run(
      "nightly", NightlyTests.snapshots, "-o", scratch.path("night.json"), "--history", history)
    #expect(result.status == 65)
    #expect(
      result.errors == "tcptimeline: \(history): the history is damaged (file is not a database); "
        + "move it away to begin a new one; the report was written without it\n")
    #expect(try scratch.read("night.json").count > 1000)
  }

  @Test func anInputIsNoHistory() throws {
    let scratch = try Scratch()
    let file = try scratch.write(
      Array("LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n".utf8), "2026-09-01T03:00Z.txt")
    #expect(try Program().run("nightly", file, "--history", file).status == 73)
  }

  // MARK: Inputs

  @Test func standardInputNeedsATimeInside() throws {
    var program = Program()
    program.input = Array("2026-09-01T03:00:00Z\nLISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n".utf8)
    let dated = try program.run("nightly", "-")
    #expect(dated.status == 0)
    #expect(dated.text.contains("from 2026-09-01 03:00:00"))
    program.input = Array("LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n".utf8)
    let undated = try program.run("nightly", "-")
    #expect(undated.status == 65)
    #expect(undated.errors.contains("-: the snapshot from line 1 on has no time"))
  }

  @Test(arguments: [
    ("/no/such/file", Int32(66)), ("Samples/refused.pcap", 65), ("Templates", 65), ("", 64),
  ])
  func badInputs(input: String, status: Int32) throws {
    let result = try Program().run(["nightly"] + (input.isEmpty ? [] : [input]))
    #expect(result.status == status)
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.output.isEmpty)
  }

  // MARK: Snapshots

  @Test func whatIsSavedCanBeRead() throws {
    let scratch = try Scratch()
    let folder = scratch.path("snapshots")
    let saved = try Program().run("snapshot", "-o", folder, "--every", "700ms", "--for", "2s")
    #expect(saved.status == 0 && saved.output.isEmpty)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.filter { $0.hasSuffix("_proc-net-tcp.txt") }.count >= 2)
    #expect(names.allSatisfy { $0.hasSuffix(".txt") && !$0.hasPrefix(".") })
    let result = try Program().run("nightly", folder)
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test(arguments: [
    ["--for", "1h"], ["--every", "0s"], ["--every", "-5s"], ["--every", "often"],
  ])
  func wrongIntervals(arguments: [String]) throws {
    #expect(try Program().run(["snapshot"] + arguments).status == 64)
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    let result = try Program().run("snapshot", "-o", "/no/such/folder")
    #expect(result.status == 73)
    #expect(
      result.errors
        == "tcptimeline: /no/such/folder: cannot be made: the folder that it would lie in is"
        + " not there\n")
  }

  // MARK: Samples

  @Test(.enabled(if: access("/usr/bin/systemd-analyze", X_OK) == 0, "needs systemd-analyze"))
  func unitsAreWhatSystemdExpects() throws {
    let scratch = try Scratch()
    let folder = Repository.samples.appendingPathComponent("nightly")
    let units = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".service") || $0.hasSuffix(".timer") }.sorted()
    #expect(units.count == 4)
    for unit in units {
      let text = try String(contentsOf: folder.appendingPathComponent(unit), encoding: .utf8)
      // The program need not be installed to look at the rest.
      try scratch.write(
        Array(text.replacing("/usr/local/bin/tcptimeline", with: "/bin/true").utf8), unit)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/systemd-analyze")
    process.arguments = ["verify", "--man=no"] + units.map { scratch.path($0) }
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let said = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
  }
}
