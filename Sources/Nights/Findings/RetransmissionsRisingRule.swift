import Support
import TCPModel

/// The last third of the night sends more of its segments again than the first.
enum RetransmissionsRisingRule: NightRule {
  static let kind = FindingKind.retransmissionsRising

  struct Sight {
    var first: Share
    var last: Share
  }

  struct Share {
    var sent: Int64 = 0
    var retransmitted: Int64 = 0
    var perMille: Int { sent > 0 ? Int(clamping: retransmitted * 1_000 / sent) : 0 }
  }

  static func judge(_ night: NightFindings) -> [Sight] {
    let counted = night.instants.filter { $0.segmentsSent != nil }
    guard counted.count >= 3 else { return [] }
    let third = counted.count / 3
    let (first, last) = (share(counted.prefix(third)), share(counted.suffix(third)))
    guard first.sent >= NightOptions.retransmissionSegments,
      last.sent >= NightOptions.retransmissionSegments,
      last.perMille >= NightOptions.retransmissionPerMille,
      last.perMille >= first.perMille * NightOptions.retransmissionFactor
    else { return [] }
    return [Sight(first: first, last: last)]
  }

  private static func share(_ instants: ArraySlice<NightInstant>) -> Share {
    instants.reduce(into: Share()) { share, instant in
      share.sent += instant.segmentsSent ?? 0
      share.retransmitted += instant.segmentsRetransmitted ?? 0
    }
  }

  static func subject(_ sight: Sight, _ night: NightFindings) -> NightSubject { NightSubject() }

  static func sentence(_ sight: Sight, _ night: NightFindings) -> Wording {
    Wording(
      "night.retransmissions_rising",
      [
        "first": .percent(tenths: sight.first.perMille),
        "last": .percent(tenths: sight.last.perMille),
      ])
  }

  static func evidence(_ sight: Sight, _ night: NightFindings) -> [Finding.Evidence] {
    [
      NightFindings.number("first_per_mille", sight.first.perMille),
      NightFindings.number("last_per_mille", sight.last.perMille),
      NightFindings.number("sent", sight.last.sent),
      NightFindings.number("retransmitted", sight.last.retransmitted),
    ]
  }
}
