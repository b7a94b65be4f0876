import TCPModel
import TestSupport
import Testing

@testable import Timeline

/// Whatever a diagram calls lost, the path of the recording must have dropped; what it presumes
/// lost, too, or else the ACK that would have told its sender.
@Suite(.enabled(if: Outside.recordings != nil, "TCPTIMELINE_RECORDINGS names no folder"))
struct LossRecordingsTests {
  @Test(arguments: Recording.all)
  func nothingIsCalledLostThatWasNot(_ recording: Recording) throws {
    let drops = recording.truth.drops
    for capture in recording.truth.captures {
      for lost in try lost(in: recording.paths(of: capture)) {
        #expect(
          drops.contains { lost.is($0) || lost.fate == .presumedLost && lost.isAnswered(by: $0) },
          "\(recording) \(capture.file) frame \(lost.segment.frame), \(lost.fate)")
      }
    }
  }

  /// The whole of the drops that a sender's own capture can show: what was sent again for a drop.
  @Test func aSenderSeesItsLosses() throws {
    let recording = try #require(Recording.all.first { $0.description == "16-bulk-loss" })
    let drops = recording.truth.drops.filter { $0.len > 0 }
    try #require(!drops.isEmpty)
    let server = try #require(recording.truth.captures.first { $0.endpoint == "server" })
    let lost = try lost(in: recording.paths(of: server))
    for drop in drops { #expect(lost.contains { $0.is(drop) }, "\(drop)") }
  }

  private struct Lost {
    var segment: SegmentDetail
    var fate: SegmentRemarks.Fate
    /// Unix time in seconds.
    var time: Double
    var port: UInt16

    /// Within 10 ms, as the capture stands one hop from the path.
    func `is`(_ drop: Truth.Impairment) -> Bool {
      drop.sport == port && abs(drop.t - time) < 0.01
        && drop.seq &- segment.rawSequence < UInt32(max(1, segment.payload))
    }

    /// Within a second, before any timeout has doubled.
    func isAnswered(by drop: Truth.Impairment) -> Bool {
      drop.dport == port && drop.t > time && drop.t < time + 1
        && SequenceNumber(segment.rawSequence).isBefore(SequenceNumber(drop.ack))
    }
  }

  private func lost(in paths: [String]) throws -> [Lost] {
    var options = DiagramOptions()
    options.isExpanded = true
    options.scale = .time
    return try Capture(paths: paths).connections.flatMap { connection in
      Ladder(connection, options).rows.compactMap { row in
        guard case .segment(let segment) = row.content,
          [.lost, .presumedLost].contains(segment.remarks.fate)
        else { return nil }
        let summary = connection.summary
        return Lost(
          segment: segment, fate: segment.remarks.fate,
          time: Double(summary.start.advanced(by: segment.at).nanoseconds) / 1e9,
          port: (segment.from == .client ? summary.client : summary.server).port)
      }
    }
  }
}
