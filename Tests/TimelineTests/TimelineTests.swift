import TCPModel
import Testing
import TimelineFixtures

@testable import Timeline

@Suite struct LadderLayoutTests {
  @Test func wordsNeverMeet() {
    let connection = Situations.halfClose.connection
    let header = ReportHeader(captures: [], summary: TraceSummary())
    let figure = LadderLayout(connection, header, DiagramOptions()).figure
    let boxes = figure.texts.map(\.box)
    for (index, box) in boxes.enumerated() {
      for other in boxes[(index + 1)...] {
        #expect(!box.overlaps(other))
      }
    }
  }
}
