import TCPModel

/// A client that opens so many connections to one server that its ports run short: each waits 60 s in
/// TIME_WAIT before it can be used again (Linux).
struct PortPressureTally: Sendable {
  /// Linux's net.ipv4.ip_local_port_range has this many.
  static let ports = 28_232
  /// So much of them within a minute.
  static let percent = 80
  private static let step: Nanoseconds = 10_000_000_000
  private static let steps = 6
  private static let placeLimit = 1 << 16

  private struct Place: Hashable {
    var client: IPAddress
    var server: Endpoint
  }

  private var sampled: [Place: Int] = [:]
  private var share = 1
  /// Connections begun, by spans of 10 s.
  private var counts: [Place: [Int64: Int]] = [:]

  static var least: Int { ports * percent / 100 }

  mutating func sample(_ attempt: OpeningAttempt, of share: Int) {
    self.share = share
    let place = Place(client: attempt.client.address, server: attempt.server)
    if sampled[place] != nil || sampled.count < Self.placeLimit { sampled[place, default: 0] += 1 }
  }

  /// Half of what would be needed leaves room for chance.
  private func isSuspect(_ place: Place) -> Bool {
    (sampled[place] ?? 0) * share * 2 >= Self.least
  }

  var isNeeded: Bool { sampled.keys.contains { isSuspect($0) } }

  mutating func count(_ attempt: OpeningAttempt) {
    let place = Place(client: attempt.client.address, server: attempt.server)
    guard isSuspect(place) else { return }
    counts[place, default: [:]][attempt.start.nanoseconds / Self.step, default: 0] += 1
  }

  func findings(calling name: (Endpoint) -> String) -> [RankedFinding] {
    let worst = counts.compactMap { place, counts -> (Place, Int)? in
      let most = counts.keys.map { step in
        (0..<Int64(Self.steps)).reduce(0) { $0 + (counts[step &+ $1] ?? 0) }
      }
      .max()
      return most.map { (place, $0) }
    }
    return worst.filter { $0.1 >= Self.least }
      .sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0.client.description < $1.0.client.description }
      .map { place, count in
        var evidence = Evidence()
        evidence.add("client", place.client.description)
        evidence.add("server", place.server.description)
        evidence.add("connections", count)
        evidence.add("ports", Self.ports)
        return RankedFinding(
          Finding(
            kind: .portPressure, severity: .warning, connections: [], frames: [],
            wording: Wording(
              "finding.port_pressure",
              [
                "client": .text(place.client.description), "count": .digits(count),
                "server": .text(name(place.server)),
                "percent": .digits(count * 100 / Self.ports), "ports": .digits(Self.ports),
              ]),
            evidence: evidence.items))
      }
  }
}
