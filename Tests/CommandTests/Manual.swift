import Foundation
import TestSupport

/// The pages that people read, and what stands in them.
enum Manual {
  /// Relative to the repository.
  static let pages: [String] = {
    let docs = Repository.root.appendingPathComponent("docs")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: docs.path)) ?? []
    return ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "Samples/README.md"]
      + names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }
  }()

  static func text(of page: String) throws -> String {
    try String(contentsOf: Repository.root.appendingPathComponent(page), encoding: .utf8)
  }

  /// The blocks of a language.
  static func blocks(_ language: String, of text: String) -> [String] {
    var blocks: [[Substring]] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "```" + language {
        blocks.append([])
        isInside = true
      } else if line.hasPrefix("```") {
        isInside = false
      } else if isInside {
        blocks[blocks.count - 1].append(line)
      }
    }
    return blocks.map { $0.joined(separator: "\n") }
  }

  static func withoutBlocks(_ text: String) -> String {
    text.replacing(/(?m)^```[\s\S]*?^```/, with: "")
  }

  /// As the shell splits a command; quotes are single ones.
  static func words(_ command: String) -> [String] {
    var words: [String] = []
    for (index, part) in command.components(separatedBy: "'").enumerated() {
      if index % 2 == 1 {
        words.append(part)
      } else {
        words += part.components(separatedBy: "#")[0].components(separatedBy: " ")
          .filter { !$0.isEmpty }
      }
    }
    return words
  }
}
