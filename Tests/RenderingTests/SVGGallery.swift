import Foundation
import TCPModel
import Testing
import Timeline
import TimelineFixtures

@testable import Rendering

@Suite struct SVGGallery {
  @Test func draw() throws {
    guard let folder = ProcessInfo.processInfo.environment["TCPTIMELINE_GALLERY"] else { return }
    let header = ReportHeader(captures: [], summary: TraceSummary())
    for (name, script) in Situations.all {
      let bytes = SVGReport(header: header, options: DiagramOptions()).ladder(script.connection)
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "/\(name).svg"))
    }
  }
}
