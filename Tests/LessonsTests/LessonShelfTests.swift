import Foundation
import Lessons
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
    let lesson = try #require(try LessonShelf.lesson(named: name))
    #expect(!lesson.title.isEmpty)
    let texts = lesson.texts.filter { !$0.isEmpty }
    for text in texts {
      #expect(Set(text.languages.keys) == ["en", "ko"], "\(text)")
      #expect(text.languages.values.allSatisfy { !$0.isEmpty })
    }
    // The words of the textbook's are those of its figures.
    if ["open-close", "handshake", "close"].contains(name) { return }
    #expect(!lesson.source.isEmpty)
    #expect(lesson.parts.allSatisfy { !$0.steps.isEmpty })
  }
}
