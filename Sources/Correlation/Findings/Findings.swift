import Support
import TCPModel

/// Collects what a person should know, connection by connection.
///
/// Connections with the same finding at the same server become one finding: a service that is
/// down is one thing to know, not ten thousand.
public struct FindingCollector {
  /// A handshake slower than this is worth a word, whatever made it slow.
  static let slowHandshake: Nanoseconds = 500_000_000
  /// So is a response that the server took this long for, and ten round trips.
  static let slowResponse: Nanoseconds = 1_000_000_000
  /// A sender that had to stop for this long.
  static let longStall: Nanoseconds = 200_000_000
  /// One end closed, the other end kept its half open for this long.
  static let longHalfClose: Nanoseconds = 10_000_000_000
  /// Share of a side's data segments, in thousandths, and the least number of them.
  static let retransmissionShare: Int64 = 10
  static let retransmissionLeast: Int64 = 3
  /// RFC 9293 3.7.1: the MSS without an option, for IPv4 and IPv6.
  static let leastMSS: (ipv4: UInt16, ipv6: UInt16) = (536, 1220)

  private var groups: [Group] = []
  private var index: [Place: Int] = [:]
  private var captures: [Finding] = []

  private struct Place: Hashable {
    let kind: FindingKind
    let server: Endpoint
  }

  struct Group {
    let kind: FindingKind
    let server: Endpoint
    /// What the sentence calls it.
    var serverName = ""
    /// The most telling connection: the one with the largest `weight`.
    var example: ConnectionSummary
    var weight: Int64
    var leastWeight: Int64
    var count = 0
    var connections: [Int] = []
    var frames: [Int64] = []
  }

  public init() {}

  // MARK: Collecting

  public mutating func add(_ summary: ConnectionSummary) {
    judgeOpening(summary)
    judgeTransfer(summary)
    judgeClosing(summary)
    if summary.landmarks.clockWentBackwards {
      note(.clockBackwards, summary, weight: 1, frame: summary.firstFrame)
    }
  }

  private mutating func judgeOpening(_ summary: ConnectionSummary) {
    let handshake = summary.handshake
    let marks = summary.landmarks
    switch summary.outcome {
    case .refused: note(.refused, summary, weight: 1, frame: marks.reset)
    case .unanswered:
      note(
        .unanswered, summary, weight: Int64(handshake.synRetransmissions),
        frame: summary.firstFrame)
    case .halfOpen:
      note(
        .halfOpen, summary, weight: Int64(handshake.synAckRetransmissions),
        frame: summary.lastFrame)
    case .closed, .reset, .halfClosed, .open: break
    }
    let retries = handshake.synRetransmissions + handshake.synAckRetransmissions
    if retries > 0 {
      note(
        .synRetries, summary, weight: Int64(retries), frame: marks.firstSYNRetransmission)
    }
    if let syn = handshake.syn, let ack = handshake.ack, ack &- syn >= Self.slowHandshake {
      note(.slowHandshake, summary, weight: ack &- syn, frame: summary.firstFrame)
    }
    if optionOddity(handshake, isIPv6: summary.client.address.isIPv6) != nil {
      note(.optionOddity, summary, weight: 1, frame: summary.firstFrame)
    }
  }

  private mutating func judgeTransfer(_ summary: ConnectionSummary) {
    let marks = summary.landmarks
    note(.retransmissions, summary, frames: marks.firstRetransmission) { side in
      Self.retransmitsMuch(summary, side) ? Self.repeats(summary, side) : nil
    }
    note(.zeroWindowStall, summary, frames: marks.firstZeroWindow) { side in
      let time = marks.zeroWindowTime[side]
      return time >= Self.longStall ? time : nil
    }
    let keepAlives = max(marks.unansweredKeepAlives.client, marks.unansweredKeepAlives.server)
    if keepAlives >= 2 {
      note(.keepAliveTimeout, summary, weight: Int64(keepAlives), frame: summary.lastFrame)
    }
    if let wait = summary.timings.longestWait, wait >= Self.slowResponse,
      wait / 10 >= summary.handshake.rtt ?? 0
    {
      note(.slowResponse, summary, weight: wait, frame: marks.longestWait)
    }
    let missing =
      (summary.traffic.client.missingBytes ?? 0) + (summary.traffic.server.missingBytes ?? 0)
    if missing > 0 {
      note(.captureDrops, summary, weight: missing, frame: summary.firstFrame)
    }
  }

  /// Segments sent again, without those of the handshake.
  private static func repeats(_ summary: ConnectionSummary, _ side: Side) -> Int64 {
    let handshake = summary.handshake
    return (summary.traffic[side].retransmittedSegments ?? 0)
      - Int64(side == .client ? handshake.synRetransmissions : handshake.synAckRetransmissions)
  }

  static func retransmitsMuch(_ summary: ConnectionSummary, _ side: Side) -> Bool {
    let repeats = repeats(summary, side)
    return repeats >= retransmissionLeast
      && repeats * 1000 >= summary.traffic[side].segments * retransmissionShare
  }

  private mutating func judgeClosing(_ summary: ConnectionSummary) {
    let marks = summary.landmarks
    if summary.outcome == .reset {
      let isForeign = FindingCollector.isFromMiddlebox(marks)
      note(isForeign ? .middleboxReset : .reset, summary, weight: 1, frame: marks.reset)
    }
    let halfClosed = summary.teardown.halfClosed ?? 0
    if summary.outcome == .halfClosed || halfClosed >= Self.longHalfClose {
      note(
        .halfClosed, summary, weight: halfClosed, frame: summary.teardown.frames.first)
    }
  }

  /// An RST whose time to live is far from that of its side's other segments took another way:
  /// a router on the path made it. Hosts count the same hops each time, give or take a few.
  static func isFromMiddlebox(_ marks: Landmarks) -> Bool {
    guard let reset = marks.resetTTL, let usual = marks.usualTTL, reset != 0, usual != 0 else {
      return false
    }
    return abs(Int(reset) - Int(usual)) > 3
  }

  public mutating func add(_ capture: CaptureInfo) {
    if let drops = capture.interfaceDrops, drops > 0 {
      captures.append(
        Finding(
          kind: FindingKind.captureDrops.rawValue, severity: .warning, connections: [], frames: [],
          text:
            "The capture lost \(Quantity.counted(drops, "frame")) before they were written; what looks missing may "
            + "only not have been captured.",
          evidence: [
            Finding.Evidence("path", .text(capture.path)),
            Finding.Evidence("interface_drops", .number(drops)),
          ]))
    }
  }

  /// What either side may have done, or both: one finding, with a frame of each.
  ///
  /// - Parameter weight: Of a side; nil where it has not.
  private mutating func note(
    _ kind: FindingKind, _ summary: ConnectionSummary, frames: PerSide<Int64?>,
    weight: (Side) -> Int64?
  ) {
    let sides = Side.allCases.filter { weight($0) != nil }
    guard let most = sides.compactMap(weight).max() else { return }
    note(kind, summary, weight: most, frames: sides.compactMap { frames[$0] })
  }

  private mutating func note(
    _ kind: FindingKind, _ summary: ConnectionSummary, weight: Int64, frame: Int64?
  ) {
    note(kind, summary, weight: weight, frames: frame.map { [$0] } ?? [])
  }

  private mutating func note(
    _ kind: FindingKind, _ summary: ConnectionSummary, weight: Int64, frames: [Int64]
  ) {
    let place = Place(kind: kind, server: summary.server)
    let position: Int
    if let known = index[place] {
      position = known
      groups[known].leastWeight = min(groups[known].leastWeight, weight)
      if weight > groups[known].weight {
        groups[known].weight = weight
        groups[known].example = summary
      }
    } else {
      position = groups.count
      index[place] = position
      groups.append(
        Group(
          kind: kind, server: summary.server, example: summary, weight: weight, leastWeight: weight)
      )
    }
    groups[position].count += 1
    if groups[position].connections.count < Finding.namedConnections {
      groups[position].connections.append(summary.id)
    }
    for frame in frames where groups[position].frames.count < Finding.namedConnections {
      groups[position].frames.append(frame)
    }
  }

  // MARK: Results

  /// The findings, most serious first; within a kind the one with the most connections.
  ///
  /// - Parameter name: What sentences call an endpoint.
  public func findings(
    calling name: (Endpoint) -> String = { $0.description }
  ) -> [Finding] {
    let order = Dictionary(
      uniqueKeysWithValues: FindingKind.allCases.enumerated().map { ($1, $0) })
    let sorted = groups.sorted { left, right in
      if left.kind != right.kind { return (order[left.kind] ?? 0) < (order[right.kind] ?? 0) }
      if left.count != right.count { return left.count > right.count }
      return (left.connections.first ?? 0) < (right.connections.first ?? 0)
    }
    var findings = sorted.map { group in
      var group = group
      group.serverName = name(group.server)
      return Finding(
        kind: group.kind.rawValue, severity: group.kind.severity,
        connections: group.connections, frames: group.frames.sorted(), text: group.text,
        evidence: group.evidence)
    }
    let place = findings.firstIndex { $0.severity == .info } ?? findings.count
    findings.insert(contentsOf: captures, at: place)
    return findings
  }
}
