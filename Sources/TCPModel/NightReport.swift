/// What a series of snapshots of one host says: `tcptimeline nightly`.
public struct NightReport: Sendable {
  /// Whose sockets; nil where nothing names it.
  public var host: String?
  public var files: [CaptureInfo]
  /// Every snapshot that was read, in the order of time.
  public var snapshots: [NightSnapshot]
  /// Snapshots of the same instant taken together: what the counts over time are made of.
  public var instants: [NightInstant]
  public var listeners: [NightListener]
  /// The busiest first.
  public var processes: [NightProcess]
  /// The busiest first.
  public var peers: [NightPeer]
  /// The sockets seen longest, in the order of first sight.
  public var sockets: [SocketLifecycle]
  /// Sockets seen, but left out of `sockets`.
  public var socketsOmitted: Int
  /// Most serious first.
  public var findings: [Finding]
  /// nil when there is no history.
  public var comparison: NightComparison?

  public init() {
    files = []
    snapshots = []
    instants = []
    listeners = []
    processes = []
    peers = []
    sockets = []
    socketsOmitted = 0
    findings = []
  }

  /// First and last instant.
  /// Not always the first and the last instant: the time in a file may go back.
  public var start: Timestamp? { instants.map(\.time).min() }
  public var end: Timestamp? { instants.map(\.time).max() }
}

/// Sockets by state.
public struct StateCounts: BitwiseCopyable, Sendable {
  /// By the state's number; those whose state the snapshot does not show stand last.
  private var counts = InlineArray<12, Int64>(repeating: 0)

  /// The states in the order in which reports list them.
  public static let order: [TCPState?] = TCPState.allCases.map { $0 } + [nil]

  public init() {}

  /// nil counts the sockets whose state the snapshot does not show.
  public subscript(state: TCPState?) -> Int64 {
    get { counts[StateCounts.index(state)] }
    set { counts[StateCounts.index(state)] = newValue }
  }

  public var total: Int64 { StateCounts.order.reduce(0) { $0 + self[$1] } }

  /// States that occur, with their numbers.
  public var occurring: [(name: String, count: Int64)] {
    StateCounts.order.compactMap { state in
      self[state] > 0 ? (StateCounts.name(state), self[state]) : nil
    }
  }

  public static func name(_ state: TCPState?) -> String { state?.name ?? "UNKNOWN" }

  public mutating func add(_ other: StateCounts) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// The larger of both, state by state.
  public mutating func raise(to other: StateCounts) {
    for index in counts.indices { counts[index] = max(counts[index], other.counts[index]) }
  }

  private static func index(_ state: TCPState?) -> Int { state.map { Int($0.rawValue) } ?? 11 }
}

extension StateCounts: Hashable {
  public static func == (left: StateCounts, right: StateCounts) -> Bool {
    left.counts.indices.allSatisfy { left.counts[$0] == right.counts[$0] }
  }

  public func hash(into hasher: inout Hasher) {
    for index in counts.indices { hasher.combine(counts[index]) }
  }
}

/// One snapshot of the night.
public struct NightSnapshot: Sendable, Hashable {
  public var info: SnapshotInfo
  public var byState: StateCounts
  /// False for a second look at sockets another snapshot of the same instant shows.
  public var isCounted: Bool

  public init(info: SnapshotInfo, byState: StateCounts, isCounted: Bool) {
    self.info = info
    self.byState = byState
    self.isCounted = isCounted
  }
}

/// The host at one instant.
public struct NightInstant: Sendable, Hashable {
  public var time: Timestamp
  public var byState: StateCounts
  /// Segments sent and sent again since the instant before, by the sockets that tell (`ss -i`).
  public var segmentsSent: Int64?
  public var segmentsRetransmitted: Int64?

  public init(time: Timestamp, byState: StateCounts) {
    self.time = time
    self.byState = byState
  }
}

/// A process as a report names it.
public struct ProcessName: Sendable, Hashable {
  public var name: String
  public var pid: UInt32

  public init(name: String, pid: UInt32) {
    self.name = name
    self.pid = pid
  }
}

/// A listening address and port over the night.
public struct NightListener: Sendable, Hashable {
  public var local: Endpoint
  public var process: ProcessName?
  public var uid: UInt32?
  public var firstSeen: Timestamp
  public var lastSeen: Timestamp
  /// The limit of the accept queue; `/proc/net/tcp` does not tell it.
  public var queueLimit: UInt32?
  /// The most connections that waited to be accepted.
  public var mostWaiting: UInt32
  /// The most connections at once on this port.
  public var mostConnections: Int64

  public init(local: Endpoint, firstSeen: Timestamp) {
    self.local = local
    self.firstSeen = firstSeen
    lastSeen = firstSeen
    mostWaiting = 0
    mostConnections = 0
  }
}

/// The processes of one name over the night.
public struct NightProcess: Sendable, Hashable {
  public var name: String
  public var pids: Int
  public var uid: UInt32?
  /// The most sockets at once, and when that was.
  public var mostSockets: Int64
  public var mostAt: Timestamp
  /// The most in each state, not all at the same instant.
  public var mostByState: StateCounts

  public init(name: String, mostAt: Timestamp) {
    self.name = name
    self.mostAt = mostAt
    pids = 0
    mostSockets = 0
    mostByState = StateCounts()
  }
}

/// A remote address over the night.
public struct NightPeer: Sendable, Hashable {
  public var address: IPAddress
  /// The most sockets at once, and when that was.
  public var mostSockets: Int64
  public var mostAt: Timestamp
  /// All sockets with a peer at that instant.
  public var ofSockets: Int64
  /// Instants at which the peer had a socket.
  public var instants: Int

  public init(address: IPAddress, mostAt: Timestamp) {
    self.address = address
    self.mostAt = mostAt
    mostSockets = 0
    ofSockets = 0
    instants = 0
  }
}

/// One socket followed from snapshot to snapshot.
public struct SocketLifecycle: Sendable, Hashable {
  /// The socket was in a state at every instant it was seen from the first to the last.
  public struct Stay: Sendable, Hashable {
    public var state: TCPState?
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp

    public init(state: TCPState?, firstSeen: Timestamp, lastSeen: Timestamp) {
      self.state = state
      self.firstSeen = firstSeen
      self.lastSeen = lastSeen
    }
  }

  public var local: Endpoint
  /// Port 0 of a listener.
  public var remote: Endpoint
  public var process: ProcessName?
  public var uid: UInt32?
  public var inode: UInt64?
  public var cookie: UInt64?
  public var states: [Stay]
  public var instants: Int
  /// Growth from first to last sight; nil where the snapshots do not tell.
  public var bytesAcked: UInt64?
  public var bytesReceived: UInt64?
  public var retransmissions: UInt32?

  public init(local: Endpoint, remote: Endpoint) {
    self.local = local
    self.remote = remote
    states = []
    instants = 0
  }

  public var firstSeen: Timestamp? { states.first?.firstSeen }
  public var lastSeen: Timestamp? { states.last?.lastSeen }
}

/// A night beside those before it.
public struct NightComparison: Sendable, Hashable {
  public struct Figure: Sendable, Hashable {
    /// A state's name, or `sockets`.
    public var name: String
    /// The most at once: this night, the night before, and on average over the nights.
    public var tonight: Int64
    public var lastNight: Int64?
    public var average: Int64
    /// On average over the nights of the same day of the week; nil without one.
    public var weekdayAverage: Int64?

    public init(name: String, tonight: Int64, lastNight: Int64?, average: Int64) {
      self.name = name
      self.tonight = tonight
      self.lastNight = lastNight
      self.average = average
    }
  }

  /// A finding that nights before had too.
  public struct Trend: Sendable, Hashable {
    public var kind: FindingKind
    /// As `Finding.service` has it.
    public var service: String
    /// How many nights in a row have it, with this one.
    public var nights: Int
    /// The first instant of the first of them.
    public var since: Timestamp

    public init(kind: FindingKind, service: String, nights: Int, since: Timestamp) {
      self.kind = kind
      self.service = service
      self.nights = nights
      self.since = since
    }
  }

  /// How many earlier nights, at most 14.
  public var nights: Int
  /// First instants of the night before and of the earliest one.
  public var lastNight: Timestamp
  public var earliestNight: Timestamp
  public var figures: [Figure]
  public var appearedListeners: [Endpoint]
  public var vanishedListeners: [Endpoint]
  /// Of this night's findings, in their order.
  public var trends: [Trend]

  public init(nights: Int, lastNight: Timestamp, earliestNight: Timestamp) {
    self.nights = nights
    self.lastNight = lastNight
    self.earliestNight = earliestNight
    figures = []
    appearedListeners = []
    vanishedListeners = []
    trends = []
  }

  /// How long a finding has been there; nil for one of this night alone.
  public func trend(of finding: Finding) -> Trend? {
    let service = finding.service
    return trends.first { $0.kind == finding.kind && $0.service == service }
  }
}
