import Foundation
import Lessons
import Support
import TestSupport
import Testing

@Suite struct LessonShelfTests {
  @Test func everyFileIsOnTheShelf() throws {
    let folder = Repository.root.appendingPathComponent("Templates/lessons")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(files) == Set(LessonShelf.names.map { $0 + ".txt" }))
  }

  @Test(arguments: LessonShelf.names)
  func everyLessonIsWholeInEveryLanguage(name: String) throws {
    var lesson = try #require(try LessonShelf.lesson(named: name))
    #expect(!lesson.title.isEmpty)
    let others = Set(Language.allCases.map(\.rawValue)).subtracting(["en"])
    lesson.eachText { place, text in
      #expect(Set(text.languages.keys) == others.union([""]), "\(name) \(place)")
      #expect(text.languages.values.allSatisfy { !$0.isEmpty })
    }
    // The words of the textbook's are those of its figures.
    if ["open-close", "handshake", "close"].contains(name) { return }
    #expect(!lesson.source.isEmpty)
    #expect(lesson.parts.allSatisfy { !$0.steps.isEmpty })
  }

  /// A language's file has no words that no lesson says.
  @Test(arguments: Language.allCases.filter { $0 != .en })
  func noTranslationIsLeftOver(language: Language) throws {
    var places: Set<String> = []
    for name in LessonShelf.names {
      var lesson = try #require(try LessonShelf.lesson(named: name))
      lesson.eachText { place, _ in places.insert("lessons.\(name).\(place)") }
    }
    let keys = Texts.of(language).keys.filter { $0.hasPrefix("lessons.") }
    #expect(Set(keys) == places)
  }
}
