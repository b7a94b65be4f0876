public struct Handshake: Sendable, Hashable {
  public enum Kind: String, Sendable {
    case threeWay = "three_way"
    case simultaneous
    case fastOpen = "fast_open"
    case incomplete
    case notCaptured = "not_captured"

    /// Both ends saw it through.
    public var isComplete: Bool { self != .incomplete && self != .notCaptured }
  }

  /// What a SYN or SYN/ACK offered.
  public struct Options: Sendable, Hashable {
    public var mss: UInt16?
    public var windowScale: UInt8?
    public var sackPermitted: Bool
    public var timestamps: Bool
    public var fastOpen: Bool

    public init(
      mss: UInt16? = nil, windowScale: UInt8? = nil, sackPermitted: Bool = false,
      timestamps: Bool = false, fastOpen: Bool = false
    ) {
      self.mss = mss
      self.windowScale = windowScale
      self.sackPermitted = sackPermitted
      self.timestamps = timestamps
      self.fastOpen = fastOpen
    }
  }

  public var kind: Kind
  /// Offsets of the first SYN, the answering SYN/ACK and the ACK that completes the handshake.
  public var syn: Nanoseconds?
  public var synACK: Nanoseconds?
  public var ack: Nanoseconds?
  /// SYN to the completing ACK; nil when a SYN or SYN/ACK was sent more than once.
  public var rtt: Nanoseconds?
  /// SYN to SYN/ACK: from the capture point to the server and back.
  public var serverRTT: Nanoseconds?
  /// SYN/ACK to ACK: from the capture point to the client and back.
  public var clientRTT: Nanoseconds?
  public var synRetransmissions: Int
  public var synACKRetransmissions: Int
  /// Initial sequence numbers; nil when that side's SYN was not captured.
  public var isn: PerSide<UInt32?>
  public var options: PerSide<Options?>

  public init() {
    kind = .notCaptured
    synRetransmissions = 0
    synACKRetransmissions = 0
    isn = PerSide(both: nil)
    options = PerSide(both: nil)
  }
}

public struct Teardown: Sendable {
  public enum Kind: String, Sendable {
    case fourWay = "four_way"
    case threeWay = "three_way"
    case simultaneous, half, reset, none
  }

  public var kind: Kind
  public var initiator: Side?
  public var start: Nanoseconds?
  /// First FIN or RST to the last ACK.
  public var duration: Nanoseconds?
  /// From the first FIN to the second.
  public var halfClosed: Nanoseconds?
  /// First FIN, its ACK, second FIN, its ACK, RST; 0 where there is none.
  public var landmarks: InlineArray<5, Int64>

  public init(kind: Kind = .none) {
    self.kind = kind
    landmarks = InlineArray(repeating: 0)
  }

  /// The frames that make the close, in the order of capture.
  public var frames: [Int64] {
    var frames: [Int64] = []
    forEachFrame { frames.append($0) }
    return frames
  }

  /// The same without a list.
  public func forEachFrame(_ body: (Int64) -> Void) {
    var last: Int64 = 0
    while true {
      var next = Int64.max
      for index in landmarks.indices where landmarks[index] > last {
        next = min(next, landmarks[index])
      }
      if next == .max { return }
      body(next)
      last = next
    }
  }
}

public struct Phase: Sendable, Hashable {
  public enum Name: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case handshake, tls, send, wait, receive, idle, teardown, timeWait
    /// Data was under way and nothing was acknowledged for longer than the retransmission time-out.
    case stalled

    public var name: String {
      switch self {
      case .handshake: "handshake"
      case .tls: "tls"
      case .send: "send"
      case .wait: "wait"
      case .receive: "receive"
      case .idle: "idle"
      case .teardown: "teardown"
      case .timeWait: "time_wait"
      case .stalled: "stalled"
      }
    }
  }

  public var name: Name
  public var start: Nanoseconds
  public var duration: Nanoseconds
  /// nil for `timeWait`, which lies after the span.
  public var firstFrame: Int64?
  public var lastFrame: Int64?
  /// `timeWait` only: `assumed` (2MSL) or `snapshot` (measured).
  public var basis: StateBasis?

  public init(
    name: Name, start: Nanoseconds, duration: Nanoseconds, firstFrame: Int64?, lastFrame: Int64?,
    basis: StateBasis? = nil
  ) {
    self.name = name
    self.start = start
    self.duration = duration
    self.firstFrame = firstFrame
    self.lastFrame = lastFrame
    self.basis = basis
  }
}

/// Sums over the phases; nil where there was no such phase.
public struct Timings: Sendable, Hashable {
  public var handshake: Nanoseconds?
  public var tls: Nanoseconds?
  /// First SYN to the server's first payload.
  public var firstByte: Nanoseconds?
  public var send: Nanoseconds?
  public var wait: Nanoseconds?
  public var receive: Nanoseconds?
  public var idle: Nanoseconds?
  public var stalled: Nanoseconds?
  public var teardown: Nanoseconds?
  /// The server's own part of `wait`: less the round trip from the capture point to the server, as the
  /// handshake measured it.
  public var serverTime: Nanoseconds?
  public var longestWait: Nanoseconds?
  public var longestIdle: Nanoseconds?
  /// Requests that got a response.
  public var exchanges: Int

  public init() {
    exchanges = 0
  }
}

/// What one side sent.
public struct Traffic: Sendable, Hashable {
  public var segments: Int64 = 0
  public var ipBytes: Int64 = 0
  /// Repeats too.
  public var payloadBytes: Int64 = 0
  /// Distinct sequence space.
  public var uniqueBytes: Int64?
  public var retransmittedSegments: Int64?
  public var retransmittedBytes: Int64?
  /// Acknowledged but never captured.
  public var missingBytes: Int64?
  /// Scaled; nil when no segment told it.
  public var maxWindow: Int64?
  public var syn: Int64 = 0
  public var fin: Int64 = 0
  public var rst: Int64 = 0

  public init() {}

  /// Zeek's `orig_bytes` and `resp_bytes`: sequence space, repeats once, gaps included.
  public var zeekBytes: Int64? { uniqueBytes.map { $0 + (zeekMissedBytes ?? 0) } }

  /// This side's part of Zeek's `missed_bytes`. Of a side without a segment Zeek counts nothing, whatever
  /// the other one acknowledges.
  public var zeekMissedBytes: Int64? { segments == 0 ? missingBytes.map { _ in 0 } : missingBytes }
}

/// Round-trip times of what one side sent, to the ACK that covers it (RFC 6298, Karn's rule).
public struct RoundTrips: Sendable, Hashable {
  public var samples: Int64
  public var min: Nanoseconds
  public var mean: Nanoseconds
  public var max: Nanoseconds

  public init(samples: Int64, min: Nanoseconds, mean: Nanoseconds, max: Nanoseconds) {
    self.samples = samples
    self.min = min
    self.mean = mean
    self.max = max
  }
}

/// Counts by sender, as Wireshark's user guide defines them ("TCP Analysis"), and three beyond it.
public struct AnalysisCounts: BitwiseCopyable, Sendable, Hashable {
  public var retransmissions: UInt32 = 0
  public var fastRetransmissions: UInt32 = 0
  public var spuriousRetransmissions: UInt32 = 0
  public var outOfOrder: UInt32 = 0
  public var duplicateACKs: UInt32 = 0
  public var previousSegmentLost: UInt32 = 0
  public var ackedUnseen: UInt32 = 0
  public var keepAlives: UInt32 = 0
  public var keepAliveACKs: UInt32 = 0
  public var zeroWindows: UInt32 = 0
  public var zeroWindowProbes: UInt32 = 0
  public var zeroWindowProbeACKs: UInt32 = 0
  public var windowFull: UInt32 = 0
  public var windowUpdates: UInt32 = 0
  public var duplicateFrames: UInt32 = 0
  public var challengeACKs: UInt32 = 0
  public var ambiguous: UInt32 = 0

  public init() {}
}

/// How often and how long a window stood at zero.
public struct ZeroWindowStops: BitwiseCopyable, Sendable, Hashable {
  public var count: UInt32 = 0
  /// In all.
  public var time: Nanoseconds = 0
  public var longest: Nanoseconds = 0
  /// Where the longest one begins; 0 is none.
  public var longestFrame: Int64 = 0

  public init() {}

  public mutating func add(_ time: Nanoseconds, _ frame: Int64) {
    count &+= 1
    self.time &+= time
    guard time >= longest else { return }
    longest = time
    longestFrame = frame
  }
}

/// A segment that was sent again and again and never acknowledged.
public struct StuckData: BitwiseCopyable, Sendable, Hashable {
  /// In bytes.
  public var length: Int64
  public var repeats: Int
  public var firstFrame: Int64
  public var lastFrame: Int64
  /// Offsets of the first and the last repeat.
  public var since: Nanoseconds
  public var until: Nanoseconds
  /// The longest piece sent later that arrived nevertheless, as the receiver's SACK says; 0 for none.
  public var longestArrived: Int64

  public init(
    length: Int64, repeats: Int, firstFrame: Int64, lastFrame: Int64, since: Nanoseconds,
    until: Nanoseconds, longestArrived: Int64
  ) {
    self.length = length
    self.repeats = repeats
    self.firstFrame = firstFrame
    self.lastFrame = lastFrame
    self.since = since
    self.until = until
    self.longestArrived = longestArrived
  }
}

/// Frames and numbers behind the findings; nil where there is nothing to point at.
public struct Landmarks: BitwiseCopyable, Sendable, Hashable {
  /// Of a SYN or SYN/ACK.
  public var firstSYNRetransmission: Int64?
  /// Of any other segment, by the side that sent it.
  public var firstRetransmission = PerSide<Int64?>(both: nil)
  public var firstDuplicateFrame: Int64?
  /// The frame of the last request byte before the longest wait.
  public var longestWait: Int64?
  /// The longest wait that a response ended whose request and whose first byte were both captured; −1 for
  /// none. And the frame of that request's last byte.
  public var longestAnswer: Nanoseconds = -1
  public var longestAnswered: Int64?
  /// The longest silence that the server ended though it had spoken last, in whole seconds, of 255 at most.
  public var longestUnasked: Nanoseconds = 0
  public var reset: Int64?
  public var resetBy: Side?
  /// From the latest SYN to an RST that refused it; −1 where none did.
  public var refusedAfter: Nanoseconds = -1
  /// The RST came in that side's name, but the side went on sending: another host sent it.
  public var rstIsForged = false
  /// The first frame that shows it.
  public var goesOnAfterReset: Int64?
  /// The time to live of the RST, and of the latest other segment of the same side.
  public var rstTTL: UInt8?
  public var usualTTL: UInt8?
  /// By both a device on the path made the RST, not the end in whose name it comes.
  public var isRSTForeign = false
  /// Of that side's window.
  public var zeroWindow = PerSide(both: ZeroWindowStops())
  /// Keep-alive probes at the end of the capture that nothing answered, by the side that probes.
  public var unansweredKeepAlives = PerSide<Int>(both: 0)
  /// The first and the last of them.
  public var firstKeepAlive = PerSide<Int64?>(both: nil)
  public var lastKeepAlive = PerSide<Int64?>(both: nil)
  /// The first segment that has an earlier time than one before it.
  public var clockBackwards: Int64?
  /// An ACK of another connection on the same ports that answered a SYN or RST (RFC 9293 3.5.1, RFC 5961).
  public var firstChallengeACK: Int64?
  /// The first frame that shows that one before it is missing.
  public var firstGap: Int64?
  /// The frame of the SYN/ACK, where what either end offers is odd.
  public var synACK: Int64?
  /// When the handshake was complete was not captured: the first segment after it came later.
  public var opensUnseen = false
  /// How soon the first SYN was answered, where it was sent again long after that; -1 where it was not.
  public var repeatedSYNAnswered: Nanoseconds = -1
  /// Two SYN/ACKs with different numbers answered.
  public var hasTwoAnswers = false
  /// The connection before on these ports was closed by the server first and in order, less than 2 MSL ago.
  public var meetsTimeWait = false
  /// Payload that was sent without knowledge of the other end's FIN, captured after it.
  public var crossingPayload: Int64?
  /// The last payload before the close: its frame, and its offset.
  public var lastPayload: Int64?
  /// That was the client's, and had no answer yet.
  public var closesUnanswered = false
  public var lastPayloadAt: Nanoseconds = 0
  /// How long the last idle time was that a request or the close ended; −1 for none.
  public var lastIdle: Nanoseconds = -1
  /// When the request or response that was going on at the end began; nil while the handshake or the close
  /// was going on, or where no payload came.
  public var openSince: Nanoseconds?
  /// Offsets of the last segment of each side; nil where there was none.
  public var lastSegment = PerSide<Nanoseconds?>(both: nil)
  /// Offset of the first payload of each side.
  public var firstPayload = PerSide<Nanoseconds?>(both: nil)
  /// Bytes that were sent but not acknowledged, but for what the RST says.
  public var unacknowledged = PerSide<Int64>(both: 0)
  /// Sequence space of that side that nothing but the RST acknowledges.
  public var acknowledgedByReset = PerSide<Int64>(both: 0)
  /// Nothing but one segment whose IPv4 header does not have the checksum that it states: nobody may have sent
  /// it.
  public var isCorrupt = false
  /// No SYN was captured, and no other connection shows which end is the server: the ports tell, or who speaks
  /// first.
  public var sidesAreAssumed = false
  /// The end that closed last sent something long after the other one's FIN.
  public var isHalfUsed = false
  /// How many more responses took as long as the longest, give or take 5 %; counted from 15 s on.
  public var alikeAnswers: UInt8 = 0
  /// Both ends offered Multipath TCP (RFC 8684): an answer may come on another connection.
  public var isMultipath = false
  /// The sender's first unacknowledged segment, sent again and again without success.
  public var stuck = PerSide<StuckData?>(both: nil)
  /// How long the missing piece right behind the acknowledged part is, of what each side sent; 0 for none.
  public var firstHole = PerSide<Int64>(both: 0)
  /// SACK blocks of that side that name bytes the other one never sent: the first frame, and how many.
  public var foreignSACK = PerSide<Int64?>(both: nil)
  public var foreignSACKs = PerSide<Int>(both: 0)
  /// Reports of that side that something arrived twice (D-SACK, RFC 2883, or a duplicate ACK with nothing under way):
  /// the first frame, and how many beyond those of the other side's `acknowledgedRepeats`.
  public var duplicateReport = PerSide<Int64?>(both: nil)
  public var duplicateReports = PerSide<UInt32>(both: 0)
  /// SACK blocks of that side behind what it acknowledges: the first frame, and beside how many acknowledgment numbers.
  public var holeReport = PerSide<Int64?>(both: nil)
  public var reportedHoles = PerSide<UInt32>(both: 0)
  /// Segments that a side sent again after an acknowledgment of all of it was captured: it had arrived.
  public var acknowledgedRepeats = PerSide<UInt32>(both: 0)

  public init() {}

  public var clockWentBackwards: Bool { clockBackwards != nil }
}

/// One connection, everything but its lists: fixed in size but for `history`.
public struct ConnectionSummary: Sendable {
  /// 1, 2, .. in the order of first segments.
  public var id: Int
  public var client: Endpoint
  public var server: Endpoint
  public var roleBasis: RoleBasis
  public var start: Timestamp
  public var end: Timestamp
  public var firstFrame: Int64
  public var lastFrame: Int64
  /// Which of the merged captures holds the first segment, from 0.
  public var capture: Int
  /// An earlier connection had the same addresses and ports.
  public var reusesPorts: Bool
  /// When the next connection of the same addresses and ports begins.
  public var nextUseOfPorts: Timestamp?
  public var outcome: Outcome
  /// Wireshark's sum: SYN 1, SYN/ACK 2, ACK 4, data 8, FIN 16, RST 32.
  public var completeness: Int
  /// Zeek's; nil until judged.
  public var connState: String?
  public var history: String?
  /// Until both ends have closed: the ACK of the last FIN, and what follows, does not count.
  public var zeekDuration: Nanoseconds?
  public var handshake: Handshake
  public var vantage: Vantage
  public var teardown: Teardown
  public var timings: Timings
  public var traffic: PerSide<Traffic>
  public var rtt: PerSide<RoundTrips?>
  public var analysis: PerSide<AnalysisCounts>?
  /// What limited what each side sent; nil for a side that sent nothing.
  public var limits: PerSide<TransferLimits?>
  /// Whose side took the connection's time; nil where that was not measured.
  public var blame: Blame?
  public var landmarks: Landmarks
  /// What is spoken; nil where neither bytes nor port tell.
  public var spoken: ApplicationFacts?
  /// What the server is called; nil where nothing names it.
  public var name: ServerName?
  /// What lies between the points that captured it; nil where one did.
  public var path: ConnectionPath?
  /// Why it is seen at one point only, where there are several.
  public var unmatched: UnmatchedReason?
  /// Connections at another point that carry the same bytes beyond a relay.
  public var proxied: [Int] = []

  public init(
    id: Int, client: Endpoint, server: Endpoint, roleBasis: RoleBasis, start: Timestamp,
    end: Timestamp, firstFrame: Int64, lastFrame: Int64
  ) {
    self.id = id
    self.client = client
    self.server = server
    self.roleBasis = roleBasis
    self.start = start
    self.end = end
    self.firstFrame = firstFrame
    self.lastFrame = lastFrame
    capture = 0
    reusesPorts = false
    outcome = .open
    completeness = 0
    handshake = Handshake()
    vantage = .unknown
    teardown = Teardown()
    timings = Timings()
    traffic = PerSide(both: Traffic())
    rtt = PerSide(both: nil)
    limits = PerSide(both: nil)
    landmarks = Landmarks()
  }

  /// Of nobody yet: a place to describe one in.
  public init() {
    let nobody = Endpoint(address: IPAddress(ipv4: 0), port: 0)
    self.init(
      id: 0, client: nobody, server: nobody, roleBasis: .firstSegment,
      start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 0), firstFrame: 0, lastFrame: 0)
  }

  /// First to last segment; never negative, also when the clock went backwards.
  public var duration: Nanoseconds { max(0, end.since(start)) }

  /// From the capture point to the server and back, at its least: what of a wait is the network's. Only the
  /// handshake measures it for sure: what acknowledges a request often comes with the response. nil where
  /// it was not captured.
  public var wayToServer: Nanoseconds? {
    handshake.serverRTT.map { min($0, rtt.client?.min ?? $0) }
  }

  /// The server's own part of a wait for it; nil where that is not known.
  public func serverTime(ofWait wait: Nanoseconds) -> Nanoseconds? {
    wayToServer.map { max(0, wait &- $0) }
  }

  /// The mean of its exchanges.
  public var meanServerTime: Nanoseconds? {
    guard timings.exchanges > 0 else { return nil }
    return timings.serverTime.map { $0 / Int64(timings.exchanges) }
  }

  public func endpoint(_ side: Side) -> Endpoint { side == .client ? client : server }

  /// The server's own part of a `wait` phase; nil where that is not known.
  public func serverTime(of phase: Phase) -> Nanoseconds? {
    phase.name == .wait && timings.serverTime != nil ? serverTime(ofWait: phase.duration) : nil
  }
}

/// One connection with its lists.
public struct Connection: Sendable {
  public var summary: ConnectionSummary
  /// A gapless partition of the span, then `timeWait` where there is one.
  public var phases: [Phase]
  public var phasesOmitted: Int
  public var states: PerSide<[StateChange]>
  /// What limited what each side sent, in the order of time; nil in a summary.
  public var limitIntervals: PerSide<[LimitInterval]>?
  /// Intervals beyond the ones listed; the sums have them.
  public var limitIntervalsOmitted: PerSide<Int>
  /// nil in a summary.
  public var events: [Event]?
  /// The segments in the order of capture; nil when they were not collected.
  public var segments: [TimelineItem]?
  /// How far both ends are from where it was captured.
  public var delays: PathDelays
  /// What its charts are drawn from; nil when that was not collected.
  public var charts: ChartSamples?
  /// The processes at both ends, where a snapshot names them.
  public var processes: PerSide<ConnectionProcess?>
  /// Its sockets in snapshots, in the order of time; nil where there were no snapshots.
  public var snapshots: [ConnectionSnapshot]?
  /// Sights of its sockets that told nothing new and are not in `snapshots`.
  public var snapshotsOmitted: Int

  /// None yet: a place to describe one in.
  public init() {
    self.init(summary: ConnectionSummary())
  }

  public init(summary: ConnectionSummary) {
    self.summary = summary
    phases = []
    phasesOmitted = 0
    delays = PathDelays()
    snapshotsOmitted = 0
    states = PerSide(both: [])
    limitIntervalsOmitted = PerSide(both: 0)
    processes = PerSide(both: nil)
  }
}
