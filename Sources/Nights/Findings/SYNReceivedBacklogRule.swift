import Support
import TCPModel

/// Many connections wait for the handshake's last ACK.
enum SYNReceivedBacklogRule: NightRule {
  static let kind = FindingKind.synReceivedBacklog

  struct Sight {
    var local: Endpoint
    var worst: HalfOpenTally.Worst
    var limit: Int?
  }

  static func judge(_ night: NightFindings) -> [Sight] {
    let worst = night.tallies.halfOpen.worst.sorted { left, right in
      left.value.sockets != right.value.sockets
        ? left.value.sockets > right.value.sockets : left.key.precedes(right.key)
    }
    return worst.compactMap { local, worst in
      let limit = worst.limit.map { Int($0) }
      let isMany =
        limit.map { worst.sockets * 100 >= $0 * NightOptions.synReceivedPercent }
        ?? (worst.sockets >= NightOptions.synReceivedCount)
      return isMany ? Sight(local: local, worst: worst, limit: limit) : nil
    }
  }

  static func severity(_ sight: Sight, _ night: NightFindings) -> Finding.Severity {
    sight.limit.map { sight.worst.sockets >= $0 } ?? false ? .error : .warning
  }

  static func subject(_ sight: Sight, _ night: NightFindings) -> NightSubject {
    NightSubject(
      process: night.tallies.listeners.process(of: sight.local, night.names), local: sight.local,
      peer: sight.worst.busiestPeer.description)
  }

  static func sentence(_ sight: Sight, _ night: NightFindings) -> Wording {
    let worst = sight.worst
    return Wording(
      "night.syn_received_backlog",
      [
        "count": .digits(worst.sockets), "local": .text(sight.local.description),
        "limit": sight.limit.map {
          .said("night.syn_received_backlog.limit", ["limit": .digits($0)])
        } ?? .nothing,
        "time": night.time(of: worst.instant), "ofPeer": .digits(worst.ofPeer),
        "peer": .text(worst.busiestPeer.description),
      ])
  }

  static func evidence(_ sight: Sight, _ night: NightFindings) -> [Finding.Evidence] {
    [
      NightFindings.number("sockets", sight.worst.sockets),
      NightFindings.number("of_peer", sight.worst.ofPeer),
    ] + (sight.limit.map { [NightFindings.number("limit", $0)] } ?? []) + [
      night.instant("time", sight.worst.instant)
    ]
  }
}

extension ListenerTally {
  /// The process that listens on this address or on all of them.
  func process(of local: Endpoint, _ names: SocketNames) -> ProcessName? {
    for address in [local.address, IPAddress(ipv4: 0), IPAddress(ipv6: 0, 0)] {
      let record = records[Endpoint(address: address, port: local.port)]
      if let process = record?.process.flatMap({ names.processName($0) }) { return process }
    }
    return nil
  }
}
