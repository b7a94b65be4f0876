/// What the bytes of one captured TCP segment say, nothing more: no judgement, no memory.
public struct Segment: BitwiseCopyable, Sendable {
  public var key: FlowKey
  /// Bytes of the payload that were captured.
  public var capturedLength: UInt32
  /// When the capture point saw it.
  public var time: Timestamp
  /// The frame's number in its file, from 1, all frames counted.
  public var frame: Int64
  public var sequence: SequenceNumber
  /// Meaningful when `flags` has `.ack`.
  public var acknowledgment: SequenceNumber
  /// From the IP length, not from what was captured, so a snap length does not change it.
  public var payloadLength: UInt32
  /// The whole IP packet, headers included.
  public var ipLength: UInt32
  public var flags: TCPFlags
  /// As in the header, not scaled.
  public var window: UInt16
  public var urgentPointer: UInt16
  /// IPv4 identification; 0 for IPv6.
  public var ipIdentification: UInt16
  /// IPv4 time to live, IPv6 hop limit.
  public var ttl: UInt8
  /// IPv4 type of service, IPv6 traffic class: the DSCP above the two ECN bits (RFC 2474, RFC 3168).
  public var trafficClass: UInt8
  /// Which end of `key` sent it.
  public var from: End
  /// The header was cut before its window, or its length does not fit: fields may be missing (0).
  /// Cut options alone do not count; `options.kinds` says so.
  public var isHeaderDamaged: Bool
  /// Not all 20 bytes that every header has were captured: Wireshark analyses no such segment.
  public var isHeaderCut: Bool
  /// A SYN or RST whose IPv4 header does not have the checksum that it states: addresses and ports may be
  /// anybody's. A checksum of 0 is one that the network card fills in.
  public var isCorrupt: Bool
  /// Which of the merged captures, from 0.
  public var capture: UInt16
  /// Which interface of that capture, from 0.
  public var interface: UInt16
  public var options: TCPOptions
  /// Where the payload begins in memory. Only `SegmentPayloads` may look there.
  public var payloadAddress: UInt

  @inlinable
  public init(
    key: FlowKey, from: End, time: Timestamp, frame: Int64,
    sequence: SequenceNumber, acknowledgment: SequenceNumber, flags: TCPFlags, window: UInt16,
    payloadLength: UInt32, ipLength: UInt32, options: TCPOptions = TCPOptions()
  ) {
    self.key = key
    self.from = from
    self.time = time
    self.frame = frame
    self.sequence = sequence
    self.acknowledgment = acknowledgment
    self.flags = flags
    self.window = window
    self.payloadLength = payloadLength
    self.ipLength = ipLength
    self.options = options
    urgentPointer = 0
    ipIdentification = 0
    ttl = 0
    trafficClass = 0
    isHeaderDamaged = false
    isHeaderCut = false
    isCorrupt = false
    capture = 0
    interface = 0
    capturedLength = 0
    payloadAddress = 0
  }

  @inlinable
  public var source: Endpoint { key[from] }

  @inlinable
  public var destination: Endpoint { key[from.other] }

  /// Payload, plus one for a SYN and one for a FIN (RFC 9293 3.4).
  @inlinable @inline(__always)
  public var sequenceLength: UInt32 {
    payloadLength &+ (flags.contains(.syn) ? 1 : 0) &+ (flags.contains(.fin) ? 1 : 0)
  }
}

/// The options of a TCP header that matter here, decoded. Values count only where `kinds` says so.
public struct TCPOptions: BitwiseCopyable, Sendable {
  public var kinds: Kinds
  public var mss: UInt16
  /// The shift as sent; RFC 7323 2.3 uses at most 14.
  public var windowScale: UInt8
  public var sackCount: UInt8
  public var fastOpenCookieLength: UInt8
  public var timestampValue: UInt32
  public var timestampEcho: UInt32
  public var sack: InlineArray<4, SACKBlock>

  public struct Kinds: OptionSet, BitwiseCopyable, Sendable, Hashable {
    public let rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
    @inlinable public static var mss: Kinds { Kinds(rawValue: 1 << 0) }
    @inlinable public static var windowScale: Kinds { Kinds(rawValue: 1 << 1) }
    @inlinable public static var sackPermitted: Kinds { Kinds(rawValue: 1 << 2) }
    @inlinable public static var sack: Kinds { Kinds(rawValue: 1 << 3) }
    @inlinable public static var timestamps: Kinds { Kinds(rawValue: 1 << 4) }
    /// RFC 7413 (kind 34) or its experimental form (kind 254, magic 0xF989).
    @inlinable public static var fastOpen: Kinds { Kinds(rawValue: 1 << 5) }
    @inlinable public static var multipath: Kinds { Kinds(rawValue: 1 << 6) }
    @inlinable public static var md5: Kinds { Kinds(rawValue: 1 << 7) }
    @inlinable public static var authentication: Kinds { Kinds(rawValue: 1 << 8) }
    @inlinable public static var userTimeout: Kinds { Kinds(rawValue: 1 << 9) }
    /// An option's length does not fit; what came before it is kept.
    @inlinable public static var malformed: Kinds { Kinds(rawValue: 1 << 14) }
    /// The capture ends inside the options.
    @inlinable public static var cut: Kinds { Kinds(rawValue: 1 << 15) }
  }

  @inlinable
  public init() {
    kinds = []
    mss = 0
    windowScale = 0
    sackCount = 0
    fastOpenCookieLength = 0
    timestampValue = 0
    timestampEcho = 0
    sack = InlineArray(repeating: SACKBlock(left: SequenceNumber(0), right: SequenceNumber(0)))
  }
}

/// One block of a SACK option: [left, right) has arrived (RFC 2018).
public struct SACKBlock: BitwiseCopyable, Sendable, Hashable {
  public var left: SequenceNumber
  public var right: SequenceNumber

  @inlinable
  public init(left: SequenceNumber, right: SequenceNumber) {
    self.left = left
    self.right = right
  }
}
