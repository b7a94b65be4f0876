import Correlation
import Lessons
import Support
import TCPModel
import TestSupport
import Testing

@testable import Timeline

/// A part of a lesson, correlated like any capture.
enum LessonFixture {
  static func connection(_ part: Lesson.Part) -> Connection {
    let segments = Trace(part).segments
    var correlator = Correlator()
    correlator.ingest(segments.span)
    var collector = DetailCollector([correlator.summary(at: 0)], keepsSegments: true)
    collector.ingest(segments.span)
    return collector.connection(at: 0)
  }

  static func page(_ name: String, _ language: Language) throws -> LessonPage {
    let lesson = try #require(try LessonShelf.lesson(named: name, in: [language]))
    let code = language.rawValue
    var page = LessonPage(
      title: lesson.title(code), source: lesson.source(code), before: lesson.before(code),
      after: lesson.after(code), isScript: true, language: language)
    for part in lesson.parts {
      let notes = part.steps.map { (Int64($0.segment + 1), $0.text(code)) }
      page.add(
        LessonPage.Part(
          title: part.title(code), before: part.before(code), after: part.after(code),
          connection: connection(part),
          header: ReportHeader(captures: [], summary: TraceSummary())),
        notes: Dictionary(uniqueKeysWithValues: notes))
    }
    return page
  }
}

@Suite struct LessonLayoutTests {
  @Test(arguments: LessonShelf.names, Language.allCases)
  func wordsNeverMeet(name: String, language: Language) throws {
    let page = try LessonFixture.page(name, language)
    for width in [640, 900, LessonLayout.usualWidth, 1600] {
      var options = DiagramOptions()
      options.language = language
      options.width = width
      let figure = LessonLayout(page, options).figure
      expectApart(figure, "\(name) \(language) \(width)")
      for text in figure.texts {
        #expect(text.box.minX >= 0 && text.box.maxX <= figure.width, "\(text.words.map(\.text))")
        #expect(text.box.maxY <= figure.height)
      }
    }
  }

  @Test(arguments: LessonShelf.names)
  func everyStepIsAtItsArrowAndInTheWords(name: String) throws {
    let page = try LessonFixture.page(name, .en)
    var options = DiagramOptions()
    options.width = LessonLayout.usualWidth
    let figure = LessonLayout(page, options).figure
    for step in page.steps {
      let numbers = figure.texts.filter { $0.words.map(\.text) == [String(step.number)] }
      #expect(numbers.count == 2, "\(step.number)")
    }
    for part in page.parts {
      options.isExpanded = true
      let layout = LadderLayout(part.connection, part.header, options, steps: part.numbers)
      #expect(layout.labels.allSatisfy { !$0.isLeftOut })
    }
  }

  @Test func stepsAreCountedOnFromPartToPart() throws {
    let page = try LessonFixture.page("nagle", .en)
    #expect(page.steps.map(\.number) == Array(1...Int64(page.steps.count)))
    #expect(page.parts.count == 2 && !page.parts[1].steps.isEmpty)
  }
}
