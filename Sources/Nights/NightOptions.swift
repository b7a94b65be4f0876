import Support
import TCPModel

/// What counts as worth a finding. The numbers are chosen so that a healthy host has none.
public struct NightOptions: Sendable {
  /// The ports the host gives to outgoing connections (`net.ipv4.ip_local_port_range`).
  public var portRange: ClosedRange<UInt16>

  /// In whose zone the findings tell times.
  public var clock: WallClock

  /// Linux's own range.
  public static let defaultPortRange: ClosedRange<UInt16> = 32_768...60_999

  public init(
    portRange: ClosedRange<UInt16> = defaultPortRange, clock: WallClock = .utc
  ) {
    self.portRange = portRange
    self.clock = clock
  }

  /// CLOSE_WAIT sockets of one process have to grow by this many, and by a tenth.
  static let closeWaitGrowth = 5
  /// Ports in TIME_WAIT, in percent of the range.
  static let timeWaitPercent = 80
  /// Half-open connections, in percent of the listener's limit; without a known limit, in number.
  static let synReceivedPercent = 50
  static let synReceivedCount = 256
  /// A queue is stuck when its bytes have not moved for so long and over so many instants.
  static let stuckTime: Nanoseconds = 30_000_000_000
  static let stuckInstants = 3
  /// Twice what Linux gives an orphan (`tcp_fin_timeout`, 60 s).
  static let closingTime: Nanoseconds = 120_000_000_000
  /// A peer dominates with this share of the sockets, and at least this many of them.
  static let peerPercent = 40
  static let peerSockets = 20
  /// Below so many peers the busiest one is no surprise.
  static let peerCount = 4
  /// Retransmissions: share of the segments sent in the last third of the night, in thousandths,
  /// how many times that of the first third it is, and segments needed to judge.
  static let retransmissionPerMille = 10
  static let retransmissionFactor = 2
  static let retransmissionSegments = 1_000
}
