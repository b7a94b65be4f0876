import GRDB
import TCPModel

// MARK: - Nights in a row

extension NightHistory {
  /// Nights that are looked at for how long a finding has been there.
  private static let nightsInRow = 400

  /// Of this night's findings those that the night before had too, and for how long.
  static func trends(
    _ database: Database, _ night: HostNight
  ) throws -> [NightComparison.Trend] {
    struct Key: Hashable {
      var kind: FindingKind
      var service: String
    }
    var order: [Key] = []
    for finding in night.report.findings {
      let key = Key(kind: finding.kind, service: finding.service)
      let isChange = finding.kind == .listenerAppeared || finding.kind == .listenerVanished
      if !isChange, !order.contains(key) { order.append(key) }
    }
    var going = Set(order)
    var trends: [Key: NightComparison.Trend] = [:]
    for row in try nights(database, before: night, most: nightsInRow) where !going.isEmpty {
      let id: Int64 = try row.value("id")
      let since = Timestamp(nanoseconds: try row.value("start_ns"))
      let found = try Row.fetchAll(
        database, sql: "SELECT kind, service FROM night_finding WHERE night_id = ?",
        arguments: [id])
      let keys = try found.compactMap { row -> Key? in
        guard let kind = FindingKind(rawValue: try row.value("kind")),
          let service: String = try row.value("service")
        else { return nil }
        return Key(kind: kind, service: service)
      }
      going.formIntersection(keys)
      for key in going {
        let nights = trends[key]?.nights ?? 1
        trends[key] = NightComparison.Trend(
          kind: key.kind, service: key.service, nights: nights + 1, since: since)
      }
    }
    return order.compactMap { trends[$0] }
  }
}

// MARK: - Days of the week

extension NightHistory {
  private static let day: Int64 = 86_400_000_000_000

  /// Which nights began on the day of the week on which this one did (UTC).
  static func sameWeekday(_ nights: [Row], as report: NightReport) throws -> [Bool] {
    let today = weekday(report.start?.nanoseconds ?? 0)
    return try nights.map { weekday(try $0.value("start_ns")) == today }
  }

  private static func weekday(_ time: Int64) -> Int64 {
    let days = time / day - (time % day < 0 ? 1 : 0)
    return ((days % 7) + 7) % 7
  }

  /// nil where no night began on that day.
  static func weekdayAverage(_ values: [Int64], _ isSameDay: [Bool]) -> Int64? {
    let chosen = zip(values, isSameDay).filter(\.1).map(\.0)
    return chosen.isEmpty ? nil : average(chosen)
  }
}
