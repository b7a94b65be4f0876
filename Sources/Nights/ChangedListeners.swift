import Support
import TCPModel

extension NightReport {
  /// Takes in what earlier nights were like: listeners that came or went since the night before are
  /// findings, unless this night itself shows their coming or going.
  ///
  /// - Parameter clock: What the findings tell times in.
  public mutating func compare(with comparison: NightComparison, clock: WallClock = .utc) {
    self.comparison = comparison
    tellTrends(of: comparison)
    let changes: [FindingKind] = [.listenerAppeared, .listenerVanished]
    let known = Set(findings.filter { changes.contains($0.kind) }.compactMap(\.local))
    let since = clock.instant(comparison.lastNight)
    for local in comparison.appearedListeners where !known.contains(local.description) {
      let process = listeners.first { $0.local == local }?.process
      findings.append(
        Finding(
          .listenerAppeared, .info, NightSubject(process: process, local: local),
          Wording(
            "night.listens",
            [
              "owner": NightFindings.owner(process, "owner.aProcess"),
              "local": .text(local.description), "since": .text(since),
            ]),
          [Finding.Evidence("last_night", .text(comparison.lastNight.rfc3339))]))
    }
    for local in comparison.vanishedListeners where !known.contains(local.description) {
      findings.append(
        Finding(
          .listenerVanished, .warning, NightSubject(local: local),
          Wording(
            "night.nobodyListens", ["local": .text(local.description), "since": .text(since)]),
          [Finding.Evidence("last_night", .text(comparison.lastNight.rfc3339))]))
    }
    findings = NightFindings.sorted(findings)
  }
}

extension Finding {
  fileprivate var local: String? {
    for item in evidence where item.name == "local" {
      if case .text(let text) = item.value { return text }
    }
    return nil
  }
}
