import Support
import TCPModel

/// What the rules judge a night by, and how they say it.
struct NightFindings {
  let options: NightOptions
  let instants: [NightInstant]
  let tallies: NightTallies
  let names: SocketNames

  /// By severity, then in the order of the kinds; findings of one kind stay in their order.
  static func sorted(_ findings: [Finding]) -> [Finding] {
    findings.enumerated().sorted { left, right in
      let (one, other) = (left.element, right.element)
      if one.severity != other.severity { return one.severity < other.severity }
      let kinds = FindingKind.ofNights
      if one.kind != other.kind {
        return (kinds.firstIndex(of: one.kind) ?? 0) < (kinds.firstIndex(of: other.kind) ?? 0)
      }
      return left.offset < right.offset
    }
    .map(\.element)
  }

  // MARK: Text and evidence

  func time(_ instant: UInt32) -> Timestamp { instants[Int(instant)].time }

  /// With its zone.
  func time(of instant: UInt32) -> Wording.Value { .text(options.clock.instant(time(instant))) }

  func span(_ first: UInt32, _ last: UInt32) -> Wording.Value {
    let ends = options.clock.ends(time(first), time(last))
    return .said("time.span", ["from": .text(ends.first), "to": .text(ends.last)])
  }

  static func number(_ name: String, _ value: some BinaryInteger) -> Finding.Evidence {
    Finding.Evidence(name, .number(Int64(clamping: value)))
  }

  func instant(_ name: String, _ instant: UInt32) -> Finding.Evidence {
    Finding.Evidence(name, .text(time(instant).rfc3339))
  }

  func process(_ id: ProcessListID?) -> ProcessName? { id.flatMap { names.processName($0) } }

  /// `reportd (pid 12633)`, or the text for what a socket can be called without its process.
  static func owner(_ process: ProcessName?, _ other: String) -> Wording.Value {
    process.map { .text("\($0.name) (pid \($0.pid))") } ?? .said(other)
  }
}
