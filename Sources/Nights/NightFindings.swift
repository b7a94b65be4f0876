import Support
import TCPModel

/// What a person should know about the night, most serious first.
struct NightFindings {
  let options: NightOptions
  let instants: [NightInstant]
  let tallies: NightTallies

  /// The names of the contract, in the order in which equally serious findings are listed.
  static let kinds = [
    "close_wait_growth", "time_wait_near_port_range", "syn_received_backlog", "accept_queue_full",
    "send_queue_stuck", "receive_queue_stuck", "fin_wait_2_stuck", "last_ack_stuck",
    "retransmissions_rising", "peer_dominates", "listener_appeared", "listener_vanished",
  ]

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
      let (leftRank, rightRank) = (rank(left.element), rank(right.element))
      return leftRank != rightRank ? leftRank < rightRank : left.offset < right.offset
    }
    .map(\.element)
  }

  private static func rank(_ finding: Finding) -> Int {
    let severity =
      switch finding.severity {
      case .error: 0
      case .warning: 1
      case .info: 2
      }
    return severity * kinds.count + (kinds.firstIndex(of: finding.kind) ?? 0)
  }

  // MARK: Text and evidence

  func time(_ instant: UInt32) -> Timestamp { instants[Int(instant)].time }

  /// `from 00:00 to 23:00`: as long as the instants are within a day or two, the date says little.
  func span(_ first: UInt32, _ last: UInt32) -> String {
    "from \(time(first).dateAndTime()) to \(time(last).dateAndTime())"
  }

  static func finding(
    _ kind: String, _ severity: Finding.Severity, _ text: String,
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
