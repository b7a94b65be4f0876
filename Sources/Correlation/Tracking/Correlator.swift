import Names
import TCPModel

/// Matches segments into connections: the first pass over a capture.
///
///     var correlator = Correlator(threads: 2)
///     while try reader.read(into: &batch) { correlator.ingest(batch.span) }
///     correlator.finish()
///     for index in 0..<correlator.count { print(correlator.summary(at: index)) }
///
/// Memory grows with the connections, from about 100 bytes each where they are much alike and have no
/// lists, never with segments. A connection is what Wireshark calls a stream: both directions of a pair
/// of endpoints, begun anew by a SYN whose sequence number is not the one its sender began with.
///
/// Several threads share the flows among them. Connections are in the order of their first segments,
/// whatever the number of threads.
public struct Correlator: ~Copyable {
  private let members: [CorrelatorMember]
  /// nil where the caller's thread does it all.
  private let team: CorrelatorTeam?
  /// Where each connection is, where there is more than one member.
  private var places: [Place] = []

  /// A member and the number of one of its connections.
  private struct Place: BitwiseCopyable {
    static let memberBits = 4
    private let value: UInt32

    init(member: Int, index: Int) {
      value = UInt32(truncatingIfNeeded: index << Place.memberBits | member)
    }

    var member: Int { Int(value) & (1 << Place.memberBits - 1) }
    var index: Int { Int(value) >> Place.memberBits }
  }

  /// The most connections that are kept where nothing else is said.
  public static let connectionLimit = 100_000_000

  /// The most threads that make a difference.
  public static let threadLimit = 1 << Place.memberBits

  /// - Parameters:
  ///   - threads: How many correlate, beside the caller's that reads; 1 is the caller's own alone.
  ///   - phaseLimit: Phases beyond this many a connection are only counted.
  ///   - listLimit: Connections beyond this many have no states and phases to list: up to half of the
  ///     memory.
  ///   - measuresTransfers: Whether it is found out what limited the transfers.
  ///   - mostConnections: When there are more, an eighth of them is let go: the oldest of those that
  ///     are over, then the oldest of all. One thread then correlates, so that these are always the
  ///     same.
  ///   - applications: How much of what is spoken is kept.
  public init(
    threads: Int = 1, phaseLimit: Int = 8, listLimit: Int = .max, measuresTransfers: Bool = true,
    mostConnections: Int? = nil, applications: ReadingOptions = ReadingOptions()
  ) {
    self.init(
      threads: mostConnections == nil ? threads : 1, phaseLimit: phaseLimit,
      RecordStore.Limits(
        lists: listLimit, kept: max(1, mostConnections ?? Correlator.connectionLimit),
        measuresTransfers: measuresTransfers),
      applications)
  }

  init(
    threads: Int = 1, phaseLimit: Int, _ limits: RecordStore.Limits,
    _ applications: ReadingOptions = ReadingOptions()
  ) {
    let count = min(max(1, threads), Correlator.threadLimit)
    var limits = limits
    limits.most = max(limits.first, limits.most / count)
    members = (0..<count).map { number in
      CorrelatorMember(
        FlowCorrelator(
          FlowShare(number: number, of: count), phaseLimit: phaseLimit, limits, applications))
    }
    team = count > 1 ? CorrelatorTeam(members) : nil
  }

  /// - Parameter payloads: The memory in which their payloads lie; without it nothing is known of
  ///   what is spoken.
  public mutating func ingest(
    _ segments: Span<Segment>, _ payloads: SegmentPayloads = SegmentPayloads()
  ) {
    if let team {
      team.ingest(segments, payloads)
    } else {
      members[0].ingest(segments, payloads)
    }
  }

  /// The flows that each of its threads has.
  public var shares: [FlowShare] { members.map { $0.flows.share } }

  /// Instead of the other `ingest`, from one thread for each share: all of them take all segments, in
  /// the same batches or not. Of a segment of another share only its ends and its flags are looked at.
  public func ingest(
    _ segments: Span<Segment>, _ payloads: SegmentPayloads, for share: FlowShare
  ) {
    members[share.number].ingest(segments, payloads)
  }

  /// Instead of the other ones, from one thread for each share: it takes the segments of its flows, and those
  /// that show a server which no segment before showed.
  ///
  /// - Parameter numbers: Of each segment, among all.
  public func ingest(
    _ segments: Span<Segment>, numbers: Span<Int64>, _ payloads: SegmentPayloads,
    for share: FlowShare
  ) {
    members[share.number].flows.ingest(segments, numbers: numbers, payloads)
  }

  /// Whether those who took all segments for themselves took as many.
  public var haveSharesSeenTheSame: Bool {
    members.allSatisfy { $0.ingested == members[0].ingested }
  }

  /// To be called after the last segment, before anything is asked.
  public mutating func finish() {
    team?.finish()
    for member in members { member.flows.finish() }
    guard team != nil else { return }
    places = Array(unsafeUninitializedCapacity: count) { places, filled in
      // From the back: at each step the latest one of those that the members have left.
      let origins = members.map { $0.flows.origins }
      var left = origins.map(\.count)
      var latest = origins.map { $0.last ?? -1 }
      for place in stride(from: count - 1, through: 0, by: -1) {
        var member = 0
        for other in 1..<latest.count where latest[other] > latest[member] { member = other }
        left[member] -= 1
        places.initializeElement(at: place, to: Place(member: member, index: left[member]))
        latest[member] = left[member] > 0 ? origins[member][left[member] - 1] : -1
      }
      filled = count
    }
  }

  /// Gives servers their names in all that is described from now on.
  public var namer = ServerNamer()

  /// What name servers answered over TCP; whole after `finish`.
  public var answers: DNSAnswers {
    members.reduce(into: DNSAnswers()) { $0.merge($1.flows.tracker.applications.answers) }
  }

  /// The number of connections so far, with those that were let go.
  public var count: Int { members.reduce(0) { $0 + $1.flows.count } }

  /// How many were let go, because there were too many.
  public var gone: Int { members.reduce(0) { $0 + $1.flows.tracker.records.gone } }

  /// The connections that can be asked for, counted from 0.
  public var indices: [Int] {
    gone == 0
      ? Array(0..<count)
      : (0..<count).filter {
        let place = place(of: $0)
        return members[place.member].flows.tracker.records.isKept(place.index)
      }
  }

  /// The whole input in a few numbers, without a description of every connection.
  public var totals: TraceSummary {
    var totals = TraceTotals()
    var transfers = TransferTotals()
    for member in members {
      totals.add(member.flows.tracker.records.totals)
      transfers.add(member.flows.tracker.limits.totals)
    }
    var summary = totals.summary(connections: count)
    summary.limits = transfers.times
    summary.blame = transfers.blame
    return summary
  }

  /// Threads may ask at the same time, each about the connections of another part.
  public var parts: Int { members.count }

  public func part(of index: Int) -> Int { place(of: index).member }

  /// Everything about a connection but its lists. `index` counts from 0.
  public func summary(at index: Int) -> ConnectionSummary {
    let place = place(of: index)
    var summary = members[place.member].flows.tracker.summary(at: place.index, id: index + 1)
    namer.name(&summary)
    return summary
  }

  /// A connection with its states and phases, without events and segments.
  public func connection(at index: Int) -> Connection {
    let place = place(of: index)
    var connection = members[place.member].flows.tracker.connection(at: place.index, id: index + 1)
    namer.name(&connection.summary)
    return connection
  }

  /// Puts a connection in the place of the one described before, whose lists' memory serves again.
  ///
  /// - Parameter withLists: With its states and phases.
  public func describe(_ index: Int, withLists: Bool, in connection: inout Connection) {
    let place = place(of: index)
    members[place.member].flows.tracker.describe(
      place.index, id: index + 1, withLists: withLists, in: &connection)
    namer.name(&connection.summary)
  }

  /// What `summary(at:)` would say, in short and without describing the connection.
  public func glance(at index: Int) -> ConnectionGlance {
    let place = place(of: index)
    return members[place.member].flows.tracker.records.glance(place.index)
  }

  /// Where a connection's first segment was captured, without describing it.
  public func beginning(at index: Int) -> FramePlace {
    let place = place(of: index)
    let record = members[place.member].flows.tracker.records.look(at: place.index)
    return FramePlace(capture: record.pointee.capture, frame: record.pointee.firstFrame)
  }

  /// How a connection was tried to be opened, in short and without describing it.
  public func opening(at index: Int) -> OpeningAttempt {
    let place = place(of: index)
    return members[place.member].flows.tracker.records.look(at: place.index).opening
  }

  private func place(of index: Int) -> Place {
    team == nil ? Place(member: 0, index: index) : places[index]
  }
}
