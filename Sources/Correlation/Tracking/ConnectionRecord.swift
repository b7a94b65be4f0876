import Names
import Support
import TCPModel

/// What the tracker remembers of one connection: fixed in size, no references, no allocation.
///
/// `RecordStore` keeps them, and packs those that are quiet by what differs from the usual one.
struct ConnectionRecord: BitwiseCopyable {
  /// First, so that a packed record can be asked for it alone.
  var key = FlowKey(
    source: Endpoint(address: IPAddress(ipv4: 0), port: 0),
    destination: Endpoint(address: IPAddress(ipv4: 0), port: 0))
  private var endpoints = InlineArray<2, EndpointRecord>(repeating: EndpointRecord())
  /// Behind the key.
  static var endpointsOffset: Int {
    let alignment = MemoryLayout<EndpointRecord>.alignment
    return (MemoryLayout<FlowKey>.size + alignment - 1) / alignment * alignment
  }
  var start = Timestamp(nanoseconds: 0)
  /// The latest instant seen; times may go backwards in a capture, this one does not.
  var latest = Timestamp(nanoseconds: 0)
  /// Since `start`: when the earliest segment was captured, where the clock or the order of the file went
  /// back before the first one.
  var earliest: Nanoseconds = 0
  var firstFrame: Int64 = 0
  var lastFrame: Int64 = 0
  var initial = InitialRoundTrip()
  var handshake = HandshakeRecord()
  var teardown = TeardownRecord()
  var phases = PhaseRecord()
  var zeek = ZeekRecord()
  // In a packed record bytes that differ from a blank one's take room for those below them too.
  var completeness: UInt8 = 0
  var prediction = Prediction.nothing
  var firstSender = End.low
  /// Of the first SYN, or of the first SYN/ACK where there is no SYN.
  var firstSYNSender = End.low
  /// `role`, kept because every payload asks for it.
  var client = End.low
  var bits: Bits = []
  /// Closed by both ends, or reset: little is to come.
  var isOver = false
  var capture: UInt16 = 0
  /// Its analysis counts in `CountsPool`, plus one; 0 while there is nothing to count.
  var counts: UInt32 = 0
  /// What it transfers in `LimitPool`, plus one; 0 while it sent nothing.
  var transfer: UInt32 = 0
  /// The next connection of the same flow, plus one; 0 is none.
  var next: UInt32 = 0
  /// How far what is spoken has been read.
  var application = ApplicationReaders.State()
  /// Last, because what is waiting at its end is written when the record is packed.
  var chain = Journal.Chain()
  /// In bytes: what is packed, and what a new record begins with.
  static var packedSize: Int {
    MemoryLayout<ConnectionRecord>.size - MemoryLayout<Journal.Chain>.size
      + Journal.Chain.writtenSize
  }

  struct Bits: OptionSet, BitwiseCopyable {
    var rawValue: UInt16
    static let reset = Bits(rawValue: 1 << 0)
    static let refused = Bits(rawValue: 1 << 1)
    static let portReused = Bits(rawValue: 1 << 2)
    /// The doubtful RST may be another host's: it came another way than its sender's segments.
    static let rstIsSuspect = Bits(rawValue: 1 << 3)
    static let midstream = Bits(rawValue: 1 << 4)
    static let clockBackwards = Bits(rawValue: 1 << 5)
    static let fastOpen = Bits(rawValue: 1 << 6)
    /// The end in whose name the RST came went on sending.
    static let rstIsForged = Bits(rawValue: 1 << 7)
    /// The ports' connection before was closed in order, by the other end first, and less than 2 MSL ago:
    /// that end may be in TIME_WAIT.
    static let meetsTimeWait = Bits(rawValue: 1 << 8)
    /// A small segment waited for an acknowledgment that was held back.
    static let waitedForDelayedACK = Bits(rawValue: 1 << 9)
    /// Other connections show that this end's address and port are a server's.
    static let lowServes = Bits(rawValue: 1 << 10)
    static let highServes = Bits(rawValue: 1 << 11)
    /// The ACK that completed the handshake was not captured, only something later.
    static let opensUnseen = Bits(rawValue: 1 << 12)
    /// The close began while the client's last bytes had no answer.
    static let closesInWait = Bits(rawValue: 1 << 13)
    /// It began with a segment whose IPv4 header does not have the checksum that it states.
    static let beginsCorrupt = Bits(rawValue: 1 << 14)
    /// What was said in it tells of trouble: a response ended before its announced end, a handshake of TLS by
    /// an alert.
    static let tellsOfTrouble = Bits(rawValue: 1 << 15)

    static func serves(_ end: End) -> Bits { end == .low ? .lowServes : .highServes }
  }

  /// The connection begins with this segment, which is not ingested yet.
  mutating func begin(_ segment: SegmentView) {
    // Field by field: what lies between them is not 0 in a segment, and would be packed too.
    key.low.address = segment.key.low.address
    key.low.port = segment.key.low.port
    key.high.address = segment.key.high.address
    key.high.port = segment.key.high.port
    start = segment.time
    latest = segment.time
    firstFrame = segment.frame
    lastFrame = segment.frame
    capture = segment.capture
    firstSender = segment.from
    zeek = ZeekRecord(first: segment)
    client = role.client
  }

  /// An index into an inline array, because accessors that
  /// choose between two stored properties copy the whole record or allocate a coroutine frame.
  subscript(end: End) -> EndpointRecord {
    @inline(__always) get { endpoints[end.index] }
    @inline(__always) _modify { yield &endpoints[end.index] }
  }

  /// Both endpoints at once, the sender of a segment first.
  @inline(__always)
  mutating func withEndpoints<Result>(
    from sender: End, _ body: (inout EndpointRecord, inout EndpointRecord) -> Result
  ) -> Result {
    withUnsafeMutablePointer(to: &endpoints) { pointer in
      let first = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: EndpointRecord.self)
      // One body for both ways round: two of them were 6 KB of code.
      return body(&first[sender.index], &first[sender.other.index])
    }
  }

  var low: EndpointRecord {
    @inline(__always) get { endpoints[0] }
    @inline(__always) _modify { yield &endpoints[0] }
  }

  var high: EndpointRecord {
    @inline(__always) get { endpoints[1] }
    @inline(__always) _modify { yield &endpoints[1] }
  }
}

// `RecordFolding.swift` says what folding is, and what may be reordered in it.
extension ConnectionRecord {
  mutating func fold() {
    foldFollowing()
    phases.foldIdle()
    foldFields()
    moveAnchors(-1)
  }

  mutating func unfold() {
    moveAnchors(1)
    foldFields()
    phases.foldIdle()
    foldFollowing()
  }

  private mutating func foldFollowing() {
    phases.foldFollowing(handshake)
    let close = teardown
    let latest = latest
    let initiator = Timestamp(nanoseconds: start.nanoseconds &+ close.start)
    let other = Timestamp(
      nanoseconds: start.nanoseconds &+ close.secondFIN)
    withEndpoints(from: .low) { low, high in
      low.foldFollowing(
        low.bits.contains(.finSent) ? (close.initiator == .low ? initiator : other) : latest)
      high.foldFollowing(
        high.bits.contains(.finSent) ? (close.initiator == .low ? other : initiator) : latest)
    }
    zeek.foldClosed(other)
    chain.fold()
  }

  private mutating func foldFields() {
    let latest = latest
    let duration = latest.nanoseconds &- start.nanoseconds
    let end = Instant(at: duration, frame: lastFrame)
    withEndpoints(from: .low) { low, high in
      low.fold(latest, peer: high.analysis, end)
      high.fold(latest, peer: low.analysis, end)
      high.foldOffer(low)
    }
    zeek.fold(low.analysis, high.analysis)
    initial.fold(start: start, ack: handshake.ack)
    handshake.fold(firstFrame: firstFrame)
    teardown.fold(duration, lastFrame: lastFrame)
    var answered: Nanoseconds?
    if low.firstPayload != .min, high.firstPayload != .min {
      let wait = low.firstPayload &- high.firstPayload
      answered = client == .low ? 0 &- wait : wait
    }
    phases.fold(lastFrame: lastFrame, handshake, teardown, answered: answered)
  }

  /// The other way round, because they lie behind what they are counted from.
  private mutating func moveAnchors(_ sign: Int64) {
    latest.nanoseconds &+= sign &* start.nanoseconds
    lastFrame &+= sign &* firstFrame
    withEndpoints(from: .low) { low, high in
      low.analysis.moveAnchor(sign)
      high.analysis.moveAnchor(sign)
    }
  }
}

/// What is remembered of one endpoint: as sender of its own segments, and its TCP state.
struct EndpointRecord: BitwiseCopyable {
  // Totals.
  var segments: Int64 = 0
  var ipBytes: Int64 = 0
  var payloadBytes: Int64 = 0
  // Pairs of 32 bits, the one that is usually 0 second: packed it takes nothing there.
  var synSegments: UInt32 = 0
  var rstSegments: UInt32 = 0
  /// Scaled.
  var maxWindow: UInt32 = 0
  /// The sequence number after the FIN this endpoint sent.
  var finEnd = SequenceNumber(0)
  var finSegments: UInt32 = 0
  /// From the acknowledgment number of its segment before to that of its last one, while the peer
  /// is silent.
  var acknowledgmentStep = AcknowledgmentStep.none

  var analysis = SequenceAnalysisRecord()
  var coverage = Coverage()
  var roundTrip = RoundTripRecord()

  // The state machine.
  var bits: Bits = []
  var state: TCPState = .listen
  /// What it was when an RST closed it; `.closed` where that cannot be taken back.
  var stateBeforeReset: TCPState = .closed
  /// The end of what it had sent then.
  var sentBeforeReset = SequenceNumber(0)
  /// Segments that should move this endpoint, until its own segments show that they arrived.
  var pendingACK = Instant.none
  var pendingFIN = Instant.none
  /// When its first payload was seen; `.min` for never.
  var firstPayload = Nanoseconds.min

  /// The newest time stamp and IP identification it sent.
  var newestTimestamp: UInt32 = 0
  var newestIdentification: UInt16 = 0
  /// Its last segments, to know a frame that was captured twice.
  var recent = InlineArray<4, Print>(repeating: Print())

  /// The time to live of its first segment.
  var ttl: UInt8 = 0
  /// Of its latest segment with neither SYN nor RST; 0 while there is none.
  var latestTTL: UInt8 = 0
  // What its first SYN or SYN/ACK offered.
  var windowShift: UInt8 = 0
  var mss: UInt16 = 0
  var offered: TCPOptions.Kinds = []
  var isn = SequenceNumber(0)
  /// Of its SYN/ACK before the last one, where that had another number; while the peer has acknowledged
  /// neither.
  var otherOffer = Offer()

  /// What a SYN/ACK says.
  struct Offer: BitwiseCopyable {
    var isn = SequenceNumber(0)
    var kinds: TCPOptions.Kinds = []
    var mss: UInt16 = 0
    var windowShift: UInt8 = 0
  }

  /// What its first SYN or SYN/ACK offers.
  @inline(__always)
  mutating func noteOffer(_ segment: SegmentView) {
    offered = segment.options.kinds
    mss = segment.options.mss
    windowShift = segment.options.windowScale
  }

  enum AcknowledgmentStep: UInt8, BitwiseCopyable {
    case none, one, other
  }

  struct Bits: OptionSet, BitwiseCopyable {
    var rawValue: UInt16
    /// Sent a SYN without ACK.
    static let synSent = Bits(rawValue: 1 << 0)
    static let synACKSent = Bits(rawValue: 1 << 1)
    static let anySYNSent = Bits(rawValue: 1 << 0 | 1 << 1)
    static let finSent = Bits(rawValue: 1 << 2)
    /// Sent something other than SYN, SYN/ACK or RST.
    static let spoke = Bits(rawValue: 1 << 3)
    /// Its packets do not all have the same IP identification, so a repeated one means a copy.
    static let identificationVaries = Bits(rawValue: 1 << 4)
    /// Repeated its SYN/ACK after an ACK of it was captured: that ACK did not arrive or count.
    static let ignoredACK = Bits(rawValue: 1 << 8)
    /// Was sent something RFC 5961 answers with a challenge ACK.
    static let owesChallenge = Bits(rawValue: 1 << 9)
    static let activeOpener = Bits(rawValue: 1 << 10)
    static let synACKRepeated = Bits(rawValue: 1 << 12)
    /// After its FIN it acknowledged one number more, and no segment of the peer was captured.
    static let acksUnseenFIN = Bits(rawValue: 1 << 11)
    /// Frames of it were captured twice.
    static let hasCopies = Bits(rawValue: 1 << 5)
    /// Sent its FIN more than once.
    static let finRepeated = Bits(rawValue: 1 << 7)
    /// Sent two SYN/ACKs with different numbers, and nobody knows yet which one counts.
    static let hasOtherOffer = Bits(rawValue: 1 << 6)
    /// When its window closed, its peer had not used all of it.
    static let closedWithRoom = Bits(rawValue: 1 << 13)
    /// Whether it waited for the window that opened, what it sends next shows.
    static let mayHaveWaited = Bits(rawValue: 1 << 14)
    /// Sent something long after the peer's FIN.
    static let usesHalf = Bits(rawValue: 1 << 15)
    /// None must be where a segment is taken for one in line.
    static let unsettled: Bits = [.owesChallenge, .hasOtherOffer, .mayHaveWaited]
  }

  /// Its SYN was not captured: what it sent before its first segment lies before the capture.
  @inline(__always)
  var beginsLate: Bool {
    bits.isDisjoint(with: .anySYNSent) && analysis.bits.contains(.baseKnown)
  }

  /// What was under way when the peer closed has arrived by then.
  static let longUse: Nanoseconds = 5_000_000_000
}

extension EndpointRecord {
  /// - Parameter sent: When the last sequence number was sent, most likely.
  fileprivate mutating func foldFollowing(_ sent: Timestamp) {
    analysis.nextSequenceTime.fold(sent)
    roundTrip.foldLeast()
  }

  fileprivate mutating func fold(
    _ latest: Timestamp, peer: SequenceAnalysisRecord, _ end: Instant
  ) {
    let base = analysis.baseSequence
    let next = analysis.nextSequence
    analysis.fold(latest, peer: peer)
    coverage.fold(payload: payloadBytes, base: base, next: next)
    roundTrip.fold(latest: latest, next: next)
    finEnd.fold(next)
    isn.fold(base)
    if stateBeforeReset != .closed { sentBeforeReset.fold(next) }
    // The ACK of the last FIN, which nothing follows.
    if state == .lastACK {
      pendingACK.at.fold(end.at)
      pendingACK.frame.fold(end.frame)
    }
  }

  /// Both ends often offer the same.
  @inline(__always)
  fileprivate mutating func foldOffer(_ peer: EndpointRecord) {
    latestTTL = peer.latestTTL &- latestTTL
    ttl = peer.ttl &- ttl
    windowShift = peer.windowShift &- windowShift
    mss = peer.mss &- mss
    offered = TCPOptions.Kinds(rawValue: peer.offered.rawValue ^ offered.rawValue)
  }
}

struct HandshakeRecord: BitwiseCopyable {
  /// Offsets; `.min` while not seen.
  var syn = Nanoseconds.min
  var synACK = Nanoseconds.min
  var ack = Nanoseconds.min
  /// The latest SYN before the SYN/ACK: the one that arrived.
  var latestSYN = Instant.none
  /// The latest SYN/ACK before the ACK that completes the handshake.
  var latestSYNACK = Nanoseconds.min
  /// Of a SYN/ACK with another number than the one before: when that one came.
  var otherSYNACK = Nanoseconds.min
  var synRetransmissions: UInt16 = 0
  var synACKRetransmissions: UInt16 = 0
  /// Of that other one.
  var otherRetransmissions: UInt16 = 0
  /// From the connection's first frame to the SYN/ACK, where one of both offers oddly; 0 where that is not known.
  var framesToSYNACK: UInt16 = 0
}

extension HandshakeRecord {
  func synACKFrame(firstFrame: Int64) -> Int64? {
    framesToSYNACK == 0 ? nil : firstFrame &+ Int64(framesToSYNACK)
  }

  /// A SYN/ACK with another number than the one before it.
  mutating func takeOtherAnswer(_ at: Nanoseconds) {
    guard synACK != .min else { return }
    otherSYNACK = synACK
    otherRetransmissions = synACKRetransmissions
    synACK = at
    synACKRetransmissions = 0
    framesToSYNACK = 0
  }

  /// The one before comes again.
  mutating func swapAnswers() {
    guard otherSYNACK != .min else { return }
    swap(&synACK, &otherSYNACK)
    swap(&synACKRetransmissions, &otherRetransmissions)
    framesToSYNACK = 0
  }

  /// So soon a client sends a SYN again whose answer is on its way.
  private static let leastTimeout: Nanoseconds = 200_000_000

  /// How soon the first SYN was answered, where it was sent again though its answer had come long before.
  ///
  /// - Parameter repeated: When it was sent last.
  func answer(before repeated: Nanoseconds) -> Nanoseconds? {
    guard syn != .min, synACK != .min, ack == .min || repeated < ack else { return nil }
    let first = otherSYNACK == .min ? synACK : min(synACK, otherSYNACK)
    return first >= syn && repeated &- first >= Self.leastTimeout ? first &- syn : nil
  }

  /// The one before is acknowledged.
  mutating func settleForOther() {
    guard otherSYNACK != .min else { return }
    swapAnswers()
    latestSYNACK = synACK
  }

  @inline(__always)
  fileprivate mutating func fold(firstFrame: Int64) {
    latestSYN.frame.fold(firstFrame)
    latestSYNACK.fold(synACK)
  }
}

struct TeardownRecord: BitwiseCopyable {
  /// First FIN or accepted RST.
  var start = Nanoseconds.min
  var secondFIN = Nanoseconds.min
  /// The last segment that belongs to the close: an ACK of a FIN, a FIN, an RST.
  var end = Nanoseconds.min
  var startFrame: Int64 = 0
  var firstACKFrame: Int64 = 0
  var secondFINFrame: Int64 = 0
  var secondACKFrame: Int64 = 0
  var rstFrame: Int64 = 0
  /// The first payload after a FIN whose sender had not heard of that FIN.
  var crossingFrame: Int64 = 0
  /// An RST inside the window but not at its edge, or one that came another way than its sender's other
  /// segments: what its sender and its target do next decides.
  var doubtfulRST = Instant.none
  var initiator = End.low
  /// The second FIN acknowledged the first one.
  var secondAcknowledgesFirst = false
  var doubtfulRSTSender = End.low
  var rstSender = End.low
  var rstTTL: UInt8 = 0
  /// So much of what its target sent nothing but the RST acknowledges.
  var rstAcknowledges: UInt32 = 0
  /// How many frames after the RST the end in whose name it came shows that it still has the connection; 0
  /// where it does not.
  var goesOnAfter: UInt32 = 0
  /// After the doubtful RST its target sent something other than an RST.
  var targetWentOn = false
}

extension TeardownRecord {
  @inline(__always)
  fileprivate mutating func fold(_ duration: Nanoseconds, lastFrame: Int64) {
    secondFIN.fold(duration)
    end.fold(duration)
    startFrame.fold(lastFrame)
    firstACKFrame.fold(lastFrame)
    secondFINFrame.fold(lastFrame)
    secondACKFrame.fold(lastFrame)
  }
}
