import ArgumentParser
import Support

/// In which zone people read times.
struct ZoneArguments: ParsableArguments {
  // "-03:00" is no option.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The zone of times that people read: utc, local, +09:00, Asia/Seoul. Data stays UTC.",
      valueName: "zone"))
  var time: String?

  /// Chosen once, before anything is read.
  func chosen() throws(Failure) -> WallClock {
    guard let time else { return .utc }
    if let clock = WallClock.choose(time) { return clock }
    throw Failure(
      .usage,
      "--time \(time): no such zone; name utc, local, an offset (+09:00) or a zone of the system"
        + " (Asia/Seoul)")
  }
}
