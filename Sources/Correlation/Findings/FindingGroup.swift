import TCPModel

/// The connections with one kind of finding at one server.
struct FindingGroup {
  let rule: any FindingRule.Type
  let context: FindingContext
  let server: Endpoint
  /// What the sentence calls it.
  private(set) var serverName = ""
  /// The most telling connection: the one with the largest weight.
  private(set) var example: ConnectionSummary
  /// Of the example.
  private(set) var icmp: ICMPMessage?
  private(set) var otherLeg: Sighting.OtherLeg?
  private(set) var severity: Finding.Severity
  /// What it cost all of them.
  private(set) var cost: Nanoseconds
  /// The capture has no answer of anybody.
  private(set) var hearsNobody = false
  /// Another connection that the server accepted, where that matters.
  private(set) var accepted: AcceptingServers.Accepted?
  /// Nobody answered its client meanwhile.
  private var outage: Outages.Outage?
  /// When the first and the last of them began.
  private var begins: (first: Timestamp, last: Timestamp)
  private var weight: Int64
  private var leastWeight: Int64
  private(set) var count = 1
  private(set) var connections: [Int]
  private var frames: [Int64] = []
  private let story: String
  /// Of several stories the sentence tells the example's alone.
  private var isMixed = false
  /// Servers with the like, of which this is about one client's connections.
  private var places = 1
  /// Whose connections all of them are; nil where they are of several.
  private var client: IPAddress?
  /// What all of them call the server; nil where they differ or do not know.
  private var commonName: ServerName?

  init(
    _ rule: any FindingRule.Type, _ sighting: Sighting, _ connection: ConnectionSummary,
    _ context: FindingContext
  ) {
    self.rule = rule
    self.context = context
    server = connection.server
    example = connection
    icmp = sighting.icmp
    otherLeg = sighting.otherLeg
    severity = sighting.severity ?? rule.severity
    cost = sighting.cost
    weight = sighting.weight
    leastWeight = sighting.weight
    connections = [connection.id]
    begins = (connection.start, connection.start)
    story = sighting.story
    client = connection.client.address
    commonName = connection.name
    add(sighting.frames)
  }

  mutating func add(_ sighting: Sighting, _ connection: ConnectionSummary) {
    leastWeight = min(leastWeight, sighting.weight)
    let severity = sighting.severity ?? rule.severity
    // The example shows why the finding is as serious as it says.
    if severity < self.severity || severity == self.severity && sighting.weight > weight {
      weight = sighting.weight
      example = connection
      icmp = sighting.icmp
      otherLeg = sighting.otherLeg
    }
    self.severity = min(self.severity, severity)
    cost &+= sighting.cost
    count += 1
    begins = (min(begins.first, connection.start), max(begins.last, connection.start))
    if sighting.story != story { isMixed = true }
    if client != connection.client.address { client = nil }
    if commonName?.text != connection.name?.text { commonName = nil }
    if connections.count < Finding.namedConnections { connections.append(connection.id) }
    add(sighting.frames)
  }

  private mutating func add(_ frames: [Int64]) {
    for frame in frames where self.frames.count < Finding.namedConnections {
      self.frames.append(frame)
    }
  }

  /// With what all connections together show: where no answer of anybody was captured, a filter may have left
  /// them out; a server that accepts others is there; who is answered by nobody has trouble of its own.
  func knowing(
    hearsNobody: Bool, accepted: AcceptingServers.Accepted?, outage: Outages.Outage?
  ) -> FindingGroup {
    var group = self
    group.hearsNobody = hearsNobody
    group.accepted = accepted
    group.outage = outage
    if accepted != nil { group.severity = .warning }
    return group
  }

  /// All of them began in it.
  func lies(in outage: Outages.Outage) -> Bool {
    client == outage.client && outage.start <= begins.first && begins.last <= outage.end
  }

  func finding(calling name: (Endpoint) -> String) -> Finding {
    var group = self
    // An address that the bytes give a name stands beside it: one address may have many.
    let known = name(server)
    group.serverName =
      known == server.description
      ? commonName.map { $0.shown { $0 } + " (\(known))" } ?? known : known
    var evidence = Evidence()
    evidence.add("server", server.description)
    evidence.add("connections", count)
    evidence.add("example", example.id)
    if places > 1 {
      evidence.add("client", client?.description)
      evidence.add("places", places)
    }
    return Finding(
      kind: rule.kind, severity: severity, connections: connections, frames: frames.sorted(),
      wording: group.sentence,
      evidence: evidence.items + rule.evidence(group).items)
  }

  private var sentence: Wording {
    guard let outage else { return sentenceOfAll }
    return Wording(
      "finding.outage",
      [
        "sentence": .wording(sentenceOfAll), "client": .text(outage.client.description),
        "time": .duration(outage.end.since(outage.start)), "places": .digits(outage.servers),
      ])
  }

  private var sentenceOfAll: Wording {
    let sentence = rule.sentence(self)
    if places > 1, let client {
      return Wording(
        "finding.spread",
        [
          "sentence": .wording(sentence), "count": .digits(count), "places": .digits(places),
          "client": .text(client.description),
        ])
    }
    return isMixed
      ? Wording("finding.mixed", ["sentence": .wording(sentence), "count": .digits(count)])
      : sentence
  }

  // MARK: Folding

  /// At so many servers the same trouble of one client is one thing to know.
  private static let fewPlaces = 5

  private struct Spread: Hashable {
    let kind: FindingKind
    let severity: Finding.Severity
    let client: IPAddress
    let hearsNobody: Bool
    let outage: Outages.Outage?
  }

  /// What one client met at many servers as one group, in the place of the first.
  static func folded(_ groups: [FindingGroup]) -> [FindingGroup] {
    var members: [Spread: [Int]] = [:]
    for (index, group) in groups.enumerated() {
      if let spread = group.spread { members[spread, default: []].append(index) }
    }
    var folded: [FindingGroup] = []
    for (index, group) in groups.enumerated() {
      guard let spread = group.spread, let all = members[spread],
        all.count >= (group.outage == nil ? fewPlaces : 2)
      else {
        folded.append(group)
        continue
      }
      if index == all[0] { folded.append(joining(all.map { groups[$0] })) }
    }
    return folded
  }

  private var spread: Spread? {
    client.map {
      Spread(
        kind: rule.kind, severity: severity, client: $0, hearsNobody: hearsNobody,
        outage: outage)
    }
  }

  private static func joining(_ groups: [FindingGroup]) -> FindingGroup {
    var joint = groups[0]
    for group in groups where group.weight > joint.weight { joint = group }
    joint.count = 0
    joint.cost = 0
    joint.connections = []
    joint.frames = []
    for group in groups {
      joint.count += group.count
      joint.cost &+= group.cost
      joint.leastWeight = min(joint.leastWeight, group.leastWeight)
      joint.connections += group.connections.prefix(
        Finding.namedConnections - joint.connections.count)
      joint.add(group.frames)
    }
    joint.connections.sort()
    joint.places = groups.count
    joint.isMixed = true
    return joint
  }

  // MARK: Words

  /// The sentence is about one connection.
  var isSingle: Bool { count == 1 || isMixed }

  /// A sentence about the group: beside its own values a text may name `{subject}`, `{Subject}` as it
  /// begins a sentence, `{server}`, and `{worst}` where one of several stands out. It has a form for one
  /// connection, if it needs one.
  func says(_ key: String, _ values: KeyValuePairs<String, Wording.Value> = [:]) -> Wording {
    var wording = Wording(key, values, number: isSingle ? 1 : Int64(count))
    let own: KeyValuePairs<String, Wording.Value> = [
      "subject": Self.subject(isSingle ? 1 : count, example.id),
      "Subject": isSingle
        ? .said("subject.connection.first", ["id": .digits(example.id)])
        : Self.subject(count, example.id),
      "server": .text(serverName), "worst": worst,
    ]
    wording.places += own.map { Wording.Place(name: $0.key, value: $0.value) }
    return wording
  }

  /// `connection 3` or `12 connections`.
  static func subject(_ count: Int, _ id: Int) -> Wording.Value {
    count == 1
      ? .said("subject.connection", ["id": .digits(id)])
      : .said("subject.connections", ["count": .digits(count)])
  }

  private var hasWorst: Bool { weight > leastWeight && !isSingle }

  /// The largest of several figures, or the only one.
  func upTo(_ value: Wording.Value) -> Wording.Value {
    hasWorst ? .said("amount.upTo", ["amount": value]) : value
  }

  private var worst: Wording.Value {
    hasWorst ? .said("finding.worst", ["id": .digits(example.id)]) : .nothing
  }
}
