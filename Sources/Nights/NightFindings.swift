import Support
import TCPModel

/// What a person should know about the night, most serious first.
struct NightFindings {
  let options: NightOptions
  let instants: [NightInstant]
  let tallies: NightTallies

  func all(_ names: SocketNames) -> [Finding] {
    var findings = closeWaitGrowth(names)
    findings += timeWaitNearPortRange()
    findings += synReceivedBacklog(names)
    findings += acceptQueueFull(names)
    findings += stuckQueues(names)
    findings += stuckClosing(names)
    findings += retransmissionsRising()
    findings += dominatingPeers(names)
    findings += changedListeners(names)
    return NightFindings.sorted(findings)
  }

  /// By severity, then in the order of the kinds; findings of one kind stay in their order.
  static func sorted(_ findings: [Finding]) -> [Finding] {
    findings.enumerated().sorted { left, right in
      let (one, other) = (left.element, right.element)
      if one.severity != other.severity { return one.severity < other.severity }
      if one.kind != other.kind { return one.kind.rank < other.kind.rank }
      return left.offset < right.offset
    }
    .map(\.element)
  }

  // MARK: Text and evidence

  func time(_ instant: UInt32) -> Timestamp { instants[Int(instant)].time }

  /// `from 00:00 to 23:00`: as long as the instants are within a day or two, the date says little.
  func span(_ first: UInt32, _ last: UInt32) -> String {
    "from \(time(first).dateAndTime()) to \(time(last).dateAndTime())"
  }

  static func finding(
    _ kind: FindingKind, _ severity: Finding.Severity, _ text: String,
    process: ProcessName?, local: Endpoint?, peer: String?, _ more: [Finding.Evidence]
  ) -> Finding {
    var evidence: [Finding.Evidence] = []
    if let process {
      evidence.append(Finding.Evidence("process", .text(process.name)))
      evidence.append(Finding.Evidence("pid", .number(Int64(process.pid))))
    }
    if let local { evidence.append(Finding.Evidence("local", .text(local.description))) }
    if let peer { evidence.append(Finding.Evidence("peer", .text(peer))) }
    return Finding(
      kind: kind, severity: severity, connections: [], frames: [], text: text,
      evidence: evidence + more)
  }

  static func number(_ name: String, _ value: some BinaryInteger) -> Finding.Evidence {
    Finding.Evidence(name, .number(Int64(clamping: value)))
  }

  func instant(_ name: String, _ instant: UInt32) -> Finding.Evidence {
    Finding.Evidence(name, .text(time(instant).rfc3339))
  }

  /// `reportd (pid 12633)`, or what a socket can be called without its process.
  static func owner(_ process: ProcessName?, _ other: String) -> String {
    process.map { "\($0.name) (pid \($0.pid))" } ?? other
  }
}
