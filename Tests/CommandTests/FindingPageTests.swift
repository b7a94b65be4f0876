import Foundation
import TCPModel
import TestSupport
import Testing

/// docs/findings.md tells of every finding what it means, what to look at next, and shows it.
@Suite struct FindingPageTests {
  /// A heading tells several kinds where they are the same.
  private static let sections: [(kinds: [String], text: String)] = {
    let page = (try? Manual.text(of: "docs/findings.md")) ?? ""
    return page.components(separatedBy: "\n### ").dropFirst().map { section in
      let heading = section.prefix { $0 != "\n" }
      let text = section.dropFirst(heading.count).components(separatedBy: "\n## ")[0]
      return (heading.matches(of: /`([a-z_0-9]+)`/).map { String($0.output.1) }, text)
    }
  }()

  @Test(arguments: FindingKind.allCases)
  func everyFindingIsTold(kind: FindingKind) throws {
    let told = Self.sections.filter { $0.kinds.contains(kind.rawValue) }
    #expect(told.count == 1, "\(kind.rawValue)")
    let section = try #require(told.first)
    #expect(section.text.contains("*Next*"), "\(kind.rawValue)")
    // Each picture stands there with its command, and is of something that has it.
    let commands = section.text.matches(of: /(?m)^tcptimeline (.*) -o docs\/(\S+\.svg)$/)
    let pictures = section.text.matches(of: /\]\((\S+\.svg)\)/).map(\.output.1)
    #expect(!pictures.isEmpty && pictures == commands.map(\.output.2), "\(kind.rawValue)")
    let found = try commands.map { try kinds(foundBy: Manual.words(String($0.output.1))) }
    #expect(found.contains { $0.contains(kind.rawValue) }, "\(kind.rawValue): \(found)")
  }

  /// A healthy day but for two things.
  @Test func theNightHasItsFindings() throws {
    let found = try kinds(foundBy: ["nightly", "Samples/nightly/snapshots"])
    #expect(Set(found) == ["close_wait_growth", "peer_dominates"])
  }

  private func kinds(foundBy arguments: [String]) throws -> [String] {
    // A chart is no report.
    var words = arguments
    if let chart = words.firstIndex(of: "--chart") { words.removeSubrange(chart...(chart + 1)) }
    let result = try Program().run(words + ["-o", "-", "--format", "json"])
    try #require(result.status == 0, "\(result.errors)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any])
    let findings = try #require(report["findings"] as? [[String: Any]])
    return findings.compactMap { $0["kind"] as? String }
  }
}
