import Support
import TCPModel

// MARK: - Listeners

extension NightFindings {
  func acceptQueueFull(_ names: SocketNames) -> [Finding] {
    inOrder.compactMap { record in
      guard let fullest = record.fullest else { return nil }
      let local = record.report.local
      let process = record.process.flatMap { names.processName($0) }
      let often =
        record.fullInstants == 1
        ? "" : ", and at \(record.fullInstants - 1) other instants"
      let text =
        "The accept queue of \(NightFindings.owner(process, "the listener")) on \(local) was full: "
        + "\(fullest.waiting) connections waited, \(fullest.limit) may, at "
        + "\(time(fullest.instant).dateAndTime())\(often)"
      return NightFindings.finding(
        .acceptQueueFull, .error, text, process: process, local: local, peer: nil,
        [
          NightFindings.number("waiting", fullest.waiting),
          NightFindings.number("limit", fullest.limit),
          NightFindings.number("instants", record.fullInstants), instant("time", fullest.instant),
        ])
    }
  }

  func changedListeners(_ names: SocketNames) -> [Finding] {
    inOrder.flatMap { record in
      var findings: [Finding] = []
      let local = record.report.local
      let process = record.process.flatMap { names.processName($0) }
      if let appeared = record.appearedAt {
        findings.append(
          NightFindings.finding(
            .listenerAppeared, .info,
            "\(NightFindings.owner(process, "A process")) began to listen on \(local), first seen "
              + "at \(time(appeared).dateAndTime())",
            process: process, local: local, peer: nil, [instant("time", appeared)]))
      }
      if let vanished = record.vanishedAt {
        findings.append(
          NightFindings.finding(
            .listenerVanished, .warning,
            "\(NightFindings.owner(process, "A process")) listened on \(local) until "
              + "\(record.report.lastSeen.dateAndTime()) and was gone at "
              + time(vanished).dateAndTime(),
            process: process, local: local, peer: nil,
            [
              Finding.Evidence("last_seen", .text(record.report.lastSeen.rfc3339)),
              instant("time", vanished),
            ]))
      }
      return findings
    }
  }

  private var inOrder: [ListenerTally.Record] {
    tallies.listeners.records.values.sorted { left, right in
      let (left, right) = (left.report.local, right.report.local)
      return left.port != right.port ? left.port < right.port : left.precedes(right)
    }
  }
}

// MARK: - Sockets that do not move

extension NightFindings {
  /// Sockets with the same trouble, of one process.
  private struct Stuck {
    var process: ProcessListID?
    var sockets = 0
    /// The one that has been so for longest.
    var worst: SocketTable.Entry
    var first: UInt32
    var last: UInt32
    var bytes: UInt64 = 0
  }

  func stuckQueues(_ names: SocketNames) -> [Finding] {
    let sending = stuck(names) { entry in
      entry.isListener ? nil : entry.sendQueue.longest
    }
    // In CLOSE_WAIT the end of the stream waits in the queue as one byte; what leaks is another
    // finding's matter.
    let receiving = stuck(names) { entry in
      entry.isListener || entry.stay.state == .closeWait ? nil : entry.receiveQueue.longest
    }
    return sending.map { finding(.sendQueueStuck, "acknowledged", $0, names) }
      + receiving.map { finding(.receiveQueueStuck, "read", $0, names) }
  }

  private func finding(
    _ kind: FindingKind, _ what: String, _ stuck: Stuck, _ names: SocketNames
  ) -> Finding {
    let process = stuck.process.flatMap { names.processName($0) }
    let key = stuck.worst.key
    let count = stuck.sockets == 1 ? "One socket" : "\(stuck.sockets) sockets"
    let text =
      "\(count) of \(NightFindings.owner(process, "an unnamed process")) held "
      + (stuck.bytes == 1 ? "1 byte that was" : "\(stuck.bytes) bytes that were")
      + " not \(what); the longest one, "
      + "\(key.local) with \(key.remote), \(span(stuck.first, stuck.last))"
    return NightFindings.finding(
      kind, .warning, text, process: process, local: key.local, peer: key.remote.description,
      [
        NightFindings.number("sockets", stuck.sockets), NightFindings.number("bytes", stuck.bytes),
        instant("from", stuck.first), instant("to", stuck.last),
      ])
  }

  func stuckClosing(_ names: SocketNames) -> [Finding] {
    let kinds: [(FindingKind, TCPState, String)] = [
      (.finWait2Stuck, .finWait2, "wait for a FIN that does not come"),
      (.lastACKStuck, .lastACK, "wait for an ACK that does not come"),
    ]
    return kinds.flatMap { kind, state, what in
      closing(state, names).map { stuck in
        let process = stuck.process.flatMap { names.processName($0) }
        let key = stuck.worst.key
        let count =
          stuck.sockets == 1 ? "One socket" : "\(stuck.sockets) sockets"
        let text =
          "\(count) of \(NightFindings.owner(process, "no process any more")) stayed in "
          + "\(state.name) to \(what); the longest one, \(key.local) with \(key.remote), "
          + span(stuck.first, stuck.last)
        return NightFindings.finding(
          kind, .warning, text, process: process, local: key.local,
          peer: key.remote.description,
          [
            NightFindings.number("sockets", stuck.sockets), instant("from", stuck.first),
            instant("to", stuck.last),
          ])
      }
    }
  }

  private func closing(_ state: TCPState, _ names: SocketNames) -> [Stuck] {
    var groups: [NameID?: Stuck] = [:]
    tallies.sockets.forEach { entry in
      for stay in tallies.sockets.stays(of: entry) where stay.state == state {
        guard time(stay.last).since(time(stay.first)) >= NightOptions.closingTime else { continue }
        add(entry, (stay.first, stay.last, 0), to: &groups, names)
      }
    }
    return sorted(groups)
  }

  private func stuck(
    _ names: SocketNames,
    _ watch: (SocketTable.Entry) -> (first: UInt32, last: UInt32, bytes: UInt32)?
  ) -> [Stuck] {
    var groups: [NameID?: Stuck] = [:]
    tallies.sockets.forEach { entry in
      guard let longest = watch(entry),
        longest.last - longest.first + 1 >= UInt32(NightOptions.stuckInstants),
        time(longest.last).since(time(longest.first)) >= NightOptions.stuckTime
      else { return }
      add(entry, longest, to: &groups, names)
    }
    return sorted(groups)
  }

  private func add(
    _ entry: SocketTable.Entry, _ stay: (first: UInt32, last: UInt32, bytes: UInt32),
    to groups: inout [NameID?: Stuck], _ names: SocketNames
  ) {
    let name = entry.process.flatMap { names.firstProcess($0)?.name }
    var group =
      groups[name]
      ?? Stuck(process: entry.process, worst: entry, first: stay.first, last: stay.last)
    group.sockets += 1
    group.bytes += UInt64(stay.bytes)
    let (length, longest) = (stay.last - stay.first, group.last - group.first)
    if length > longest || (length == longest && SocketTable.isOlder(entry, than: group.worst)) {
      group.worst = entry
      group.process = entry.process
      group.first = stay.first
      group.last = stay.last
    }
    groups[name] = group
  }

  private func sorted(_ groups: [NameID?: Stuck]) -> [Stuck] {
    groups.sorted { left, right in
      left.value.sockets != right.value.sockets
        ? left.value.sockets > right.value.sockets
        : left.key?.rawValue ?? .max < right.key?.rawValue ?? .max
    }
    .map(\.value)
  }
}

extension SocketTable.Entry {
  /// A listener's queues are connections, not bytes.
  fileprivate var isListener: Bool { stay.state == .listen || key.listener != 0 }
}

// MARK: - Traffic

extension NightFindings {
  /// The last third of the night against the first.
  func retransmissionsRising() -> [Finding] {
    let counted = instants.filter { $0.segmentsSent != nil }
    guard counted.count >= 3 else { return [] }
    let third = counted.count / 3
    let (first, last) = (share(counted.prefix(third)), share(counted.suffix(third)))
    guard first.sent >= NightOptions.retransmissionSegments,
      last.sent >= NightOptions.retransmissionSegments,
      last.perMille >= NightOptions.retransmissionPerMille,
      last.perMille >= first.perMille * NightOptions.retransmissionFactor
    else { return [] }
    let (before, after) = (first.perMille, last.perMille)
    let text =
      "Retransmissions rose from \(Quantity.percent(tenths: before)) to "
      + "\(Quantity.percent(tenths: after)) of the segments sent, "
      + "between the first and the last third of the night"
    return [
      NightFindings.finding(
        .retransmissionsRising, .warning, text, process: nil, local: nil, peer: nil,
        [
          NightFindings.number("first_per_mille", first.perMille),
          NightFindings.number("last_per_mille", last.perMille),
          NightFindings.number("sent", last.sent),
          NightFindings.number("retransmitted", last.retransmitted),
        ])
    ]
  }

  private struct Share {
    var sent: Int64 = 0
    var retransmitted: Int64 = 0
    var perMille: Int { sent > 0 ? Int(clamping: retransmitted * 1_000 / sent) : 0 }
  }

  private func share(_ instants: ArraySlice<NightInstant>) -> Share {
    instants.reduce(into: Share()) { share, instant in
      share.sent += instant.segmentsSent ?? 0
      share.retransmitted += instant.segmentsRetransmitted ?? 0
    }
  }

  func dominatingPeers(_ names: SocketNames) -> [Finding] {
    tallies.peers.dominations.map { address, domination in
      let worst = domination.worst
      let percent = worst.count * 100 / worst.total
      // A load balancer has most of the sockets all the time, and nothing is wrong.
      let isAlways = domination.instants * 2 > instants.count
      let text =
        "\(address) had \(worst.count) of \(worst.total) "
        + "sockets (\(percent) %) at \(time(worst.instant).dateAndTime())"
        + (isAlways
          ? ", and as large a share at most instants"
          : domination.instants > 1
            ? ", the worst of \(domination.instants) such instants" : "")
      let service = busiestService(of: domination)
      return NightFindings.finding(
        .peerDominates, isAlways ? .info : .warning, text,
        process: service?.process.flatMap { names.processName($0) }, local: service?.local,
        peer: address.description,
        [
          NightFindings.number("sockets", worst.count), NightFindings.number("of", worst.total),
          NightFindings.number("percent", percent),
          NightFindings.number("instants", domination.instants), instant("time", worst.instant),
        ])
    }
  }

  /// The host's end of most of a peer's sockets at its worst instant.
  private func busiestService(
    of domination: PeerTally.Domination
  ) -> (local: Endpoint, process: ProcessListID?)? {
    let instant = domination.worst.instant
    var counts: [Endpoint: (sockets: Int, process: ProcessListID?)] = [:]
    tallies.sockets.forEach { entry in
      guard entry.peer == domination.peer, !entry.isListener,
        (entry.firstInstant...entry.lastInstant).contains(instant)
      else { return }
      var count = counts[entry.key.local] ?? (0, nil)
      count.sockets += 1
      count.process = count.process ?? entry.process
      counts[entry.key.local] = count
    }
    let busiest = counts.max { left, right in
      left.value.sockets != right.value.sockets
        ? left.value.sockets < right.value.sockets : right.key.precedes(left.key)
    }
    return busiest.map { ($0.key, $0.value.process) }
  }
}
