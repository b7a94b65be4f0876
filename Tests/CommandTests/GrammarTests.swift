import Foundation
import TestSupport
import Testing

/// The text diagrams of every sample, and of every capture in TCPTIMELINE_CORPUS, are sentences of
/// the languages they are written in.
@Suite struct GrammarTests {
  private static let plantUML = "/usr/bin/plantuml"

  private static let captures: [URL] = {
    var folders = [Repository.samples]
    if let corpus = Outside.corpus {
      folders.append(URL(fileURLWithPath: corpus))
    }
    return folders.flatMap { folder in
      let paths = try? FileManager.default.subpathsOfDirectory(atPath: folder.path)
      return (paths ?? []).filter { $0.contains(/\.(pcap|pcapng)(\.gz|\.zst|\.lz4)?$/) }.sorted()
        .map { folder.appendingPathComponent($0) }
    }
  }()

  /// As many variants as there are words: both languages, folded and not.
  private static let variants = [["--lang", "en"], ["--lang", "ko", "--expand"]]

  private func diagrams(_ ending: String, in scratch: Scratch) throws -> [String] {
    var names: [String] = []
    for (index, capture) in Self.captures.enumerated() {
      for (variant, arguments) in Self.variants.enumerated() {
        let name = "\(index)-\(variant)-\(capture.lastPathComponent).\(ending)"
        let result = try Program().run([capture.path, "-o", scratch.path(name)] + arguments)
        // A damaged file has no diagram.
        if result.status == 0 { names.append(name) }
      }
    }
    return names
  }

  @Test(.enabled(if: access(plantUML, X_OK) == 0, "needs plantuml"))
  func plantUMLAcceptsItsDiagrams() throws {
    let scratch = try Scratch()
    let names = try diagrams("puml", in: scratch)
    #expect(names.count >= 2 * 20)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.plantUML)
    process.arguments = ["-checkonly", scratch.path("*.puml")]
    let log = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.write([], "log")))
    process.standardOutput = log
    process.standardError = log
    try process.run()
    process.waitUntilExit()
    let said = String(decoding: try scratch.read("log"), as: UTF8.self)
    #expect(process.terminationStatus == 0, "\(said)")
  }

  /// Every line is one of the statements of Mermaid's sequence diagrams, and nothing in a text is
  /// taken for an end of statement or the beginning of an entity.
  @Test func mermaidIsWellFormed() throws {
    let scratch = try Scratch()
    let statement =
      #/ {2}((title|accTitle:|accDescr:|participant [CS] as) .+|Note (over C,S|left of C|right of S): .+|(C(->>|-->>|-x|--x|--\))S|S(->>|-->>|-x|--x|--\))C): .+)/#
    for name in try diagrams("mmd", in: scratch) {
      let text = String(decoding: try scratch.read(name), as: UTF8.self)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.first == "sequenceDiagram", "\(name)")
      #expect(lines.last == "", "\(name)")
      for line in lines.dropFirst().dropLast() {
        #expect(line.wholeMatch(of: statement) != nil, "\(name): \(line)")
        let plain = line.replacing(/#([0-9]+|lt|gt|amp|quot);/, with: "")
        #expect(!plain.contains(/[;#<]/), "\(name): \(line)")
      }
    }
  }
}
