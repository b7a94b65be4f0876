import Support
import TCPModel

/// Takes the nights of hosts, in any order, and reports on all of them together.
///
///     var fleet = FleetAnalysis(hosts: groups.count)
///     fleet.add(FleetAnalysis.Part(host, night, sockets: fleet.socketsOfHost)) ...
///     let report = fleet.finish()
///
/// Of every night the part that a page shows is kept, and of its connections what is needed to find
/// their other ends.
public struct FleetAnalysis {
  /// Sockets of all hosts that are kept.
  private static let mostSockets = 2_000_000
  private static let leastOfHost = 500
  /// Sockets of a host's page.
  private static let pageSockets = 50

  /// Connections of a host that are kept until their other ends are looked for.
  public let socketsOfHost: Int
  private var members: [FleetMember] = []
  private var processes = ProcessNames()

  /// - Parameter hosts: How many there are.
  public init(hosts: Int) {
    socketsOfHost = max(Self.leastOfHost, Self.mostSockets / max(1, hosts))
  }

  /// A host's night, as far as it is kept; made apart from the other hosts, on any thread.
  public struct Part: Sendable {
    fileprivate var host: FleetHost
    fileprivate var sockets: [SocketLifecycle]
    fileprivate var omitted: Int

    /// - Parameter sockets: How many connections are kept.
    public init(_ host: HostName, _ night: NightReport, sockets limit: Int) {
      var counts: [IPAddress: Int] = [:]
      for socket in night.sockets where socket.local.address.isOwn {
        counts[socket.local.address, default: 0] += 1
      }
      let addresses = counts.sorted { left, right in
        left.value != right.value ? left.value > right.value : left.key.precedes(right.key)
      }
      .map(\.key)
      sockets = night.sockets.filter { socket in
        socket.remote.port != 0 && socket.remote.address.isOwn
          && !socket.states.allSatisfy { $0.state == .timeWait }
      }
      omitted = night.socketsOmitted
      if sockets.count > limit {
        omitted += sockets.count - limit
        sockets = Array(longest(sockets).prefix(limit))
      }
      var page = night
      let shown = longest(night.sockets.filter { $0.remote.port != 0 }).prefix(pageSockets)
      page.socketsOmitted += page.sockets.count - shown.count
      page.sockets = Array(shown)
      self.host = FleetHost(host: host, addresses: addresses, night: page)
    }
  }

  public mutating func add(_ part: Part) {
    let sockets = part.sockets.map { socket in
      FleetSocket(
        socket,
        process: socket.process.map { processes.place(of: $0.name) } ?? FleetSocket.noProcess)
    }
    members.append(FleetMember(host: part.host, sockets: sockets, omitted: part.omitted))
  }

  /// Lets earlier nights add to each host's own.
  public mutating func updateNights(
    _ update: (inout [(host: HostName, night: NightReport)]) -> Void
  ) {
    members.sort { $0.host.host.name < $1.host.host.name }
    var nights = members.map { (host: $0.host.host, night: $0.host.night) }
    update(&nights)
    for (place, night) in nights.enumerated() { members[place].host.night = night.night }
  }

  private static func longest(_ sockets: [SocketLifecycle]) -> [SocketLifecycle] {
    sockets.enumerated().sorted { left, right in
      left.element.instants != right.element.instants
        ? left.element.instants > right.element.instants : left.offset < right.offset
    }
    .map(\.element)
  }

  public consuming func finish() -> FleetReport {
    members.sort { FleetRanking.isWorse($0.host, than: $1.host) }
    var report = FleetReport()
    report.hosts = members.map(\.host)
    report.socketsOmitted = members.reduce(0) { $0 + $1.omitted }
    report.findings = FleetFindings(report.hosts).all
    report.outliers = FleetOutliers(report.hosts).all
    (report.links, report.linksOmitted) = FleetLinks(members, processes).all
    return report
  }
}

/// The order of hosts: those with the most serious findings first.
enum FleetRanking {
  static func isWorse(_ host: FleetHost, than other: FleetHost) -> Bool {
    for severity in Finding.Severity.allCases {
      let (count, others) = (host.count(severity), other.count(severity))
      if count != others { return count > others }
    }
    return isBefore(host.host.name, other.host.name)
  }

  /// `web2` before `web10`.
  static func isBefore(_ name: String, _ other: String) -> Bool {
    let (parts, others) = (parts(name), parts(other))
    for (part, other) in zip(parts, others) where part != other {
      guard let number = UInt64(part), let otherNumber = UInt64(other), number != otherNumber else {
        return part < other
      }
      return number < otherNumber
    }
    return parts.count < others.count
  }

  /// Runs of digits, and what lies between them.
  private static func parts(_ name: String) -> [Substring] {
    var parts: [Substring] = []
    var start = name.startIndex
    for index in name.indices where index > start {
      let before = name[name.index(before: index)]
      if isDigit(before) != isDigit(name[index]) {
        parts.append(name[start..<index])
        start = index
      }
    }
    if start < name.endIndex { parts.append(name[start...]) }
    return parts
  }

  private static func isDigit(_ character: Character) -> Bool {
    character.isASCII && character.isNumber
  }
}

extension IPAddress {
  /// It can be that of one host alone.
  var isOwn: Bool { !isUnspecified && !isLoopback && !isLinkLocal }
}
