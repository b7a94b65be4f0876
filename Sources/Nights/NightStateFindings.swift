import Support
import TCPModel

// MARK: - CLOSE_WAIT

extension NightFindings {
  /// A service whose CLOSE_WAIT sockets become more and more, and stay: the application does not
  /// close what its peers have closed.
  func closeWaitGrowth(_ names: SocketNames) -> [Finding] {
    let series = tallies.closeWaits.series.sorted { left, right in
      let (leftLast, rightLast) = (left.value.last?.sockets ?? 0, right.value.last?.sockets ?? 0)
      if leftLast != rightLast { return leftLast > rightLast }
      return (left.key.port, left.key.process?.rawValue ?? .max)
        < (right.key.port, right.key.process?.rawValue ?? .max)
    }
    return series.compactMap { service, counts in
      Growth(counts, instants: instants.count).map { finding($0, service, counts, names) }
    }
  }

  private func finding(
    _ growth: Growth, _ service: Service, _ counts: [CloseWaitTally.Count], _ names: SocketNames
  ) -> Finding {
    let last = counts.last { $0.instant <= growth.lastInstant }
    let process = last?.process.flatMap { names.processName($0) }
    let example = last?.example
    let end = service.isServer ? "on port \(service.port)" : "towards port \(service.port)"
    let owner = NightFindings.owner(process, "An unnamed process")
    let text =
      "\(owner) leaves connections \(end) unclosed: CLOSE_WAIT grew from \(growth.first) to "
      + "\(growth.last) \(span(growth.firstInstant, growth.lastInstant))"
    return NightFindings.finding(
      .closeWaitGrowth, .error, text, process: process,
      local: example.map {
        service.isServer ? $0.local : Endpoint(address: $0.local.address, port: 0)
      },
      peer: example.map {
        service.isServer ? $0.remote.address.description : $0.remote.description
      },
      [
        NightFindings.number("port", service.port),
        NightFindings.number("first", growth.first), NightFindings.number("last", growth.last),
        instant("from", growth.firstInstant), instant("to", growth.lastInstant),
      ])
  }

  /// The longest rise in a series of counts.
  struct Growth {
    var first: Int
    var last: Int
    var firstIndex: Int
    var lastIndex: Int
    var firstInstant: UInt32 { UInt32(truncatingIfNeeded: firstIndex) }
    var lastInstant: UInt32 { UInt32(truncatingIfNeeded: lastIndex) }

    /// nil when the counts do not grow enough, fall too often between, or are of other sockets
    /// every time: those come and go.
    init?(_ counts: [CloseWaitTally.Count], instants: Int) {
      var sockets = Array(repeating: 0, count: instants)
      var stayed = Array(repeating: 0, count: instants)
      for count in counts {
        sockets[Int(count.instant)] = count.sockets
        stayed[Int(count.instant)] = count.stayed
      }
      guard let rise = Growth.longestRise(sockets), rise.upperBound - rise.lowerBound >= 2 else {
        return nil
      }
      firstIndex = rise.lowerBound
      lastIndex = rise.upperBound
      first = sockets[firstIndex]
      last = sockets[lastIndex]
      let growth = last - first
      guard growth >= NightOptions.closeWaitGrowth, growth * 10 >= first else { return nil }
      var fallen = 0
      var before = 0
      var kept = 0
      for index in (firstIndex + 1)...lastIndex {
        fallen += max(0, sockets[index - 1] - sockets[index])
        before += sockets[index - 1]
        kept += stayed[index]
      }
      guard fallen * 5 <= growth + fallen, kept * 2 >= before else { return nil }
    }

    /// From a minimum to a later maximum, with the largest difference.
    private static func longestRise(_ counts: [Int]) -> ClosedRange<Int>? {
      var best: ClosedRange<Int>?
      var minimum = 0
      for index in counts.indices {
        if counts[index] < counts[minimum] { minimum = index }
        let height = best.map { counts[$0.upperBound] - counts[$0.lowerBound] } ?? 0
        if counts[index] - counts[minimum] > height { best = minimum...index }
      }
      return best
    }
  }
}

// MARK: - TIME_WAIT and SYN_RECEIVED

extension NightFindings {
  func timeWaitNearPortRange() -> [Finding] {
    guard let worst = tallies.timeWaits.worst else { return [] }
    let range = options.portRange
    let percent = worst.ports * 100 / range.count
    let whose = worst.isOwn ? "\(worst.address) has" : "The peer \(worst.address) has"
    let text =
      "\(whose) \(worst.ports) ports in TIME_WAIT, \(percent) % of the range "
      + "\(range.lowerBound)-\(range.upperBound), at \(time(worst.instant).dateAndTime()); "
      + "\(worst.ofBusiest) of them with \(worst.busiest)"
    return [
      NightFindings.finding(
        .timeWaitNearPortRange, worst.ports >= range.count ? .error : .warning, text,
        process: nil,
        local: worst.isOwn ? Endpoint(address: worst.address, port: 0) : worst.busiest,
        peer: worst.isOwn ? worst.busiest.description : worst.address.description,
        [
          NightFindings.number("ports", worst.ports),
          NightFindings.number("range", range.count),
          NightFindings.number("percent", percent), instant("time", worst.instant),
        ])
    ]
  }

  func synReceivedBacklog(_ names: SocketNames) -> [Finding] {
    let worst = tallies.halfOpen.worst.sorted { left, right in
      left.value.sockets != right.value.sockets
        ? left.value.sockets > right.value.sockets : left.key.precedes(right.key)
    }
    return worst.compactMap { local, worst in
      let limit = worst.limit.map { Int($0) }
      let isMany =
        limit.map { worst.sockets * 100 >= $0 * NightOptions.synReceivedPercent }
        ?? (worst.sockets >= NightOptions.synReceivedCount)
      guard isMany else { return nil }
      let isFull = limit.map { worst.sockets >= $0 } ?? false
      let ofLimit = limit.map { ", of at most \($0)" } ?? ""
      let process = tallies.listeners.process(of: local, names)
      let text =
        "\(worst.sockets) half-open connections waited on \(local)\(ofLimit) at "
        + "\(time(worst.instant).dateAndTime()), \(worst.ofPeer) of them "
        + "from \(worst.busiestPeer)"
      return NightFindings.finding(
        .synReceivedBacklog, isFull ? .error : .warning, text, process: process, local: local,
        peer: worst.busiestPeer.description,
        [
          NightFindings.number("sockets", worst.sockets),
          NightFindings.number("of_peer", worst.ofPeer),
        ] + (limit.map { [NightFindings.number("limit", $0)] } ?? []) + [
          instant("time", worst.instant)
        ])
    }
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
