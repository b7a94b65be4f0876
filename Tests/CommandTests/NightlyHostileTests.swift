import Foundation
import FoundationXML
import TestSupport
import Testing

/// Names of processes and files are chosen by anybody, and snapshots are cut off and damaged: no
/// report on a night breaks.
@Suite struct NightlyHostileTests {
  private static let names = [
    "a|b", "`tick`", "]]>", "<script>alert(1)</script>", "line\nfeed", "\u{1B}[31mred\u{7}",
    "\"quote\"", "'", "![x](y)", "{{mustache}}", "{{{three}}}", "&lt;", "-->", "<!--", "</svg>",
    "\\|", "\u{202E}gnp.exe", "naïve 한국", String(repeating: "n", count: 64 << 10),
  ]

  /// Four instants, at which every process leaves more and more connections unclosed, then what a
  /// full disk and a broken one leave.
  private func write(to scratch: Scratch) throws -> String {
    var bytes: [UInt8] = []
    for instant in 0..<4 {
      bytes += Array("2026-10-12T0\(instant):00:00Z\n".utf8)
      for (index, name) in Self.names.enumerated() {
        let users = "users:((\"\(name)\",pid=\(index + 1),fd=3))"
        bytes += Array("LISTEN 0 5 0.0.0.0:\(1000 + index) 0.0.0.0:* \(users)\n".utf8)
        for socket in 0..<instant * 20 {
          bytes += Array(
            "CLOSE-WAIT 1 0 10.0.0.1:\(1000 + index) 10.0.0.9:\(2000 + socket) \(users)\n".utf8)
        }
      }
    }
    bytes += Array("ESTAB 0 0 10.0.0.1:1\nESTAB 0 0 10.0.0.1:1 10.0.0.2:\n".utf8)
    var noise: UInt64 = 7
    for _ in 0..<50_000 {
      noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bytes.append(UInt8(truncatingIfNeeded: noise >> 33))
    }
    bytes += Array("\nESTAB 0 0 10.0.0.1:1 10.0.0.2:2 users:((\"cut".utf8)
    return try scratch.write(bytes, "a|b`c`<script>]]>\u{1B}[31m\n&.txt")
  }

  private func report(_ ending: String) throws -> String {
    let scratch = try Scratch()
    let file = try write(to: scratch)
    let result = try Program().run("nightly", file, "-o", scratch.path("night.\(ending)"))
    #expect(result.status == 0, "\(result.errors)")
    return String(decoding: try scratch.read("night.\(ending)"), as: UTF8.self)
  }

  private func isWellFormed(_ text: some StringProtocol) -> Bool {
    XMLParser(data: Data(text.utf8)).parse()
  }

  @Test(arguments: ["md", "html", "json", "svg", "txt"])
  func nothingMovesACursorOrTurnsTheReadingDirection(ending: String) throws {
    let unsafe = try report(ending).unicodeScalars.filter {
      ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E
    }
    #expect(unsafe.isEmpty)
  }

  @Test func everyNameOfTheMarkdownStaysInItsCell() throws {
    let text = try report("md")
    #expect(!text.contains("<script") && !text.contains("<!--"))
    #expect(text.contains("close_wait_growth") && text.contains("a\\|b"))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var rows = 0
    for (line, next) in zip(lines, lines.dropFirst())
    where line.hasPrefix("|") && next.hasPrefix("|") {
      #expect(bars(line) == bars(next), "\(next.prefix(200))")
      rows += 1
    }
    #expect(rows > 2 * Self.names.count)
    #expect(lines.count { $0.hasPrefix("| 0.0.0.0:10") } == Self.names.count)
  }

  /// Those that end a cell: not behind a backslash that is not itself escaped.
  private func bars(_ row: Substring) -> Int {
    String(row).replacing("\\\\", with: "").replacing("\\|", with: "").count { $0 == "|" }
  }

  @Test func thePageHoldsNoMarkupButItsOwn() throws {
    let text = try report("html")
    #expect(!text.contains("<script") && !text.contains("]]>") && !text.contains("<!--"))
    #expect(text.contains("&lt;script"))
    for tag in ["tr", "td", "table", "ul", "li", "svg"] {
      let opened =
        text.components(separatedBy: "<\(tag)>").count
        + text.components(separatedBy: "<\(tag) ").count - 2
      #expect(opened == text.components(separatedBy: "</\(tag)>").count - 1, "\(tag)")
    }
    let picture = try #require(text.range(of: "<svg "))
    let end = try #require(text.range(of: "</svg>"))
    #expect(isWellFormed(text[picture.lowerBound..<end.upperBound]))
  }

  @Test func thePictureIsWellFormed() throws {
    let text = try report("svg")
    #expect(isWellFormed(text))
    #expect(!text.contains("<script") && !text.contains("foreignObject"))
    #expect(text.contains("data-state=\"CLOSE_WAIT\""))
  }

  @Test func namesComeBackFromJSONAndDamageIsCounted() throws {
    struct Report: Decodable {
      struct File: Decodable {
        var path: String
        var skipped: [String: Int]
        var truncated: Bool
        var warnings: [String]
      }
      struct Listener: Decodable {
        struct Process: Decodable {
          var name: String
        }
        var process: Process?
      }
      var files: [File]
      var listeners: [Listener]
    }
    let text = try report("json")
    let report = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
    #expect(
      report.listeners.map(\.process?.name) == Self.names.map { String($0.prefix(255)) })
    let file = try #require(report.files.first)
    #expect(file.path.hasSuffix("a|b`c`<script>]]>\u{1B}[31m\n&.txt"))
    #expect(file.truncated)
    #expect(file.skipped["process name cut"] == 124)
    #expect(file.skipped["cut-off row"] != nil && file.skipped["unrecognised line"] != nil)
    #expect(file.skipped["cut-off process list"] != nil)
  }
}
