import TCPModel

/// How long an end was in a state, as the segments tell, from the connection's first segment.
struct StateSpan {
  var state: TCPState
  /// nil: from before the capture.
  var from: Nanoseconds?
  /// nil: to its end and beyond.
  var to: Nanoseconds?

  /// A snapshot takes time: the recorder starts `ss`, and `ss` asks socket by socket.
  static let tolerance: Nanoseconds = 100_000_000

  static func spans(of connection: Connection, _ side: Side) -> [StateSpan] {
    let changes = connection.states[side]
    return changes.enumerated().map { index, change in
      let next = index + 1 < changes.count ? changes[index + 1] : nil
      return StateSpan(state: change.state, from: change.at, to: next?.at)
    }
  }
}

extension Connection {
  /// How long a segment may be under way between the capture point and an end.
  func pathTime(to side: Side) -> Nanoseconds {
    let half = side == .client ? summary.handshake.clientRTT : summary.handshake.serverRTT
    return max(half ?? 0, summary.rtt[side.peer]?.max ?? 0)
  }
}
