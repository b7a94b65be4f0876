import Foundation
import Lessons
import Support
import TCPModel
import TestSupport
import Testing

@testable import Timeline

/// A language that a file brings: English with each word marked, so that what is not from it shows.
@Suite struct NewLanguageTests {
  private let language: Language

  init() throws {
    let scratch = try Scratch()
    let english = Texts.of(.en)
    var lines = english.keys.map { "\($0) = ¡\(english.entry($0) ?? "")!" }
    for name in LessonShelf.names {
      var lesson = try #require(try LessonShelf.lesson(named: name, in: []))
      lesson.eachText { place, text in
        lines.append("lessons.\(name).\(place) = ¡\(text("en"))!")
      }
    }
    try scratch.write(Array(lines.joined(separator: "\n").utf8), "texts.eo.txt")
    let file = try scratch.read("texts.eo.txt")
    language = Language(code: "eo") { file }
  }

  @Test func aDiagramIsInIt() {
    let texts = Texts.of(language)
    #expect(texts("outcome.half_closed") == "¡half closed!")
    var options = DiagramOptions()
    options.language = language
    let situation = Situations.halfClose
    let layout = LadderLayout(
      situation.connection, ReportHeader(captures: [], summary: TraceSummary()), options)
    let words = layout.figure.texts.flatMap { $0.words.map(\.text) }.joined(separator: " ")
    #expect(words.contains("¡handshake!") && words.contains("¡captured here!"), "\(words)")
  }

  @Test(arguments: LessonShelf.names)
  func aLessonIsInIt(name: String) throws {
    let page = try LessonFixture.page(name, language)
    #expect(page.title.hasPrefix("¡"))
    // The words of the textbook's are those of its figures.
    let isTextbook = ["open-close", "handshake", "close"].contains(name)
    #expect(isTextbook || page.parts.allSatisfy { !$0.steps.isEmpty })
    for step in page.steps { #expect(step.sentence.hasPrefix("¡"), "\(name) \(step.sentence)") }
  }
}
