import Foundation
import TCPModel
import Testing
import Timeline
import TimelineFixtures

@testable import Rendering

@Suite struct SVGGallery {
  @Test func draw() throws {
    let environment = ProcessInfo.processInfo.environment
    guard let folder = environment["TCPTIMELINE_GALLERY"] else { return }
    var options = DiagramOptions()
    if let scale = environment["SCALE"].flatMap(DiagramOptions.Scale.init) { options.scale = scale }
    if let language = environment["LNG"].flatMap(Language.init) { options.language = language }
    options.isExpanded = environment["EXPAND"] != nil
    for path in (environment["CAPTURES"] ?? "").split(separator: " ").map(String.init) {
      guard let capture = try? Capture(path: path) else { continue }
      let parts = path.split(separator: "/").map(String.init)
      let name = parts.suffix(2).joined(separator: "-")
      let report = SVGReport(header: capture.header, options: options)
      var documents: [(String, [UInt8])] = []
      for connection in capture.connections.prefix(3) {
        documents.append(("\(connection.summary.id)", report.ladder(connection)))
      }
      if capture.all.summaries.count > 1 {
        var all = OverviewAggregate()
        for summary in capture.all.summaries { all.add(summary) }
        documents.append(
          (
            "overview",
            report.overview(
              Array(capture.connections.prefix(60)), all: all,
              diagrams: Array(capture.connections.prefix(2)))
          ))
      }
      for (suffix, bytes) in documents {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name).\(suffix).svg"))
      }
    }
  }
}
