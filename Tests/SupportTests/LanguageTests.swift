import Foundation
import TestSupport
import Testing

@testable import Support

/// A language is a file beside the others.
@Suite struct LanguageTests {
  @Test func thereAreThoseOfTheFiles() throws {
    let folder = Repository.root.appendingPathComponent("Templates")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(
      Set(Language.allCases.map { "texts.\($0.rawValue).txt" })
        == Set(files.filter { $0.hasPrefix("texts.") }))
    #expect(Language.allCases.contains(.en) && Language(rawValue: "xx") == nil)
    for language in Language.allCases {
      let name = "texts.\(language.rawValue).txt"
      let file = try Data(contentsOf: folder.appendingPathComponent(name))
      #expect(Texts.of(language).keys == Language.entries(of: Array(file)).keys.sorted())
    }
  }

  /// What the build makes of three files, asked from a program of its own.
  @Test func aThirdFileIsAThirdLanguage() throws {
    let scratch = try Scratch()
    let hostile = ##"a = "" """ \(b) \#(c) \n {d} 한글"##
    for code in ["en", "ko"] {
      try FileManager.default.copyItem(
        at: Repository.root.appendingPathComponent("Templates/texts.\(code).txt"),
        to: scratch.folder.appendingPathComponent("texts.\(code).txt"))
    }
    try scratch.write(Array(hostile.utf8), "texts.eo.txt")
    try scratch.write(
      Array("for (code, text) in LanguageFiles.all { print(code, text.utf8CodeUnitCount) }\n".utf8),
      "main.swift")
    try run(
      "/bin/sh", Repository.root.appendingPathComponent("Packaging/languages.sh").path,
      "Languages.swift", scratch.path("texts.en.txt"), scratch.path("texts.eo.txt"),
      scratch.path("texts.ko.txt"), in: scratch)
    try run("/usr/bin/env", "swiftc", "main.swift", "Languages.swift", "-o", "ask", in: scratch)
    let counts = try ["en", "eo", "ko"].map {
      "\($0) \(try scratch.read("texts.\($0).txt").count)\n"
    }
    let answer = try run(scratch.path("ask"), in: scratch)
    #expect(answer == counts.joined())
    #expect(String(decoding: try scratch.read("Languages.swift"), as: UTF8.self).contains(hostile))
  }

  @discardableResult
  private func run(_ command: String..., in scratch: Scratch) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = scratch.folder
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(command)")
    return String(decoding: bytes, as: UTF8.self)
  }
}
