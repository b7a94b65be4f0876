import Foundation
import Support
import TestSupport
import Testing

/// A name from a capture, in every output: nothing of it is markup, a formula, a command or unseen.
@Suite struct SafeOutputTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  /// A refused connection to an address that a name record gives this name.
  private func capture(_ name: String) throws -> String {
    var builder = PcapNGBuilder()
    builder.addInterface(linkType: 101)
    builder.addBlock(4) { body in
      let record = [10, 0, 0, 2] + Array(name.utf8) + [0]
      body.u16(1)
      body.u16(record.count)
      body.raw(record)
      body.pad(to: 4)
      body.u32(0)
    }
    builder.addPacket(PacketBuilder(sequence: 7).ipv4)
    var answer = PacketBuilder(sequence: 0, acknowledgment: 8, flags: [.rst, .ack])
    (answer.source, answer.destination) = (answer.destination, answer.source)
    (answer.sourcePort, answer.destinationPort) = (answer.destinationPort, answer.sourcePort)
    builder.addPacket(answer.ipv4)
    return try scratch.write(builder.bytes.content, "a.pcapng")
  }

  private func output(_ name: String, _ format: String) throws -> String {
    let result = try Program().run(try capture(name), "--format", format, "-o", "-")
    #expect(result.status == 0, "\(result.errors)")
    return result.text
  }

  @Test(
    arguments: [
      "text", "csv", "json", "ndjson", "md", "html", "svg", "mermaid", "plantuml", "zeek",
    ])
  func whatIsNotSeenIsMadeVisible(_ format: String) throws {
    let hidden: [Unicode.Scalar] = [
      "\u{1B}", "\u{9B}", "\u{202E}", "\u{2066}", "\u{200B}", "\u{200D}", "\u{2060}", "\u{AD}",
      "\u{E0041}", "\u{FE0F}", "\u{3164}", "\u{2028}", "\u{FEFF}", "\u{61C}", "\u{7F}",
    ]
    let name = "x" + hidden.map { String($0) }.joined(separator: "y") + "z"
    let text = try output(name, format)
    let seen = text.unicodeScalars.filter {
      $0.isUnsafeToShow && !"\n\r\t".unicodeScalars.contains($0)
    }
    #expect(seen.isEmpty, "\(seen.map { String($0.value, radix: 16) })")
    if format == "json" || format == "ndjson" { #expect(text.contains(#"\udb40\udc41"#)) }
  }

  @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1"])
  func aCellIsNoFormula(_ name: String) throws {
    let text = try output(name, "csv")
    #expect(!text.contains("\"\(name)") && !text.contains(",\(name)"))
  }

  @Test func plantUMLEvaluatesNothing() throws {
    let text = try output("%getenv('HOME') $x &#60; /' x", "plantuml")
    #expect(!text.contains("%getenv") && !text.contains("$x") && !text.contains("&#"))
    #expect(text.contains("<U+0025>getenv") && !text.contains("/'"))
  }

  @Test(
    arguments: [
      "https://evil.example/", "www.evil.example", "WWW.evil.example", "a@evil.example", "@octocat",
      "#12", "GH-12", "x/y#12", "mailto:a@b.example", "<https://evil.example>",
      "[x](https://evil.example)", "$x$",
    ])
  func markdownMakesNoLinkOfIt(_ name: String) throws {
    let text = try output(name, "md")
    let live =
      /https?:\/\/evil|(?i)www\.evil|[a-z]@[a-z]|@octocat|#12|(?i)gh-1|[^\\]\$x/
    // The diagram is Mermaid text, in which nothing is a link.
    let page = text.split(separator: "```", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined()
    #expect(page.firstMatch(of: live) == nil, "\(page.firstMatch(of: live)?.output ?? "")")
  }

  @Test func thePageLoadsNothingAndRunsNothing() throws {
    let text = try output("x", "html")
    #expect(text.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"))
    #expect(!text.contains("<script") && !text.contains("src=") && !text.contains("url("))
    let night = try Program().run("nightly", "Samples/nightly/snapshots", "--format", "html")
    #expect(night.text.contains("content=\"default-src 'none';"))
  }
}
