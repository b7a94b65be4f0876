import Foundation
import TestSupport
import Testing

/// The texts of all languages against the code and the templates that say them.
@Suite struct TextUseTests {
  /// Every text is said somewhere: its name stands in the code as a whole or up to one of its dots, or in a
  /// template as a label.
  @Test func noTextIsLeftOver() throws {
    let code = try Self.text(of: "Sources", ending: ".swift")
    let templates = try Self.text(of: "Templates", ending: ".mustache")
    let names = try Self.keys("en").filter { !$0.hasSuffix(".one") }
    #expect(names.count > 500)
    for name in names {
      let parts = name.split(separator: ".")
      let beginnings = (1..<parts.count).map { parts[..<$0].joined(separator: ".") + "." }
      let isSaid =
        code.contains("\"\(name)\"") || templates.contains("{label.\(name)}")
        || beginnings.contains { code.contains("\"\($0)\"") || code.contains("\"\($0)\\(") }
      #expect(isSaid, "nothing says \(name)")
    }
  }

  /// A second one would hide the first.
  @Test func noNameIsThereTwice() throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: Repository.root.appendingPathComponent("Templates").path)
    let languages = files.filter { $0.hasPrefix("texts.") }.map { $0.split(separator: ".")[1] }
    #expect(languages.count > 1)
    for language in languages { try expectEachNameOnce(String(language)) }
  }

  private func expectEachNameOnce(_ language: String) throws {
    let keys = try Self.keys(language)
    let twice = keys.filter { key in keys.count { $0 == key } > 1 }
    #expect(twice == [], "\(language)")
  }

  private static func keys(_ language: String) throws -> [String] {
    let url = Repository.root.appendingPathComponent("Templates/texts.\(language).txt")
    return try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
      .compactMap { line in line.firstRange(of: " =").map { String(line[..<$0.lowerBound]) } }
  }

  private static func text(of folder: String, ending: String) throws -> String {
    let root = Repository.root.appendingPathComponent(folder)
    return try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { $0.hasSuffix(ending) }.sorted()
      .map { try String(contentsOf: root.appendingPathComponent($0), encoding: .utf8) }
      .joined(separator: "\n")
  }
}
