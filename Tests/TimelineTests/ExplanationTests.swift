import Correlation
import TCPModel
import Testing

@testable import Timeline

@Suite struct ExplanationTests {
  /// The example, correlated like any capture.
  private var connection: Connection {
    let segments = Explanation.segments
    var correlator = Correlator()
    correlator.ingest(segments.span)
    var collector = DetailCollector([correlator.summary(at: 0)], keepsSegments: true)
    collector.ingest(segments.span)
    return collector.connection(at: 0)
  }

  @Test func theExampleIsTheTextbooksLifecycle() {
    let connection = connection
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

  @Test(arguments: Language.allCases)
  func wordsNeverMeet(language: Language) {
    let explanation = Explanation(connection, language: language)
    let figure = ExplanationLayout(explanation, language: language).figure
    expectApart(figure, "\(language)")
    for text in figure.texts {
      #expect(text.box.minX >= 0 && text.box.maxX <= figure.width)
      #expect(text.box.maxY <= figure.height)
    }
  }
}
