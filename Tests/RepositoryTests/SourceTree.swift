import Foundation
import TestSupport

/// The modules below `Sources`, as far as their text tells.
struct SourceTree: Sendable {
  struct Module: Sendable {
    var name: String
    var files: [File]
  }

  struct File: Sendable {
    /// Of the file, from `Sources` on.
    var path: String
    /// Without comments and string literals.
    var code: String
    var lines: Int

    /// The modules it imports.
    var imports: [String] {
      code.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(of: "import"),
          words[..<place].allSatisfy({ SourceTree.importWords.contains(String($0)) })
        else { return nil }
        return words.last.map { String($0.prefix { $0 != "." }) }
      }
    }

    /// Types that it declares outside of any other, and that other files can see.
    var types: Set<String> {
      var types: Set<String> = []
      for line in code.split(separator: "\n") where !line.hasPrefix(" ") {
        let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
        guard let place = words.firstIndex(where: SourceTree.kinds.contains),
          !words[..<place].contains(where: { $0.hasSuffix("private") || $0 == "extension" }),
          place + 1 < words.count
        else { continue }
        types.insert(words[place + 1])
      }
      return types
    }

    /// Every word that may be the name of another file's type.
    var words: Set<String> {
      let words = code.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
      let own = zip(words, words.dropFirst()).filter { SourceTree.kinds.contains($0.0) }.map(\.1)
      return Set(words.filter { $0.first?.isUppercase == true }).subtracting(own)
    }
  }

  private static let importWords: Set<String> = ["public", "internal", "private", "@testable"]
  private static let kinds: Set<String> = [
    "struct", "class", "enum", "protocol", "actor", "typealias",
  ]

  /// Of folders that are not called as their modules are.
  private static let moduleNames = ["Library": "TCPTimeline"]

  var modules: [Module] = []

  init() throws {
    let root = Repository.root.appendingPathComponent("Sources")
    for folderName in try FileManager.default.contentsOfDirectory(atPath: root.path).sorted() {
      let folder = root.appendingPathComponent(folderName).path
      let name = SourceTree.moduleNames[folderName] ?? folderName
      let paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
        .filter { $0.hasSuffix(".swift") }.sorted()
      if paths.isEmpty { continue }
      modules.append(
        Module(
          name: name,
          files: try paths.map { path in
            let text = try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
            return File(
              path: "\(folderName)/\(path)", code: SourceTree.code(of: text),
              lines: text.split(separator: "\n", omittingEmptySubsequences: false).count - 1)
          }))
    }
  }

  /// The text without comments, and with empty string literals.
  static func code(of text: String) -> String {
    var result: [UInt8] = []
    let bytes = Array(text.utf8)
    var place = 0
    func begins(_ token: String) -> Bool { bytes[place...].starts(with: token.utf8) }
    while place < bytes.count {
      if begins("//") {
        while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
      } else if begins("/*") {
        while place < bytes.count, !begins("*/") { place += 1 }
        place += 2
      } else if begins("\"\"\"") {
        place += 3
        while place < bytes.count, !begins("\"\"\"") { place += begins("\\") ? 2 : 1 }
        place += 3
      } else if begins("\"") {
        place += 1
        while place < bytes.count, !begins("\""), !begins("\n") { place += begins("\\") ? 2 : 1 }
        place += 1
      } else {
        result.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension SourceTree.Module {
  /// Groups of files each of which needs all others of its group, by the types they declare: a file
  /// needs another one when it names a type that only the other one declares.
  var circles: [Set<String>] {
    var places: [String: Set<Int>] = [:]
    for (index, file) in files.enumerated() {
      for type in file.types { places[type, default: []].insert(index) }
    }
    let needs = files.enumerated().map { index, file in
      Set(file.words.compactMap { word in places[word].flatMap { $0.count == 1 ? $0.first : nil } })
        .subtracting([index])
    }
    let reached = files.indices.map { index -> Set<Int> in
      var reached: Set<Int> = []
      var open = Array(needs[index])
      while let next = open.popLast() {
        if reached.insert(next).inserted { open += needs[next].subtracting(reached) }
      }
      return reached
    }
    var circles: Set<Set<String>> = []
    for index in files.indices where reached[index].contains(index) {
      let others = reached[index].filter { reached[$0].contains(index) }
      circles.insert(Set(others.map { files[$0].path }))
    }
    return circles.sorted { $0.min() ?? "" < $1.min() ?? "" }
  }
}
