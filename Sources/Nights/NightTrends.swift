import Support
import TCPModel

extension NightReport {
  /// Says of each finding how many nights in a row have it, where the night before had it too.
  mutating func tellTrends(of comparison: NightComparison) {
    for index in findings.indices {
      guard let trend = comparison.trend(of: findings[index]) else { continue }
      findings[index].text +=
        "; the \(NightReport.ordinal(trend.nights)) night in a row, since \(trend.since.date)"
      findings[index].evidence += [
        NightFindings.number("nights_in_a_row", trend.nights),
        Finding.Evidence("since", .text(trend.since.rfc3339)),
      ]
    }
  }

  private static func ordinal(_ number: Int) -> String {
    let words = [
      "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    ]
    if words.indices.contains(number - 1) { return words[number - 1] }
    let ending =
      switch (number % 10, number % 100) {
      case (_, 11...13): "th"
      case (1, _): "st"
      case (2, _): "nd"
      case (3, _): "rd"
      default: "th"
      }
    return "\(number)\(ending)"
  }
}
