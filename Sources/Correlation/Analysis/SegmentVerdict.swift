import TCPModel

/// What the analysis says of one segment, as bits: cheap to make in the hot loop, counted there,
/// and turned into words only for the connections that are shown in detail.
struct SegmentVerdict: OptionSet, BitwiseCopyable, Sendable {
  var rawValue: UInt32

  // As Wireshark defines them.
  static let retransmission = SegmentVerdict(rawValue: 1 << 0)
  static let fastRetransmission = SegmentVerdict(rawValue: 1 << 1)
  static let spuriousRetransmission = SegmentVerdict(rawValue: 1 << 2)
  static let outOfOrder = SegmentVerdict(rawValue: 1 << 3)
  static let duplicateACK = SegmentVerdict(rawValue: 1 << 4)
  static let previousSegmentLost = SegmentVerdict(rawValue: 1 << 5)
  static let ackedUnseen = SegmentVerdict(rawValue: 1 << 6)
  static let keepAlive = SegmentVerdict(rawValue: 1 << 7)
  static let keepAliveACK = SegmentVerdict(rawValue: 1 << 8)
  static let zeroWindow = SegmentVerdict(rawValue: 1 << 9)
  static let zeroWindowProbe = SegmentVerdict(rawValue: 1 << 10)
  static let zeroWindowProbeACK = SegmentVerdict(rawValue: 1 << 11)
  static let windowFull = SegmentVerdict(rawValue: 1 << 12)
  static let windowUpdate = SegmentVerdict(rawValue: 1 << 13)
  static let portReused = SegmentVerdict(rawValue: 1 << 14)
  /// A segment that asks whether the peer is there, not one that carries data.
  static let probe = SegmentVerdict(rawValue: 1 << 7 | 1 << 10)
  static let wiresharkMask = SegmentVerdict(rawValue: (1 << 15) - 1)

  // By our own judgement.
  static let duplicateFrame = SegmentVerdict(rawValue: 1 << 15)
  static let challengeACK = SegmentVerdict(rawValue: 1 << 16)
  static let ambiguous = SegmentVerdict(rawValue: 1 << 17)
  static let synRetransmission = SegmentVerdict(rawValue: 1 << 18)
  static let synACKRetransmission = SegmentVerdict(rawValue: 1 << 19)
  static let reset = SegmentVerdict(rawValue: 1 << 20)
  static let unacceptableRST = SegmentVerdict(rawValue: 1 << 21)
  static let midstreamStart = SegmentVerdict(rawValue: 1 << 22)
  static let headerDamaged = SegmentVerdict(rawValue: 1 << 23)
  static let clockBackwards = SegmentVerdict(rawValue: 1 << 24)
  /// Sequence space sent before: what the kernel counts as RetransSegs.
  static let resent = SegmentVerdict(rawValue: 1 << 25)

  /// The first window above zero after a zero window.
  static let windowOpens = SegmentVerdict(rawValue: 1 << 28)

  /// It reports bytes as arrived that the other end never sent, by far.
  static let untranslatedSACK = SegmentVerdict(rawValue: 1 << 29)
  /// The first segment that is not acknowledged, sent again.
  static let resentFirst = SegmentVerdict(rawValue: 1 << 30)

  /// It acknowledges what was never captured.
  static let passesGap = SegmentVerdict(rawValue: 1 << 31)

  // For the diagram.
  static let changesState = SegmentVerdict(rawValue: 1 << 26)
  static let opensExchange = SegmentVerdict(rawValue: 1 << 27)

  /// The kinds in the order of `EventKind`.
  var kinds: [EventKind] {
    EventKind.allCases.filter { !isDisjoint(with: SegmentVerdict.bit(of: $0)) }
  }

  /// The kinds as we judge ourselves, for the diagram: a copy of a frame is nothing but that, and
  /// what was sent before is a retransmission also where Wireshark calls it out of order.
  var ownKinds: [EventKind] {
    if contains(.duplicateFrame) { return [.duplicateFrame] }
    if contains(.resent), contains(.outOfOrder) {
      return subtracting(.outOfOrder).union(.retransmission).kinds
    }
    return kinds
  }

  static func bit(of kind: EventKind) -> SegmentVerdict {
    switch kind {
    case .retransmission: .retransmission
    case .fastRetransmission: .fastRetransmission
    case .spuriousRetransmission: .spuriousRetransmission
    case .outOfOrder: .outOfOrder
    case .duplicateACK: .duplicateACK
    case .previousSegmentLost: .previousSegmentLost
    case .ackedUnseen: .ackedUnseen
    case .keepAlive: .keepAlive
    case .keepAliveACK: .keepAliveACK
    case .zeroWindow: .zeroWindow
    case .zeroWindowProbe: .zeroWindowProbe
    case .zeroWindowProbeACK: .zeroWindowProbeACK
    case .windowFull: .windowFull
    case .windowUpdate: .windowUpdate
    case .duplicateFrame: .duplicateFrame
    case .challengeACK: .challengeACK
    case .ambiguous: .ambiguous
    case .synRetransmission: .synRetransmission
    case .synACKRetransmission: .synACKRetransmission
    case .rst: .reset
    case .unacceptableRST: .unacceptableRST
    case .idle, .icmp: []
    case .midstreamStart: .midstreamStart
    case .portReused: .portReused
    case .headerDamaged: .headerDamaged
    case .clockBackwards: .clockBackwards
    }
  }
}
