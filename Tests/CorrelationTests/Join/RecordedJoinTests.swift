import Foundation
import Support
import TCPModel
import TestSupport
import Testing
import TraceParsing

@testable import Correlation
@testable import SocketJoin

/// Snapshots of both ends joined to each capture of the recordings: one clock made them all, so no
/// clock may seem to differ, and no kernel to contradict the segments.
@Suite(.enabled(if: Outside.recordings != nil, "TCPTIMELINE_RECORDINGS names no folder"))
struct RecordedJoinTests {
  /// 30: every ACK of the client is lost before it reaches the server's capture, so the kernel of
  /// the client is ESTABLISHED where the segments seen there leave it in SYN_SENT.
  private static let contradicted = ["30-syn-received server.pcap"]

  @Test(arguments: Recording.all)
  func kernelsAndClocksAgree(_ recording: Recording) throws {
    let folder = recording.place.appendingPathComponent("snapshots").path
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
    let files = names.sorted().map { SnapshotFile(name: $0, path: "\(folder)/\($0)") }
    for capture in recording.truth.captures {
      let connections = try recording.connections(of: capture)
      var join = SnapshotJoin()
      for connection in connections { join.add(connection.summary) }
      let series = try SnapshotSeries<SocketSample>(files)
      while let snapshot = try series.next() {
        join.begin(snapshot, series.names)
        while try series.read() { join.ingest(series.rows.span, series.names) }
        if let whole = series.snapshot { join.end(whole) }
      }
      let times = connections.flatMap { [$0.summary.start, $0.summary.end] }
      guard let start = times.min(), let end = times.max() else { continue }
      join.finish(series.names, captured: start...end) { connections[$0 - 1] }
      let name = "\(recording) \(capture.file)"
      for clock in join.summary.clockOffsets {
        #expect(clock.offset == 0, "\(name): \(clock.address) \(clock.offset)")
      }
      let findings = join.findings(about: nil)
      if RecordedJoinTests.contradicted.contains(name) {
        #expect(findings.count == 1 && findings[0].connections.count == 50, "\(name)")
      } else {
        #expect(findings.isEmpty, "\(name): \(findings.map(\.text))")
      }
    }
  }
}
