/// The kernel's `tcp_info` as `ss -i` prints it; the names are the kernel's, in words.
///
/// `ss` leaves zeros out. Where a version of `ss` is known to print a figure (it shows another one
/// introduced together with it), a missing figure is therefore 0:
/// - always: `unacknowledged`, `retransmitting`, `totalRetransmissions`, `lost`, `sacked`,
///   `backoff`, `lastSent`, `lastReceived`, `lastACK`, and `reordering`, left out at 3;
/// - with `segs_in` or `segs_out`: `bytesAcked`, `bytesReceived`, `segmentsIn`, `segmentsOut`;
/// - with `minrtt`: `notSent`, `dataSegmentsIn`, `dataSegmentsOut`;
/// - with `delivered` or `bytes_sent`: `bytesSent`, `bytesRetransmitted`, `duplicateSACKs`,
///   `reorderingSeen`, `deliveredCE`;
/// - with `snd_wnd`: `outOfOrder`.
/// A `LISTEN` socket has none of these, and they stay nil. Everything else left out is nil.
public struct TCPInfo: BitwiseCopyable, Sendable, Hashable {
  /// What the handshake agreed on, and marks without a value.
  public struct Flags: OptionSet, BitwiseCopyable, Sendable, Hashable {
    public let rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let timestamps = Flags(rawValue: 1 << 0)
    public static let sack = Flags(rawValue: 1 << 1)
    public static let ecn = Flags(rawValue: 1 << 2)
    public static let ecnSeen = Flags(rawValue: 1 << 3)
    public static let fastOpen = Flags(rawValue: 1 << 4)
    public static let microsecondTimestamps = Flags(rawValue: 1 << 5)
    /// The application, not the network, limited the delivery rate.
    public static let applicationLimited = Flags(rawValue: 1 << 6)
    /// Delayed ACKs are off: the traffic goes both ways.
    public static let bidirectional = Flags(rawValue: 1 << 7)
    /// The kernel's TLS or MPTCP sits on the socket.
    public static let upperLayer = Flags(rawValue: 1 << 8)
  }

  public var flags: Flags
  /// The congestion control's name.
  public var congestionControl: NameID?
  public var sendWindowScale: UInt8?
  public var receiveWindowScale: UInt8?

  public var retransmissionTimeout: Nanoseconds?
  public var backoff: UInt32?
  /// Smoothed round-trip time and its mean deviation (RFC 6298).
  public var rtt: Nanoseconds?
  public var rttVariation: Nanoseconds?
  public var minimumRTT: Nanoseconds?
  /// As the receiver estimates it.
  public var receiveRTT: Nanoseconds?
  /// The delayed-ACK timeout.
  public var ackTimeout: Nanoseconds?
  /// Since the last data sent, data received, ACK received.
  public var lastSent: Nanoseconds?
  public var lastReceived: Nanoseconds?
  public var lastACK: Nanoseconds?
  /// Time with data under way, and how much of it the receiver's window or the send buffer took.
  public var busy: Nanoseconds?
  public var receiveWindowLimited: Nanoseconds?
  public var sendBufferLimited: Nanoseconds?

  public var mss: UInt32?
  public var pathMTU: UInt32?
  public var receiveMSS: UInt32?
  public var advertisedMSS: UInt32?
  /// In segments.
  public var congestionWindow: UInt32?
  /// In segments; nil while it is unlimited.
  public var slowStartThreshold: UInt32?

  public var bytesSent: UInt64?
  public var bytesRetransmitted: UInt64?
  public var bytesAcked: UInt64?
  public var bytesReceived: UInt64?
  public var segmentsOut: UInt32?
  public var segmentsIn: UInt32?
  public var dataSegmentsOut: UInt32?
  public var dataSegmentsIn: UInt32?
  public var delivered: UInt32?
  /// Delivered with a congestion mark.
  public var deliveredCE: UInt32?

  /// Bits a second.
  public var sendRate: UInt64?
  public var pacingRate: UInt64?
  public var maximumPacingRate: UInt64?
  public var deliveryRate: UInt64?

  /// In segments.
  public var unacknowledged: UInt32?
  /// Segments retransmitted and not yet acknowledged.
  public var retransmitting: UInt32?
  public var totalRetransmissions: UInt32?
  public var lost: UInt32?
  public var sacked: UInt32?
  public var forwardACKs: UInt32?
  public var duplicateSACKs: UInt32?
  public var reordering: UInt32?
  public var reorderingSeen: UInt32?
  /// Bytes in the send buffer that were never sent.
  public var notSent: UInt32?
  public var outOfOrder: UInt32?
  /// Bytes, scaled.
  public var sendWindow: UInt32?
  public var receiveWindow: UInt32?
  public var receiveSpace: UInt32?
  public var receiveThreshold: UInt32?
  /// Times the route was hashed anew.
  public var rehash: UInt32?
  /// Quick ACKs left.
  public var quickACKs: UInt32?

  public var bbr: BBR?
  public var dctcp: DCTCP?

  /// The model of the BBR congestion control.
  public struct BBR: BitwiseCopyable, Sendable, Hashable {
    /// Bits a second.
    public var bandwidth: UInt64
    public var minimumRTT: Nanoseconds
    /// In 1/256, as the kernel keeps them; nil while 0.
    public var pacingGain: UInt32?
    public var windowGain: UInt32?

    public init(bandwidth: UInt64, minimumRTT: Nanoseconds) {
      self.bandwidth = bandwidth
      self.minimumRTT = minimumRTT
    }
  }

  /// The state of the DCTCP congestion control (RFC 8257); all nil in `fallback_mode`.
  public struct DCTCP: BitwiseCopyable, Sendable, Hashable {
    public var congestionState: UInt32?
    public var alpha: UInt32?
    public var markedBytes: UInt32?
    public var totalBytes: UInt32?

    public init() {}
  }

  public init() {
    flags = []
  }
}
