import Support
import TCPModel

extension NightReport {
  /// Says of each finding how many nights in a row have it, where the night before had it too.
  mutating func tellTrends(of comparison: NightComparison) {
    for index in findings.indices {
      guard let trend = comparison.trend(of: findings[index]) else { continue }
      findings[index].wording = Wording(
        "night.trend",
        [
          "sentence": .wording(findings[index].wording),
          "nights": NightReport.ordinal(trend.nights),
          "since": .text(String(trend.since.date)),
        ])
      findings[index].evidence += [
        NightFindings.number("nights_in_a_row", trend.nights),
        Finding.Evidence("since", .text(trend.since.rfc3339)),
      ]
    }
  }

  /// Up to the tenth a word; of others English has four endings.
  private static func ordinal(_ number: Int) -> Wording.Value {
    if (1...10).contains(number) { return .said("ordinal.\(number)") }
    let ending =
      switch (number % 10, number % 100) {
      case (_, 11...13): "th"
      case (1, _): "st"
      case (2, _): "nd"
      case (3, _): "rd"
      default: "th"
      }
    return .said("ordinal.\(ending)", ["n": .digits(number)])
  }
}
