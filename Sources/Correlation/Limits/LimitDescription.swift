import TCPModel

extension ConnectionTracker {
  /// What limited the transfers and whose side took the time. To be called when the handshake and the
  /// round trips are described.
  func describeTransfer(
    of record: UnsafePointer<ConnectionRecord>, in summary: inout ConnectionSummary
  ) {
    let client = record.pointee.client
    guard limits.isOn else {
      summary.limits = PerSide(both: nil)
      summary.blame = nil
      return
    }
    guard let transfer = limits.summary(of: record) else {
      summary.limits = PerSide(both: nil)
      summary.blame = blameWithoutTransfer(summary)
      return
    }
    summary.limits.client = transfer[client]
    summary.limits.server = transfer[client.other]
    var blame = transfer.blame
    if client == .high { swap(&blame.client, &blame.server) }
    let slow = min(slowAnswer(summary), blame.network)
    blame.network &-= slow
    blame.server &+= slow
    summary.blame = blame
  }

  /// When what limited a connection shown in detail.
  func describeIntervals(
    of record: UnsafePointer<ConnectionRecord>, in connection: inout Connection
  ) {
    describeTransfer(of: record, in: &connection.summary)
    connection.summary.creditSilence()
    var intervals = PerSide<[LimitInterval]>(both: [])
    for side in Side.allCases {
      let end = side == .client ? record.pointee.client : record.pointee.client.other
      guard let list = limits.intervals(of: record, end) else { continue }
      intervals[side] = list.intervals
      connection.limitIntervalsOmitted[side] = list.omitted
    }
    connection.limitIntervals = intervals
  }

  /// Nobody sent anything: an opening is on its way, of the rest nothing tells whose it was.
  private func blameWithoutTransfer(_ summary: ConnectionSummary) -> Blame {
    var blame = Blame()
    let known =
      summary.outcome == .refused ? summary.duration : summary.handshake.ack ?? 0
    blame.network = min(max(0, known), summary.duration)
    blame.unknown = summary.duration &- blame.network
    return blame
  }

  /// A server that answers its data's way sooner than the SYN thought about the SYN.
  private func slowAnswer(_ summary: ConnectionSummary) -> Nanoseconds {
    let handshake = summary.handshake
    guard handshake.synRetransmissions == 0, handshake.synACKRetransmissions == 0,
      let answer = handshake.serverRTT, let least = summary.rtt.client?.min
    else { return 0 }
    let excess = answer &- least
    return excess >= ConnectionTracker.noticeable ? excess : 0
  }

  private static let noticeable: Nanoseconds = 50_000_000
}
