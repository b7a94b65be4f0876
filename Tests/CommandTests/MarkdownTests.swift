import Foundation
import TestSupport
import Testing

/// Markdown that travels: one file, and what GitHub's own parser makes of it.
@Suite struct MarkdownTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  private func report(_ arguments: String...) throws -> String {
    let result = try Program().run(arguments + ["-o", scratch.path("r.md")])
    #expect(result.status == 0, "\(result.errors)")
    return String(decoding: try scratch.read("r.md"), as: UTF8.self)
  }

  @Test(arguments: ["http.pcapng", "many.pcap", "retransmissions.pcap", "refused.pcap"])
  func oneFileFitsAnIssue(_ sample: String) throws {
    let text = try report("Samples/" + sample, "--self-contained")
    #expect(try scratch.names() == ["r.md"])
    #expect(text.utf8.count < 65_536)
    #expect(!text.contains("!["))
    #expect(text.contains("```mermaid\nsequenceDiagram\n"))
    #expect(text.contains("Shortened to fit an issue") == (sample == "many.pcap"))
  }

  @Test func onlyWhatTemplatesMakeIsSelfContained() throws {
    let result = try Program().run("Samples/http.pcapng", "--self-contained", "--format", "csv")
    #expect(result.status == 64)
    #expect(result.errors.contains("choose md or html"))
  }

  /// Every table is a table, every diagram one block of code, and no text became anything else.
  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/cmark-gfm"),
      "cmark-gfm is not installed"),
    arguments: [
      ["Samples/http.pcapng"], ["Samples/many.pcap"], ["Samples/many.pcap", "--self-contained"],
      ["Samples/half-close.pcapng", "--snapshots", "Samples/half-close-snapshots"],
      ["Samples/textbook.pcap", "--self-contained", "--name", "10.61.1.10=a|b`c*d_e[f](g)<h>"],
    ])
  func aParserOfGitHubsMarkdownReadsIt(_ arguments: [String]) throws {
    let result = try Program().run(arguments + ["-o", scratch.path("r.md")])
    #expect(result.status == 0, "\(result.errors)")
    let text = String(decoding: try scratch.read("r.md"), as: UTF8.self)
    let parsed = try Shell(scratch: scratch).run(
      "cmark-gfm -e table -e strikethrough -e autolink -e tagfilter --unsafe r.md > r.html")
    #expect(parsed.status == 0, "\(parsed.text)")
    let html = String(decoding: try scratch.read("r.html"), as: UTF8.self)
    let rules = text.split(separator: "\n").count { $0.hasPrefix("| ---") }
    #expect(rules > 2)
    #expect(html.ranges(of: "<table>").count == rules)
    #expect(
      html.ranges(of: "language-mermaid").count == text.ranges(of: "```mermaid").count)
    #expect(!html.contains("<p>|") && !html.contains("| ---"))
    #expect(html.ranges(of: "<del>").isEmpty && html.ranges(of: "href=\"http").isEmpty)
    #expect(html.ranges(of: "<h1>").count == 1)
  }
}
