import TCPModel

/// One end goes on sending the same again, the other one says nothing any more until the end of the capture.
struct Silence {
  /// The end that still speaks.
  var speaker: Side
  /// The offset and the frame of the first segment without an answer, as far as known.
  var since: Nanoseconds
  var frame: Int64
  var repeats: Int
  /// From there to the last repeat.
  var repeated: Nanoseconds
  /// How long the other end had said nothing before.
  var idle: Nanoseconds

  private static let leastRepeats = 2
  private static let leastTime: Nanoseconds = 1_000_000_000

  init?(_ connection: ConnectionSummary) {
    guard connection.isTwoWay, connection.holdsBareACKs,
      connection.handshake.ack != nil || connection.handshake.kind == .notCaptured
    else { return nil }
    let marks = connection.landmarks
    for side in Side.allCases {
      guard let stuck = marks.stuck[side], stuck.repeats >= Self.leastRepeats,
        let heard = marks.lastSegment[side.peer], heard < stuck.since,
        connection.span &- stuck.since >= Self.leastTime,
        // Who has closed owes nothing any more: its socket may be gone by right.
        connection.traffic[side.peer].fin == 0,
        // A closed window stops the sender too, by intent.
        marks.zeroWindow[side.peer].count == 0
      else { continue }
      speaker = side
      repeats = stuck.repeats
      frame = stuck.firstFrame
      // The request or the close that nothing answered, or the first repeat of what was under way.
      let beginnings = [marks.openSince, marks.lastPayloadAt, connection.teardown.start]
      since =
        beginnings.compactMap(\.self).filter { $0 > heard && $0 <= stuck.since }.min()
        ?? stuck.since
      repeated = stuck.until &- since
      idle = since &- heard
      return
    }
    return nil
  }
}

extension Silence {
  /// What became of what was sent in vain, where the other end was captured too.
  private enum Fate: String {
    /// None of it arrived.
    case lost
    /// All of it arrived, and nothing that was sent back was lost.
    case arrived
    case unknown
  }

  /// Who speaks, and what became of it: what a sentence tells.
  func story(in connection: ConnectionSummary) -> String {
    "\(speaker.name) \(fate(in: connection).rawValue)"
  }

  /// - Parameter prefix: Of the texts for each fate, with its dot.
  func verdict(_ prefix: String, in connection: ConnectionSummary) -> Wording.Value {
    .said(prefix + fate(in: connection).rawValue, ["peer": .side(speaker.peer)])
  }

  /// What is sent in vain is as large as a segment may be, and nothing as large had arrived before: a path that
  /// takes no such packets looks the same as a dead one.
  func mayBeTooLarge(in connection: ConnectionSummary) -> Bool {
    guard fate(in: connection) == .unknown, let stuck = connection.landmarks.stuck[speaker],
      let full = MTUBlackHoleRule.fullSegment(connection, from: speaker)
    else { return false }
    let sent = connection.traffic[speaker].uniqueBytes ?? .max
    return stuck.length >= full && sent - connection.landmarks.unacknowledged[speaker] < full
  }

  private func fate(in connection: ConnectionSummary) -> Fate {
    guard let path = connection.path, let stuck = connection.landmarks.stuck[speaker] else {
      return .unknown
    }
    let sent = path.directions[speaker]
    let frames = [stuck.firstFrame, stuck.lastFrame]
    if sent.undeliveredSegments.contains(where: { frames.contains($0.frame) }) { return .lost }
    return sent.hasArrivedWhole && path.directions[speaker.peer].lost == 0 ? .arrived : .unknown
  }
}
