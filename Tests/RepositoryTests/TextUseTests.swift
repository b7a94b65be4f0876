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
  @Test(arguments: ["en", "ko"])
  func noNameIsThereTwice(language: String) throws {
    let keys = try Self.keys(language)
    #expect(Set(keys).count == keys.count, "\(keys.filter { key in keys.count { $0 == key } > 1 })")
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
