import Foundation
import TestSupport
import Testing

/// `--anonymize`: no real address gets into any output, and everything else stays as it was.
@Suite struct AnonymizationTests {
  private static let formats = [
    "text", "csv", "json", "ndjson", "zeek", "md", "html", "svg", "mermaid", "plantuml",
  ]
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  /// Every file that a run leaves, as text.
  private func written(_ arguments: String..., key: String? = nil) throws -> String {
    let scratch = try Scratch()
    var program = Program()
    program.environment["TCPTIMELINE_KEY"] = key
    let result = try program.run(arguments + ["-o", scratch.path("report")])
    try #require(result.status == 0, "\(result.errors)")
    var text = result.errors
    for file in try FileManager.default.subpathsOfDirectory(atPath: scratch.folder.path).sorted()
    where !file.hasSuffix("-assets") {
      text += file + "\n" + String(decoding: try scratch.read(file), as: UTF8.self)
    }
    return text
  }

  @Test(arguments: formats)
  func noRealAddressInAnyFormat(_ format: String) throws {
    for sample in ["port-reuse.pcap", "refused.pcap", "reset.pcap"] {
      let real = try written("Samples/\(sample)", "--format", format)
      let text = try written("Samples/\(sample)", "--format", format, "--anonymize")
      for address in ["10.61.1.10", "10.61.2.20"] {
        #expect(real.contains(address))
        #expect(!text.contains(address), "\(sample)")
      }
      for id in communityIDs(in: real) { #expect(!text.contains(id), "\(sample)") }
    }
  }

  @Test(arguments: formats)
  func noRealIPv6Address(_ format: String) throws {
    let real = try written("Samples/ipv6.pcapng", "--format", format)
    let text = try written("Samples/ipv6.pcapng", "--format", format, "--anonymize")
    let addresses = real.matches(of: /[0-9a-f]+:[0-9a-f:]*::[0-9a-f]+/).map(\.output)
    #expect(!addresses.isEmpty)
    for address in Set(addresses) { #expect(!text.contains(address), "\(address)") }
  }

  /// One key for both captures: what is in both stays one.
  @Test(arguments: ["text", "json", "md"])
  func noRealAddressInAComparison(_ format: String) throws {
    let arguments = ["diff", "Samples/many.pcap", "Samples/refused.pcap", "--by", "pair"]
    func compared(_ more: String...) throws -> String {
      try Program().run(arguments + more + ["--format", format, "-o", "-"]).text
    }
    let real = try compared()
    let text = try compared("--anonymize")
    #expect(real.contains("10.61.2.20") && !text.contains("10.61."))
    #expect(text.count { $0 == "\n" } == real.count { $0 == "\n" })
    let chosen = try compared("--anonymize", "--host", "10.61.2.20")
    #expect(chosen == text)
  }

  @Test(arguments: ["text", "json", "md", "html", "svg", "csv"])
  func noRealAddressOfASnapshot(_ format: String) throws {
    let arguments = ["Samples/half-close.pcapng", "Samples/half-close-snapshots", "-o", "-"]
    let real = try Program().run(arguments + ["--format", format])
    let result = try Program().run(arguments + ["--format", format, "--anonymize"])
    #expect(real.text.contains("10.61."))
    #expect(!result.text.contains("10.61."))
    #expect(result.text.count(where: { $0 == "\n" }) == real.text.count(where: { $0 == "\n" }))
  }

  @Test(arguments: formats)
  func namesAndCommentsOfTheCaptureStayInIt(_ format: String) throws {
    let capture = try named()
    let comment = "10.61.1.10 is Alice's"
    if format != "zeek" {
      #expect(try written(capture, "--format", format).contains("alices-laptop"))
    }
    let text = try written(capture, "--format", format, "--anonymize")
    #expect(!text.contains("alice") && !text.contains(comment) && !text.contains("Alice"))
  }

  @Test func communityIDsAreThoseOfThePseudonyms() throws {
    let text = try written("Samples/port-reuse.pcap", "--format", "csv", "--anonymize", key: "k")
    let again = try written(
      "Samples/port-reuse.pcap", "--format", "csv", "--anonymize", key: "k")
    #expect(text == again)
    let other = try written("Samples/port-reuse.pcap", "--format", "csv", "--anonymize", key: "l")
    #expect(communityIDs(in: text).isDisjoint(with: communityIDs(in: other)))
    #expect(!communityIDs(in: text).isEmpty)
  }

  /// Times, counts, states: a report tells the same story.
  @Test func onlyAddressesChange() throws {
    let real = try written("Samples/reset.pcap", "--format", "text")
    let text = try written("Samples/reset.pcap", "--format", "text", "--anonymize")
    func story(_ text: String) -> [Substring] {
      text.split(whereSeparator: { " \n".contains($0) }).filter { !$0.hasPrefix("10.") }
    }
    #expect(story(real) == story(text))
  }

  @Test func oneKeyGivesTheSamePseudonymsForEveryCapture() throws {
    func clients(_ sample: String) throws -> Set<Substring> {
      let rows = try written("Samples/\(sample)", "--format", "csv", "--anonymize", key: "secret")
      return Set(
        rows.split(whereSeparator: \.isNewline).dropFirst(2).map { $0.split(separator: ",")[1] })
    }
    #expect(try clients("refused.pcap") == clients("port-reuse.pcap"))
    #expect(try clients("refused.pcap").count == 1)
  }

  @Test func hostsAndNamesAreAskedForByRealAddresses() throws {
    let arguments = [
      "Samples/refused.pcap", "--anonymize", "--host", "10.61.2.0/24", "--name",
      "10.61.2.20=reports", "-o", "-", "--format",
    ]
    for format in Self.formats where format != "zeek" {
      let result = try Program().run(arguments + [format])
      #expect(result.text.contains("reports"), "\(format)")
      #expect(!result.text.contains("10.61."), "\(format)")
    }
  }

  @Test func standardInputGivesTheSameAsTheFile() throws {
    let bytes = Array(
      try Data(contentsOf: Repository.samples.appendingPathComponent("refused.pcap")))
    let piped = try Program(input: bytes).run("-", "--anonymize", "-o", "-", "--format", "csv")
    let read = try Program().run(
      "Samples/refused.pcap", "--anonymize", "-o", "-", "--format", "csv")
    #expect(piped.status == 0)
    #expect(piped.output == read.output)
  }

  private func communityIDs(in text: String) -> Set<String> {
    Set(text.matches(of: /1:[A-Za-z0-9+\/]{27}=/).map { String($0.output) })
  }

  /// A sample with a name record (pcapng 4.5) and a comment in it.
  private func named() throws -> String {
    func padded(_ bytes: [UInt8]) -> [UInt8] {
      bytes + Array(repeating: 0, count: (4 - bytes.count % 4) % 4)
    }
    func word(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }
    let name = [10, 61, 1, 10] + Array("alices-laptop".utf8) + [0]
    let comment = Array("10.61.1.10 is Alice's".utf8)
    let body =
      word(1) + word(name.count) + padded(name) + word(0) + word(0) + word(1)
      + word(comment.count) + padded(comment) + word(0) + word(0)
    let length = word(body.count + 12) + [0, 0]
    let capture = try Data(
      contentsOf: Repository.samples.appendingPathComponent("half-close.pcapng"))
    return try scratch.write(
      Array(capture) + [4, 0, 0, 0] + length + body + length, "named.pcapng")
  }
}
