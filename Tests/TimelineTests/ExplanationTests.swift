import Lessons
import Support
import TCPModel
import TestSupport
import Testing

@testable import Timeline

@Suite struct ExplanationTests {
  private let connection: Connection

  init() throws {
    let lesson = try #require(try LessonShelf.lesson(named: LessonShelf.first))
    connection = LessonFixture.connection(lesson.parts[0])
  }

  @Test func theExampleIsTheTextbooksLifecycle() {
    #expect(connection.summary.outcome == .closed)
    #expect(connection.summary.handshake.kind == .threeWay)
    #expect(connection.summary.teardown.kind == .fourWay)
    #expect(connection.summary.vantage == .client)
    #expect(
      connection.states.client.map(\.state) == [
        .closed, .synSent, .established, .finWait1, .finWait2, .timeWait, .closed,
      ])
    #expect(
      connection.states.server.map(\.state) == [
        .listen, .synReceived, .established, .closeWait, .lastACK, .closed,
      ])
  }

  @Test(arguments: Language.allCases)
  func everyStepIsExplained(language: Language) {
    let explanation = Explanation(connection, language: language)
    #expect(
      explanation.parts.map { $0.steps.map(\.label) } == [
        ["SYN  seq x", "SYN, ACK  seq y  ack x + 1", "ACK  seq x + 1  ack y + 1"],
        [
          "FIN, ACK  seq m  ack n", "ACK  ack m + 1", "FIN, ACK  seq n  ack m + 1",
          "ACK  ack n + 1",
        ],
      ])
    for part in explanation.parts {
      for text in [part.title, part.before, part.after] + part.steps.map(\.sentence) {
        #expect(!text.isEmpty && !text.hasPrefix("explain."))
      }
    }
  }

  @Test(arguments: Language.allCases, [640, 780, 920, 1400])
  func wordsNeverMeet(language: Language, width: Int) {
    var options = DiagramOptions()
    options.language = language
    options.width = width
    let figure = ExplanationLayout(Explanation(connection, language: language), options).figure
    expectApart(figure, "\(language) \(width)")
    #expect(figure.width == Double(width))
    for text in figure.texts {
      #expect(text.box.minX >= 0 && text.box.maxX <= figure.width)
      #expect(text.box.maxY <= figure.height)
    }
  }
}
