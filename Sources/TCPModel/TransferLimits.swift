/// What held a sender back at a moment. The names lean on Linux's chronographs and RFC 4898
/// (SndLimTime Rwin, Cwnd, Snd).
@frozen
public enum Limit: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  /// There was nothing to send.
  case application
  /// The window the receiver offered was full.
  case receiverWindow
  /// The receiver offered no room for another segment at all.
  case zeroWindow
  /// The sending socket's buffer was full of data not yet acknowledged.
  case sendBuffer
  /// The congestion window was full.
  case congestionWindow
  /// The congestion window was full and still doubling.
  case slowStart
  /// The congestion window was full, and a queue grew: the path's own rate.
  case bandwidth
  /// The congestion window was as small as losses of this rate make it (M. Mathis and others, 1997).
  case loss
  /// Data was sent again, or waited for that.
  case recovery
  /// A retransmission timeout ran (RFC 6298).
  case timeout
  /// The wait for a tail loss probe (RFC 8985).
  case tailProbe
  /// A small segment waited for the acknowledgment of the one before (RFC 896).
  case nagle
  /// The acknowledgment waited at the receiver (RFC 1122 4.2.3.2).
  case delayedACK
  /// The last data was under way.
  case drain
  /// The capture does not tell.
  case unknown

  /// As in the JSON.
  public var name: String {
    switch self {
    case .application: "application"
    case .receiverWindow: "receiver_window"
    case .zeroWindow: "zero_window"
    case .sendBuffer: "send_buffer"
    case .congestionWindow: "congestion_window"
    case .slowStart: "slow_start"
    case .bandwidth: "bandwidth"
    case .loss: "loss"
    case .recovery: "recovery"
    case .timeout: "timeout"
    case .tailProbe: "tail_probe"
    case .nagle: "nagle"
    case .delayedACK: "delayed_ack"
    case .drain: "drain"
    case .unknown: "unknown"
    }
  }

  /// Who can change it.
  @inlinable
  public var owner: Owner {
    switch self {
    case .application: .program
    case .receiverWindow, .zeroWindow, .delayedACK: .receiver
    case .nagle, .sendBuffer: .sender
    case .congestionWindow, .slowStart, .bandwidth, .loss, .recovery, .timeout, .tailProbe, .drain:
      .path
    case .unknown: .nobody
    }
  }

  @frozen
  public enum Owner: UInt8, Sendable {
    case program, sender, receiver, path, nobody
  }
}

/// How long each limit held, in nanoseconds.
public struct LimitTimes: BitwiseCopyable, Sendable, Hashable {
  /// As many as `Limit` has cases.
  public static let count = 15

  @usableFromInline
  var times = InlineArray<15, Nanoseconds>(repeating: 0)

  public init() {}

  @inlinable
  public subscript(limit: Limit) -> Nanoseconds {
    @inline(__always) get { times[Int(limit.rawValue)] }
    @inline(__always) set { times[Int(limit.rawValue)] = newValue }
  }

  /// By the limit's raw value.
  @inlinable
  public subscript(at place: Int) -> Nanoseconds {
    @inline(__always) get { times[place] }
    @inline(__always) set { times[place] = newValue }
  }

  public var total: Nanoseconds {
    var total: Nanoseconds = 0
    for index in times.indices { total &+= times[index] }
    return total
  }

  /// The one that held longest; what drains is none. nil where nothing took time.
  public var dominant: Limit? {
    var dominant: Limit?
    for limit in Limit.allCases where limit != .drain && self[limit] > 0 {
      if dominant.map({ self[limit] > self[$0] }) ?? true { dominant = limit }
    }
    return dominant ?? (self[.drain] > 0 ? .drain : nil)
  }

  public static func == (left: LimitTimes, right: LimitTimes) -> Bool {
    left.times.indices.allSatisfy { left.times[$0] == right.times[$0] }
  }

  public func hash(into hasher: inout Hasher) {
    for index in times.indices { hasher.combine(times[index]) }
  }

  public static func += (sum: inout LimitTimes, more: LimitTimes) {
    for index in 0..<count {
      sum.times[unchecked: index] &+= more.times[unchecked: index]
    }
  }
}

/// A span in which the same limit held.
public struct LimitInterval: BitwiseCopyable, Sendable {
  public var limit: Limit
  /// Since the connection's first segment, by the sender's clock.
  public var start: Nanoseconds
  public var duration: Nanoseconds
  /// What was sent before it, and what was sent at its end.
  public var firstFrame: Int64
  public var lastFrame: Int64

  public init(
    _ limit: Limit, start: Nanoseconds, duration: Nanoseconds, firstFrame: Int64, lastFrame: Int64
  ) {
    self.limit = limit
    self.start = start
    self.duration = duration
    self.firstFrame = firstFrame
    self.lastFrame = lastFrame
  }

  public var end: Nanoseconds { start &+ duration }
}

/// What limited what one end sent.
public struct TransferLimits: BitwiseCopyable, Sendable {
  /// What the place of the capture allows to know.
  public enum Basis: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case sender, receiver, middle
    case bothEnds
    case oneDirection

    public var name: String {
      switch self {
      case .sender: "sender"
      case .receiver: "receiver"
      case .middle: "middle"
      case .bothEnds: "both_ends"
      case .oneDirection: "one_direction"
      }
    }
  }

  public var times = LimitTimes()
  public var basis = Basis.middle
  /// Data was sent and not acknowledged, or held back: what the kernel counts as tcpi_busy_time.
  public var busy: Nanoseconds = 0
  /// The receiver's window held data back: what the kernel counts as tcpi_rwnd_limited, which runs on
  /// while a full window's data is sent again after a timeout.
  public var receiverWindow: Nanoseconds = 0
  /// Bits of whole IP packets a second; nil where no queue showed it.
  public var bottleneck: Int64?
  /// Bytes under way when nothing but the sending socket's buffer was full.
  public var sendBuffer: Int64?
  /// The largest window the peer offered while its window was the limit.
  public var limitingWindow: Int64?
  /// While its window was the limit, the peer offered less than half of what it had offered: its program read
  /// slowly.
  public var isReadSlowly = false
  /// As the sender sees them.
  public var leastRoundTrip: Nanoseconds?
  public var meanRoundTrip: Nanoseconds?
  /// At least one sample in twenty was 100 ms and twice the least round trip above it, under load.
  public var hasBufferbloat = false
  /// The largest mean over many samples, under load.
  public var highRoundTrip: Nanoseconds?
  /// Frame that shows the longest round trip.
  public var highRoundTripFrame: Int64 = 0
  /// The longest span of each owner's limits.
  public var longestOfSender: LimitInterval?
  public var longestOfReceiver: LimitInterval?
  public var longestOfPath: LimitInterval?
  public var longestOfProgram: LimitInterval?

  /// Small segments that waited for an acknowledgment which the peer held back, how long they waited in all
  /// beyond a round trip, and the frame of the first.
  public var delayedWaits = 0
  public var delayedTime: Nanoseconds = 0
  public var delayedFrame: Int64 = 0
  /// The longest time in which nothing of the peer was captured, while what was under way was sent again twice or more,
  /// before it went on; and how often.
  public var longestSilence: LimitInterval?
  public var silentRepeats = 0
  /// What the sending kernel counted itself; nil where no snapshot shows it.
  public var kernel: KernelLimits?

  public init() {}

  public var dominant: Limit? { times.dominant }
}

/// A kernel's own account of what it sent, as `ss -i` prints it.
public struct KernelLimits: BitwiseCopyable, Sendable, Hashable {
  /// When it was asked, since the connection's first segment.
  public var at: Nanoseconds
  /// tcpi_busy_time, tcpi_rwnd_limited, tcpi_sndbuf_limited.
  public var busy: Nanoseconds
  public var receiverWindow: Nanoseconds
  public var sendBuffer: Nanoseconds

  public init(
    at: Nanoseconds, busy: Nanoseconds, receiverWindow: Nanoseconds, sendBuffer: Nanoseconds
  ) {
    self.at = at
    self.busy = busy
    self.receiverWindow = receiverWindow
    self.sendBuffer = sendBuffer
  }
}

extension TransferLimits {
  /// How long the last data stood in the queue that had held its sender back.
  private var lastQueue: Nanoseconds {
    leastRoundTrip.map { max(0, times[.drain] &- $0) } ?? 0
  }

  /// How long it held, with what the queue took that it left behind.
  public func time(with limit: Limit) -> Nanoseconds {
    let time = times[limit]
    return limit == .bandwidth && time > 0 ? time &+ lastQueue : time
  }
}

extension Limit {
  /// What repairs losses, or is meant to.
  public var isRepair: Bool {
    switch self {
    case .loss, .recovery, .timeout, .tailProbe: true
    default: false
    }
  }
}

/// Whose side took a connection's time; the sum is its duration.
public struct Blame: BitwiseCopyable, Sendable, Hashable {
  public var client: Nanoseconds = 0
  public var server: Nanoseconds = 0
  public var network: Nanoseconds = 0
  public var unknown: Nanoseconds = 0

  public enum Party: String, Sendable, CaseIterable {
    case client, server, network, unknown
  }

  public init() {}

  /// What is a host's, or its program's.
  public subscript(side: Side) -> Nanoseconds { side == .client ? client : server }

  public subscript(party: Party) -> Nanoseconds {
    get {
      switch party {
      case .client: client
      case .server: server
      case .network: network
      case .unknown: unknown
      }
    }
    set {
      switch party {
      case .client: client = newValue
      case .server: server = newValue
      case .network: network = newValue
      case .unknown: unknown = newValue
      }
    }
  }

  public var total: Nanoseconds { client &+ server &+ network &+ unknown }

  /// nil where nothing took time.
  public var dominant: Party? {
    var dominant: Party?
    for party in Party.allCases where self[party] > 0 {
      if dominant.map({ self[party] > self[$0] }) ?? true { dominant = party }
    }
    return dominant
  }

  public static func += (sum: inout Blame, more: Blame) {
    for party in Party.allCases { sum[party] &+= more[party] }
  }
}
