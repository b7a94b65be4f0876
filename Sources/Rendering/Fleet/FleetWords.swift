import Support
import TCPModel
import Timeline

/// The words that the first page of a fleet's night has in every format.
struct FleetWords {
  private let report: FleetReport
  private let clock: WallClock
  private let texts: Texts

  init(_ report: FleetReport, _ options: DiagramOptions) {
    self.report = report
    clock = options.clock
    texts = Texts.of(options.language)
  }

  /// Rows of the first page that can still be read.
  static let linkLimit = 30
  static let outlierLimit = 30

  var title: String {
    guard let start = report.start, let end = report.end else { return texts("nightly.none") }
    let ends = clock.ends(start, end)
    return texts(
      "hosts.title",
      [
        "hosts": texts.counted("unit.hosts", report.hosts.count), "from": ends.first,
        "to": ends.last,
      ])
  }

  var lead: String {
    let errors = report.hosts.count { $0.count(.error) > 0 }
    let warnings = report.hosts.count { $0.count(.error) == 0 && $0.count(.warning) > 0 }
    let snapshots = report.hosts.reduce(0) { $0 + $1.night.snapshots.count }
    return texts(
      "hosts.lead",
      [
        "snapshots": texts.counted("unit.snapshots", snapshots),
        "hosts": texts.counted("unit.hosts", errors), "warnings": Quantity.count(warnings),
      ])
  }

  static func worst(_ host: FleetHost) -> String {
    guard let first = host.night.findings.first else { return "" }
    let service = first.service.safeToShow
    return first.kind.rawValue + (service.isEmpty ? "" : " (\(service))")
  }

  func text(_ outlier: FleetOutlier) -> String {
    let key =
      switch outlier.figure {
      case "sockets": "hosts.outlier.sockets"
      case "retransmitted_per_mille": "hosts.outlier.repeats"
      default: "hosts.outlier.state"
      }
    return texts(
      key,
      [
        "host": outlier.host.safeToShow, "value": Quantity.count(outlier.value),
        "state": outlier.figure, "count": String(outlier.hosts),
        "services": outlier.services.prefix(3).joined(separator: ", ").safeToShow,
        "median": Quantity.count(outlier.median),
      ])
  }

  func end(_ end: FleetLink.End, port: UInt16? = nil) -> String {
    let place = end.host.safeToShow + (port.map { ":\($0)" } ?? "")
    return end.process.map { texts("hosts.end", ["process": $0.safeToShow, "place": place]) }
      ?? place
  }

  /// Who waits for whom, in a few words; empty where nobody does.
  func waits(_ link: FleetLink) -> String {
    FleetLink.Wait.allCases.compactMap { wait in
      guard let count = link.waits[wait] else { return nil }
      return switch wait {
      case .serverDoesNotClose: texts.counted("hosts.wait.serverDoesNotClose", count)
      case .clientDoesNotClose: texts.counted("hosts.wait.clientDoesNotClose", count)
      case .synUnanswered: texts.counted("hosts.wait.synUnanswered", count)
      case .serverDoesNotAccept: texts.counted("hosts.wait.serverDoesNotAccept", count)
      }
    }
    .joined(separator: "; ")
  }
}
