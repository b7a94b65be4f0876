/// How long a segment travels between the capture point and each endpoint, one way.
///
/// One capture measures round trips only: a way is taken as half of one. Where nothing tells, both
/// are 0.
public struct PathDelays: Sendable, Hashable {
  public var toward: PerSide<Nanoseconds>
  /// Where the capture was taken: as the handshake says, else as data and their ACKs do.
  public var vantage: Vantage
  /// Both ends were captured.
  public var isMeasured: Bool

  /// Of nothing that is known.
  public init() {
    toward = PerSide(both: 0)
    vantage = .unknown
    isMeasured = false
  }

  /// From one endpoint to the other.
  public var total: Nanoseconds { toward.client.plus(toward.server) }

  public var isKnown: Bool { total > 0 }
}
