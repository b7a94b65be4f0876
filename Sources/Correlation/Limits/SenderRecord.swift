import TCPModel

/// What held one end back, from what it sent and from what its peer acknowledged: fixed in size but for
/// what a busy transfer adds.
struct SenderRecord: BitwiseCopyable {
  var times = LimitTimes()
  var busy: Nanoseconds = 0
  var bits: Bits = []
  /// The end of everything sent.
  var highest = SequenceNumber(0)
  /// Where the hole begins.
  var hole = SequenceNumber(0)
  /// The highest acknowledgment captured.
  var acknowledged = SequenceNumber(0)
  /// Everything before it is to be acknowledged until the recovery is over (RFC 6675).
  var recoveryPoint = SequenceNumber(0)
  /// When it last sent, by its own clock.
  var lastSent = Nanoseconds.min
  /// When that was captured.
  var lastAt = Nanoseconds.min
  var lastFrame: Int64 = 0
  /// When the last byte was acknowledged, by its own clock; `.min` while one is not.
  var doneAt = Nanoseconds.min
  var busySince: Nanoseconds = 0
  /// The last new segment, and the largest one.
  var lastLength: UInt32 = 0
  var largest: UInt32 = 0
  /// The end of the last segment that was not full (G. Minshall's variant of Nagle's algorithm).
  var smallEnd = SequenceNumber(0)
  /// Bytes that make a full segment; 0 while unknown.
  var segmentSize: UInt32 = 0
  /// So many segments of the largest size followed each other at once.
  var largestRun: UInt32 = 0
  var duplicates: UInt32 = 0
  /// IP and TCP header of a full segment.
  var headers: UInt32 = 0
  var roundTrip = RoundTripEstimate()
  var clock = SenderClock()
  // The segment whose acknowledgment is waited for.
  var timedEnd = SequenceNumber(0)
  var timedAt = Nanoseconds.min
  var timedQueue: Nanoseconds = 0
  var timedStamp: UInt32 = 0
  var nextSample: Nanoseconds = .min
  /// Since when it sends without anything of the peer captured; `.min` where it does not. And how much it sent again.
  var unheardSince = Nanoseconds.min
  var unheardFrame: Int64 = 0
  var unheardRepeats: UInt32 = 0
  /// Of the longest such time that ended.
  var silenceRepeats: UInt32 = 0
  var silence = Span()
  // What the sender knew when it sent last, and before that.
  var current = AcknowledgmentSight(at: .min)
  var before = AcknowledgmentSight(at: .min)
  /// When the first of the acknowledgments that came with the current one was captured.
  var currentSince = Nanoseconds.min
  var underWay = AcknowledgmentQueue()
  /// The last one captured.
  var newest = AcknowledgmentSight(at: .min)
  /// What it knew to be acknowledged when its rounds were last told.
  var lastKnown = SequenceNumber(0)
  var identification: UInt16 = 0
  var identificationSteps: UInt32 = 0
  var identificationOnes: UInt32 = 0
  var repeats: UInt32 = 0
  /// Recoveries begun.
  var lossEvents: UInt32 = 0
  var segments: UInt32 = 0
  var sentBytes: UInt64 = 0
  var sackedBytes: UInt32 = 0
  var limitingWindow: UInt32 = 0
  /// The largest window it knew of.
  var mostOffered: UInt32 = 0
  /// What was under way when it had sent last.
  var lastFlight: UInt32 = 0
  /// Acknowledgments that moved something, and released nothing since it sent last.
  var passed: UInt32 = 0
  /// When the last data of the peer was captured.
  var heardAt = Nanoseconds.min
  /// What it acknowledged when it sent last.
  var answered = SequenceNumber(0)
  /// The window that held it back, and the largest until then, times how long.
  var offeredWhileHeld = 0.0
  var mostWhileHeld = 0.0
  /// As Linux counts tcpi_rwnd_limited.
  var windowTime: Nanoseconds = 0
  var place = CapturePlace()
  var rounds: UnsafeMutablePointer<CongestionRounds>?
  var list: UnsafeMutablePointer<LimitList>?
  /// The longest time in which limits of one owner held without a break, by owner.
  var longest = InlineArray<4, Span>(repeating: Span())
  /// The one that goes on, and whose it is.
  var span = Span()
  var spanOwner = Limit.Owner.nobody
  var blame = PendingBlame()
  /// Waits of small segments for acknowledgments that the peer held back.
  var delayedWaits: UInt32 = 0
  var delayedTime: Nanoseconds = 0
  var delayedFrame: Int64 = 0
  /// A wait that may be one: how long, and what was sent after it.
  var doubtfulDelay: Nanoseconds = 0
  var doubtfulDelayFrame: Int64 = 0

  struct Bits: OptionSet, BitwiseCopyable {
    var rawValue: UInt32
    /// It has sent data or a FIN.
    static let hasSent = Bits(rawValue: 1 << 0)
    static let isRecovering = Bits(rawValue: 1 << 1)
    /// The connection's beginning was captured.
    static let seesBeginning = Bits(rawValue: 1 << 2)
    /// Something it sent was not captured.
    static let hasGap = Bits(rawValue: 1 << 3)
    /// The peer sent data since this end sent last.
    static let peerSpoke = Bits(rawValue: 1 << 4)
    /// Acknowledgments under way were too many to remember.
    static let hasForgotten = Bits(rawValue: 1 << 5)
    static let isBusy = Bits(rawValue: 1 << 6)
    static let isReset = Bits(rawValue: 1 << 7)
    static let isAcknowledged = Bits(rawValue: 1 << 8)
    static let lastIsFIN = Bits(rawValue: 1 << 9)
    /// No SYN said how long a full segment is.
    static let sizeIsGuess = Bits(rawValue: 1 << 10)
    static let isServer = Bits(rawValue: 1 << 11)
    static let hasSentSmall = Bits(rawValue: 1 << 12)
    static let isHeldByWindow = Bits(rawValue: 1 << 13)
    /// Much was under way when the segment that is timed was sent.
    static let isLoaded = Bits(rawValue: 1 << 14)
    /// No acknowledgment released the last segment: the sender spaces them by itself.
    static let isPaced = Bits(rawValue: 1 << 15)
    /// Something between what it sent was lost before the capture, or missed by it: nothing tells yet.
    static let hasHole = Bits(rawValue: 1 << 16)
    /// The application's time before the last segment ended with an acknowledgment.
    static let isReleased = Bits(rawValue: 1 << 17)
    /// Neither end refused selective acknowledgments (RFC 2018).
    static let hasSACK = Bits(rawValue: 1 << 18)
    /// An acknowledgment came before the last segment, but not just before: nothing but chance may have
    /// brought both together.
    static let isLoose = Bits(rawValue: 1 << 19)
    /// It sent more than the window took that was seen last: an acknowledgment was missed.
    static let isBeyondWindow = Bits(rawValue: 1 << 20)
    /// Losses explain its rate.
    static let isLossLimited = Bits(rawValue: 1 << 21)
    /// The SYN/ACK told how long the way to the server is.
    static let knowsWay = Bits(rawValue: 1 << 22)
    /// Its identifications went on by one after a pause: they count this connection's packets alone.
    static let keepsCount = Bits(rawValue: 1 << 26)
    /// It has sent nothing since it found the window closed, but probes.
    static let probesWindow = Bits(rawValue: 1 << 23)
    /// Something its peer sent was not captured.
    static let mayHaveGap = Bits(rawValue: 1 << 25)
    /// Nothing was acknowledged since a tail loss probe.
    static let hasProbed = Bits(rawValue: 1 << 24)
    /// Acknowledgments without data were captured: where a filter left none, what is outstanding is not known.
    static let seesBareACKs = Bits(rawValue: 1 << 27)
    /// What it sent after `doubtfulDelay` is not acknowledged yet.
    static let hasDoubtfulDelay = Bits(rawValue: 1 << 28)
    // A literal of these in a long function is an array, each time it runs.
    /// What is told of one transmission.
    static let ofTransmission = isPaced.union(isReleased).union(isLoose)
    /// What it did or knew was not seen whole.
    static let incomplete = hasGap.union(hasForgotten)
  }

  /// A host that counts its packets to all others together sends some of them in such a time.
  static let pause: Nanoseconds = 100_000_000

  struct Span: BitwiseCopyable {
    var limit = Limit.unknown
    var start: Nanoseconds = 0
    var end: Nanoseconds = 0
    var firstFrame: Int64 = 0
    var lastFrame: Int64 = 0
  }

  /// The capture missed something this end sent: what came before is no measure of what comes now.
  mutating func noteGap() {
    bits.insert(.hasGap)
    bits.remove([.seesBeginning, .hasHole])
    rounds?.pointee.noteGap()
  }

  /// A segment that may bring what was missing.
  mutating func fillHole(_ step: TransferStep) {
    if step.length > 0, step.sequence.isAtOrBefore(hole), hole.isBefore(step.end) {
      bits.remove(.hasHole)
    }
  }

  /// What the sender knows to be acknowledged.
  @inline(__always)
  var known: SequenceNumber { current.at == .min ? acknowledged : current.acknowledgment }

  /// The last new segment was full, as far as that is known: more may have followed it.
  @inline(__always)
  var endedFull: Bool { !isShort && !isSizeOpen }

  /// Less than half of the window was left when it held the sender back: the rest was full of what the program
  /// had not read.
  var isReadSlowly: Bool { windowTime > 0 && offeredWhileHeld < mostWhileHeld / 2 }

  /// No SYN said how long a full segment is, and none was as long as they are on nearly all paths (IPv6: 1220).
  @inline(__always)
  var isSizeOpen: Bool { bits.contains(.sizeIsGuess) && segmentSize < 1220 }

  @inline(__always)
  var senderDistance: Nanoseconds { place.senderDistance }

  @inline(__always)
  var flight: UInt32 { UInt32(max(0, acknowledged.distance(to: highest))) }

  /// The last new segment was not full: with it the queue ran empty.
  @inline(__always)
  var isShort: Bool {
    segmentSize == 0 || lastLength % segmentSize != 0 || bits.contains(.lastIsFIN)
  }
}
