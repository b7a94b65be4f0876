import Support
import TCPModel

/// The words that the first page of a fleet's night has in every format.
struct FleetWords {
  let report: FleetReport
  let clock: WallClock

  /// Rows of the first page that can still be read.
  static let linkLimit = 30
  static let outlierLimit = 30

  var title: String {
    guard let start = report.start, let end = report.end else { return "No snapshots" }
    return Quantity.counted(report.hosts.count, "host")
      + " from \(clock.span(start, end))"
  }

  var lead: String {
    let errors = report.hosts.count { $0.count(.error) > 0 }
    let warnings = report.hosts.count { $0.count(.error) == 0 && $0.count(.warning) > 0 }
    let snapshots = report.hosts.reduce(0) { $0 + $1.night.snapshots.count }
    return "\(Quantity.counted(snapshots, "snapshot")); errors on "
      + "\(Quantity.counted(errors, "host")), warnings alone on \(Quantity.count(warnings))"
  }

  static func worst(_ host: FleetHost) -> String {
    guard let first = host.night.findings.first else { return "" }
    let service = first.service.safeToShow
    return first.kind.rawValue + (service.isEmpty ? "" : " (\(service))")
  }

  static func text(_ outlier: FleetOutlier) -> String {
    let figure =
      outlier.figure == "sockets"
      ? "sockets at once"
      : outlier.figure == "retransmitted_per_mille"
        ? "of 1,000 segments sent again" : "sockets in \(outlier.figure)"
    let services = outlier.services.prefix(3).joined(separator: ", ").safeToShow
    return
      "\(outlier.host.safeToShow): \(Quantity.count(outlier.value)) \(figure), where the median"
      + " of \(outlier.hosts) hosts with \(services) is \(Quantity.count(outlier.median))"
  }

  static func end(_ end: FleetLink.End, port: UInt16? = nil) -> String {
    let place = end.host.safeToShow + (port.map { ":\($0)" } ?? "")
    return end.process.map { "\($0.safeToShow) on \(place)" } ?? place
  }

  /// Who waits for whom, in a few words; empty where nobody does.
  static func waits(_ link: FleetLink) -> String {
    FleetLink.Wait.allCases.compactMap { wait in
      guard let count = link.waits[wait] else { return nil }
      return switch wait {
      case .serverDoesNotClose: "the server leaves \(Quantity.count(count)) unclosed"
      case .clientDoesNotClose: "the client leaves \(Quantity.count(count)) unclosed"
      case .synUnanswered: "\(Quantity.count(count)) SYNs are not answered"
      case .serverDoesNotAccept: "\(Quantity.count(count)) wait to be accepted"
      }
    }
    .joined(separator: "; ")
  }
}
