import TCPModel

/// The findings of all hosts, those of one kind and service together.
struct FleetFindings {
  private struct Key: Hashable {
    var kind: FindingKind
    var service: String
  }

  private struct Case {
    var host: Int
    var finding: Finding
    var trend: NightComparison.Trend?
  }

  private let hosts: [FleetHost]
  /// Hosts named in a sentence.
  private static let named = 5

  init(_ hosts: [FleetHost]) {
    self.hosts = hosts
  }

  var all: [FleetFinding] {
    var cases: [Key: [Case]] = [:]
    for (place, host) in hosts.enumerated() {
      var seen: Set<Key> = []
      for finding in host.night.findings {
        let key = Key(kind: finding.kind, service: finding.service)
        // The worst of a host stands first.
        guard seen.insert(key).inserted else { continue }
        cases[key, default: []].append(
          Case(
            host: place, finding: finding, trend: host.night.comparison?.trend(of: finding)))
      }
    }
    let services = serviceHosts
    let findings = cases.map { key, cases in
      finding(key, cases, of: key.service.isEmpty ? hosts.count : services[key.service] ?? 0)
    }
    return findings.sorted { left, right in
      let (one, two) = (left.finding, right.finding)
      if one.severity != two.severity { return one.severity < two.severity }
      if left.hosts.count != right.hosts.count { return left.hosts.count > right.hosts.count }
      if one.kind != two.kind { return one.kind.rank < two.kind.rank }
      return left.service < right.service
    }
  }

  /// On how many hosts a service is.
  private var serviceHosts: [String: Int] {
    var counts: [String: Int] = [:]
    for host in hosts {
      var names = Set(host.night.processes.map(\.name))
      for listener in host.night.listeners {
        if let process = listener.process { names.insert(process.name) }
        names.insert("port \(listener.local.port)")
      }
      for finding in host.night.findings { names.insert(finding.service) }
      for name in names { counts[name, default: 0] += 1 }
    }
    return counts
  }

  private func finding(_ key: Key, _ cases: [Case], of count: Int) -> FleetFinding {
    let names = cases.map { hosts[$0.host].host.name }
    let severity = cases.map(\.finding.severity).min() ?? .info
    let of = max(count, cases.count)
    var wording = Wording(
      "fleet.on",
      [
        "sentence": Self.sentence(key.kind, key.service, peer: Self.onlyPeer(of: cases)),
        "count": .digits(cases.count),
        "hosts": .counted("unit.hosts", of),
      ])
    if names.count < of || names.count == 1 {
      wording = Wording(
        "fleet.named", ["sentence": .wording(wording), "names": Self.list(names)])
    }
    var evidence = [
      Finding.Evidence("service", .text(key.service)),
      Finding.Evidence("hosts", .number(Int64(cases.count))),
      Finding.Evidence("of_hosts", .number(Int64(of))),
    ]
    if let oldest = cases.compactMap(\.trend).max(by: { $0.nights < $1.nights }) {
      wording = Wording(
        "fleet.since",
        ["sentence": .wording(wording), "since": .text(String(oldest.since.date))])
      evidence.append(Finding.Evidence("since", .text(oldest.since.rfc3339)))
      evidence.append(Finding.Evidence("nights", .number(Int64(oldest.nights))))
    }
    return FleetFinding(
      Finding(
        kind: key.kind, severity: severity, connections: [], frames: [], wording: wording,
        evidence: evidence),
      service: key.service, hosts: names, ofHosts: of)
  }

  private static func list(_ names: [String]) -> Wording.Value {
    let shown = Wording.Value.commas(names.prefix(named).map { .text($0) })
    let more = names.count - named
    return more > 0 ? .said("list.more", ["list": shown, "count": .digits(more)]) : shown
  }

  /// The peer that it is on all of these hosts; nil where they differ.
  private static func onlyPeer(of cases: [Case]) -> String? {
    let peers = Set(
      cases.map { one -> String? in
        for item in one.finding.evidence where item.name == "peer" {
          if case .text(let peer) = item.value { return peer }
        }
        return nil
      })
    return peers.count == 1 ? peers.first ?? nil : nil
  }

  private static func sentence(
    _ kind: FindingKind, _ service: String, peer: String?
  ) -> Wording.Value {
    let name: Wording.Value = service.isEmpty ? .said("fleet.unnamed") : .text(service)
    if kind == .peerDominates, let peer {
      return .said("fleet.peer_dominates.named", ["name": name, "peer": .text(peer)])
    }
    return FindingKind.ofNights.contains(kind)
      ? .said("fleet." + kind.rawValue, ["name": name])
      : .said("fleet.other", ["kind": .text(kind.rawValue), "name": name])
  }
}
