/// What the snapshots of several hosts say, each host's night beside the others':
/// `tcptimeline nightly` of a fleet.
public struct FleetReport: Sendable {
  /// The worst first.
  public var hosts: [FleetHost]
  /// Findings of one kind and service, whatever hosts have them; the worst first.
  public var findings: [FleetFinding]
  /// Hosts that differ from the others of their kind.
  public var outliers: [FleetOutlier]
  /// Connections between hosts of the fleet, the busiest first, those that wait before all others.
  public var links: [FleetLink]
  /// Links that are not listed.
  public var linksOmitted: Int
  /// Sockets that were too many to look for their other ends.
  public var socketsOmitted: Int

  public init() {
    hosts = []
    findings = []
    outliers = []
    links = []
    linksOmitted = 0
    socketsOmitted = 0
  }

  public var start: Timestamp? { hosts.compactMap(\.night.start).min() }
  public var end: Timestamp? { hosts.compactMap(\.night.end).max() }
}

/// A host, and what says that its snapshots are its own.
public struct HostName: Sendable, Hashable {
  public enum Basis: String, Sendable {
    /// A line of the snapshot names it.
    case line
    case fileName = "file_name"
    case folder
    /// The pattern that was asked for.
    case pattern
    /// Nothing names it: the host that has this address.
    case address
  }

  public var name: String
  public var basis: Basis

  public init(_ name: String, _ basis: Basis) {
    self.name = name
    self.basis = basis
  }
}

/// One host of a fleet.
public struct FleetHost: Sendable {
  public var host: HostName
  /// Local addresses of its connections, without loopback, those of most sockets first.
  public var addresses: [IPAddress]
  /// The host's own night; of its sockets those seen longest.
  public var night: NightReport

  public init(host: HostName, addresses: [IPAddress], night: NightReport) {
    self.host = host
    self.addresses = addresses
    self.night = night
  }

  /// What is asked of every host's peak.
  public var mostSockets: Int64 { night.instants.map(\.byState.total).max() ?? 0 }

  public func most(_ state: TCPState?) -> Int64 {
    night.instants.map { $0.byState[state] }.max() ?? 0
  }

  public func count(_ severity: Finding.Severity) -> Int {
    night.findings.count { $0.severity == severity }
  }
}

/// One kind of finding of one service, on all hosts that have it.
public struct FleetFinding: Sendable, Hashable {
  /// With the text and the evidence of all hosts together.
  public var finding: Finding
  /// The process, else the port; empty where the finding is of the whole host.
  public var service: String
  /// The hosts that have it, the worst first.
  public var hosts: [String]
  /// How many hosts have the service at all.
  public var ofHosts: Int

  public init(_ finding: Finding, service: String, hosts: [String], ofHosts: Int) {
    self.finding = finding
    self.service = service
    self.hosts = hosts
    self.ofHosts = ofHosts
  }
}

/// A figure of one host that the other hosts of its kind do not have.
public struct FleetOutlier: Sendable, Hashable {
  public var host: String
  /// The services that the hosts of its kind have in common.
  public var services: [String]
  /// `sockets`, a state's name, or `retransmitted_per_mille`.
  public var figure: String
  public var value: Int64
  /// Of all hosts of the kind.
  public var median: Int64
  public var hosts: Int

  public init(
    host: String, services: [String], figure: String, value: Int64, median: Int64, hosts: Int
  ) {
    self.host = host
    self.services = services
    self.figure = figure
    self.value = value
    self.median = median
    self.hosts = hosts
  }
}

/// Connections of one host's program to one service of another host.
public struct FleetLink: Sendable, Hashable {
  /// One end of them.
  public struct End: Sendable, Hashable {
    public var host: String
    public var process: String?

    public init(host: String, process: String?) {
      self.host = host
      self.process = process
    }
  }

  /// Which end keeps the other one waiting.
  public enum Wait: String, Sendable, CaseIterable {
    /// The client has closed; the server's program has not (CLOSE_WAIT), and the client's kernel
    /// waits for it or has given up.
    case serverDoesNotClose = "server_does_not_close"
    case clientDoesNotClose = "client_does_not_close"
    /// The client is in SYN_SENT, and the server's kernel shows nothing of it.
    case synUnanswered = "syn_unanswered"
    /// The listener's accept queue was full.
    case serverDoesNotAccept = "server_does_not_accept"
  }

  public var client: End
  public var server: End
  public var port: UInt16
  /// Different ones, seen at any instant.
  public var connections: Int
  /// Of them, seen at the client, and at the server.
  public var atClient: Int
  public var atServer: Int
  public var atBoth: Int
  /// How many connections wait so.
  public var waits: [Wait: Int]

  public init(client: End, server: End, port: UInt16) {
    self.client = client
    self.server = server
    self.port = port
    connections = 0
    atClient = 0
    atServer = 0
    atBoth = 0
    waits = [:]
  }

  /// Connections of which one end waits for the other.
  public var waiting: Int { waits.values.max() ?? 0 }
}

extension IPAddress {
  /// 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291 2.5.6): the same on many hosts.
  public var isLinkLocal: Bool {
    isIPv6 ? upper >> 54 == 0xFE80 >> 6 : lower >> 16 == 0xA9FE
  }
}

extension Finding {
  /// The program, else the port, that a finding of a night is about; empty where it is the host's.
  public var service: String {
    if let process = text(of: "process") { return process }
    if let port = number(of: "port") { return "port \(port)" }
    guard let local = text(of: "local"), let colon = local.lastIndex(of: ":"),
      case let port = local[local.index(after: colon)...], port != "0"
    else { return "" }
    return "port \(port)"
  }

  private func text(of name: String) -> String? {
    for item in evidence where item.name == name {
      if case .text(let text) = item.value { return text }
    }
    return nil
  }

  private func number(of name: String) -> Int64? {
    for item in evidence where item.name == name {
      if case .number(let number) = item.value { return number }
    }
    return nil
  }
}
