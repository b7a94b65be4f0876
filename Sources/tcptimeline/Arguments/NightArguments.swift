import ArgumentParser
import Support
import TCPModel

/// Which of the snapshots a report on a night is about.
struct NightArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only the snapshots of the last 24h (8h, 90min), counted back from the newest one.",
      valueName: "time"))
  var last: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "Only the snapshots between two times: 22:00 06:00 for the last such span that has begun, RFC"
        + " 3339, seconds since 1970, or +seconds from the first snapshot.", valueName: "time time")
  )
  var between: [InstantArgument] = []

  func validate() throws {
    if between.count == 1 || between.count > 2 {
      throw ValidationError("--between takes two times: --between 22:00 06:00")
    }
    if last != nil, !between.isEmpty {
      throw ValidationError("--last and --between both say which snapshots; give one of them")
    }
  }

  /// The option that was given.
  var given: String? { last != nil ? "--last" : between.isEmpty ? nil : "--between" }

  /// - Parameter times: Of the first and the newest snapshot.
  /// - Returns: nil where the end comes before the beginning.
  func span(
    of times: ClosedRange<Timestamp>, clock: WallClock
  ) -> ClosedRange<Timestamp>? {
    if let last {
      // What was taken at the very beginning is the end of the night before.
      return times.upperBound.advanced(by: 1 - last.nanoseconds)...times.upperBound
    }
    guard between.count == 2 else { return times }
    return InstantArgument.night(between[0], between[1], in: times, clock: clock)
  }
}
