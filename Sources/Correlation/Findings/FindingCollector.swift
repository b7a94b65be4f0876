import Support
import TCPModel

/// Collects what a person should know, connection by connection.
///
/// Connections with the same finding at the same server become one finding: a service that is down is one
/// thing to know, not ten thousand. What only many connections together show is found on sums.
///
/// Three passes, each over what it needs: `census` over the attempts that failed, `sample` over a few of all,
/// `add` over the connections that a glance does not call unremarkable.
public struct FindingCollector {
  private let context: FindingContext
  private let census: OpeningCensus
  private var groups: [FindingGroup] = []
  private var index: [Place: Int] = [:]
  private var crowds = CrowdGroups()
  private var captures: CaptureTally
  private var clockSteps: [Finding] = []
  private var idleTimeouts = IdleTimeoutTally()
  private var slowTails = SlowTailTally()
  private var deaf = DeafHosts()
  private var accepting = AcceptingServers()
  private var legs = TranslatedLegs()
  private var closes = ClosesBehindTranslators()
  private var polled = PolledServers()
  private var outages = Outages()

  private struct Place: Hashable {
    let kind: FindingKind
    let server: Endpoint
    let variant: String
  }

  public init(
    _ captures: [CaptureInfo] = [], context: FindingContext = FindingContext(),
    icmp: ICMPIndex = ICMPIndex(), census: OpeningCensus = OpeningCensus()
  ) {
    var context = captures.isEmpty ? context : FindingContext(captures)
    context.icmp = icmp
    self.context = context
    self.census = census
    self.captures = CaptureTally(captures)
  }

  // MARK: Collecting

  /// A connection, as one of so many that it stands for.
  public mutating func sample(_ connection: ConnectionSummary, of count: Int) {
    slowTails.sample(connection, of: count)
    deaf.sample(connection)
    accepting.sample(connection)
    outages.sample(connection, of: count)
  }

  public mutating func add(_ connection: ConnectionSummary) {
    captures.add(connection)
    if connection.landmarks.isCorrupt { return }
    deaf.add(connection)
    closes.note(connection)
    if let crowd = census.crowd(of: OpeningAttempt(connection)) {
      return crowds.add(connection, to: crowd)
    }
    let leg = legs.other(of: connection)
    if leg == nil { idleTimeouts.add(connection) }
    var sightings: [(rule: any FindingRule.Type, sighting: Sighting)] = []
    for rule in FindingRules.all {
      if let sighting = rule.judge(connection, context) { sightings.append((rule, sighting)) }
    }
    if sightings.allSatisfy({ FindingRules.tellsOnlyWhere($0.rule.kind) }) {
      slowTails.add(connection)
    }
    let alone = FindingRules.withoutWhatFollows(sightings)
    if connection.landmarks.sidesAreAssumed, !alone.isEmpty { captures.addAssumed(connection) }
    if let leg {
      captures.addLeg(connection)
      for (rule, sighting) in alone where !leg.kinds.contains(rule.kind) {
        if rule == HalfClosedRule.self, closes.keep(sighting, connection) { continue }
        note(sighting, of: rule, connection)
      }
      return
    }
    legs.note(connection, alone.map { $0.rule.kind })
    for (rule, sighting) in alone {
      if rule == HalfClosedRule.self, closes.keep(sighting, connection) { continue }
      if rule == SlowResponseRule.self, polled.keep(sighting, connection) { continue }
      note(sighting, of: rule, connection)
    }
  }

  public mutating func add(_ paths: PathsSummary) {
    clockSteps += ClockStepRule.findings(paths)
  }

  private mutating func note(
    _ sighting: Sighting, of rule: any FindingRule.Type, _ connection: ConnectionSummary
  ) {
    let place = Place(
      kind: rule.kind, server: connection.server, variant: sighting.variant)
    if let known = index[place] {
      groups[known].add(sighting, connection)
    } else {
      index[place] = groups.count
      groups.append(FindingGroup(rule, sighting, connection, context))
    }
  }

  // MARK: Results

  /// The findings: the most serious first, of those the ones that cost people most.
  ///
  /// - Parameter name: What sentences call an endpoint.
  public func findings(
    calling name: (Endpoint) -> String = { $0.description }
  ) -> [Finding] {
    var all = self
    for (sighting, connection) in polled.rest {
      all.note(sighting, of: SlowResponseRule.self, connection)
    }
    for (sighting, connection) in closes.settled {
      all.note(sighting, of: HalfClosedRule.self, connection)
    }
    let heard = all.groups.filter(isHeard)
    let outages = outages.all
    var ranked = FindingGroup.folded(heard.map { knowing($0, outages) }).map {
      RankedFinding($0.finding(calling: name), cost: $0.cost)
    }
    ranked += crowds.findings(
      context, hearsAnswers: !deaf.hearsNobody, hearsACKs: deaf.hearsACKs, calling: name)
    ranked += captures.findings
    ranked += clockSteps.map { RankedFinding($0) }
    ranked += idleTimeouts.findings(calling: name)
    ranked += slowTails.findings(calling: name)
    ranked += census.portPressure(calling: name)
    return ranked.sorted(by: <).map(\.finding)
  }

  /// Whether what a finding says is missing would have been captured.
  private func isHeard(_ group: FindingGroup) -> Bool {
    switch group.rule.kind {
    case .unanswered: !deaf.has(group.example)
    case .halfOpen: !deaf.missesACKs(in: group.example.capture)
    default: true
    }
  }

  private func knowing(_ group: FindingGroup, _ outages: [Outages.Outage]) -> FindingGroup {
    let mayBeOutage = group.rule.kind == .unanswered || group.rule.kind == .synRetries
    return group.knowing(
      hearsNobody: deaf.hearsNobody(in: group.example.capture),
      accepted: group.rule == RefusedRule.self ? accepting.accepted(by: group.server) : nil,
      outage: mayBeOutage ? outages.first(where: group.lies) : nil)
  }

  /// How far each capture can be trusted, in the order in which they were given.
  public var trust: [CaptureTrust] { captures.trust }
}
