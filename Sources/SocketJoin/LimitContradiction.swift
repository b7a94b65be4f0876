import TCPModel

/// The kernel counted more time with data under way than the segments show.
struct LimitContradiction {
  var connection: ConnectionSummary
  var side: Side
  var kernel: KernelLimits
  /// By the segments, until their last one.
  var busy: Nanoseconds
  var path: String

  /// The kernel counts in jiffies, and runs on a little after a reset.
  private static let tolerance: Nanoseconds = 100_000_000

  /// What was counted until a snapshot cannot be more than all that the segments show.
  static func find(
    in sightings: ArraySlice<SocketSighting>, of connection: ConnectionSummary
  ) -> [LimitContradiction] {
    // A part that was not captured says nothing.
    guard connection.handshake.kind != .notCaptured else { return [] }
    return Side.allCases.compactMap { side in
      // Elsewhere an acknowledgment may have been captured that never came, and what is not acknowledged
      // at all keeps the kernel busy for longer than there are segments.
      guard let limits = connection.limits[side], limits.basis == .sender,
        connection.landmarks.unacknowledged[side] == 0,
        let kernel = sightings.kernelLimits(of: side), kernel.at <= connection.duration
      else { return nil }
      let excess = kernel.busy &- limits.busy
      guard excess > tolerance, excess > kernel.busy / 5 else { return nil }
      let path = sightings.last { $0.side == side }?.snapshot.path ?? ""
      return LimitContradiction(
        connection: connection, side: side, kernel: kernel, busy: limits.busy, path: path)
    }
  }

  var finding: Finding {
    let server = connection.server.description
    return Finding(
      kind: .stateContradiction, severity: .warning, connections: [connection.id], frames: [],
      wording: Wording(
        "finding.limit_contradiction",
        [
          "id": .digits(connection.id), "server": .text(server), "side": .side(side),
          "kernel": .duration(kernel.busy), "segments": .duration(busy),
        ]),
      evidence: [
        Finding.Evidence("server", .text(server)),
        Finding.Evidence("side", .text(side.name)),
        Finding.Evidence("kernel_busy_ns", .number(kernel.busy)),
        Finding.Evidence("busy_ns", .number(busy)),
        Finding.Evidence("at_ns", .number(kernel.at)),
        Finding.Evidence("snapshot", .text(path)),
      ])
  }
}

extension ArraySlice<SocketSighting> {
  /// The newest account of one side's kernel.
  func kernelLimits(of side: Side) -> KernelLimits? {
    let newest = last { $0.side == side && $0.snapshot.info?.busy != nil }
    guard let newest, let info = newest.snapshot.info, let busy = info.busy else { return nil }
    return KernelLimits(
      at: newest.snapshot.at, busy: busy, receiverWindow: info.receiveWindowLimited ?? 0,
      sendBuffer: info.sendBufferLimited ?? 0)
  }
}
