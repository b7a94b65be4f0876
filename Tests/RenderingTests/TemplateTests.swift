import Foundation
import TestSupport
import Testing

@testable import Rendering

/// Templates that would never come to an end, or make nothing.
@Suite struct TemplateTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  private func failure(_ files: [String: String]) throws -> String? {
    for (name, text) in files { try scratch.write(Array(text.utf8), name + ".mustache") }
    do {
      let templates = try Templates(folder: scratch.folder.path)
      _ = try templates.render(["title": "x"], with: "report.md")
      return nil
    } catch {
      return error.message
    }
  }

  @Test func oneThatIncludesItself() throws {
    #expect(
      try failure(["report.md": "{{> report.md}}"]) == "includes itself (report.md > report.md)")
  }

  @Test func twoThatIncludeEachOtherThroughOneOfOurs() throws {
    #expect(
      try failure(["page.css": "{{#a}}{{> report.html}}{{/a}}"])
        == "includes itself (page.css > report.html > page.css)")
  }

  @Test func otherDelimitersHideNothing() throws {
    #expect(
      try failure(["report.md": "{{=<% %>=}}<%> report.md %>"])
        == "includes itself (report.md > report.md)")
  }

  @Test func twentyThousandSections() throws {
    let text =
      String(repeating: "{{#a}}", count: 20_000) + String(repeating: "{{/a}}", count: 20_000)
    #expect(try failure(["report.md": text])?.hasPrefix("has 20000 sections") == true)
  }

  @Test func aChainOfThousands() throws {
    var files = ["report.md": "{{> t0}}"]
    for number in 0..<300 { files["t\(number)"] = "{{> t\(number + 1)}}" }
    #expect(try failure(files)?.contains("deep") == true)
  }

  @Test func doublingAtEveryStep() throws {
    var files = ["report.md": "{{> t0}}"]
    for number in 0..<40 { files["t\(number)"] = "{{> t\(number + 1)}}{{> t\(number + 1)}}" }
    #expect(try failure(files) == "includes more than 10000 templates in all")
  }

  @Test func aNameFromTheData() throws {
    #expect(try failure(["report.md": "{{>*title}}"])?.hasPrefix("includes what the data") == true)
  }

  @Test func oneThatMakesNothing() throws {
    #expect(try failure(["report.md": "{{! nothing }}"]) == "makes an empty report")
  }

  @Test func onesThatAreFine() throws {
    #expect(
      try failure(["report.md": "{{title}} {{> part}}{{> part}}", "part": "{{#x}}y{{/x}}"]) == nil)
  }
}
