import Support
import TCPModel

/// The figures of a night in Prometheus's text exposition format, version 0.0.4, for node_exporter's
/// textfile collector. Every metric is a gauge of the night that is over.
public struct PrometheusText {
  private struct Entry {
    var host: String
    var night: NightReport
  }

  private let hosts: [Entry]

  /// - Parameter host: nil where nothing names it.
  public init(host: String?, _ night: NightReport) {
    hosts = [Entry(host: host ?? "", night: night)]
  }

  public init(_ fleet: FleetReport) {
    hosts = fleet.hosts.map { Entry(host: $0.host.name, night: $0.night) }
      .sorted { $0.host < $1.host }
  }

  public func write(to output: inout ByteWriter) {
    metric("hosts", "Hosts in the report.", to: &output)
    sample("hosts", [], Int64(hosts.count), to: &output)
    each("snapshots", "Snapshots of the night.", to: &output) { entry in
      [([], Int64(entry.night.snapshots.count))]
    }
    each("start_time_seconds", "First instant of the night.", to: &output) { entry in
      entry.night.start.map { [([], Self.seconds($0))] } ?? []
    }
    each("end_time_seconds", "Last instant of the night.", to: &output) { entry in
      entry.night.end.map { [([], Self.seconds($0))] } ?? []
    }
    each("sockets_most", "The most sockets at once, by state.", to: &output) { entry in
      StateCounts.order.compactMap { state in
        let most = entry.night.instants.map { $0.byState[state] }.max() ?? 0
        return most > 0 ? ([("state", StateCounts.name(state))], most) : nil
      }
    }
    each("sockets_last", "Sockets at the last instant, by state.", to: &output) { entry in
      StateCounts.order.compactMap { state in
        let last = entry.night.instants.last?.byState[state] ?? 0
        return last > 0 ? ([("state", StateCounts.name(state))], last) : nil
      }
    }
    each("findings", "Findings, by kind, severity and service.", to: &output) { entry in
      var counts: [[String]: Int64] = [:]
      for finding in entry.night.findings {
        counts[
          [finding.kind.rawValue, finding.severity.rawValue, finding.service], default: 0] += 1
      }
      return counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, count in
        ([("kind", key[0]), ("severity", key[1]), ("service", key[2])], count)
      }
    }
    each("finding_nights", "Nights in a row that have a finding, with this one.", to: &output) {
      entry in
      (entry.night.comparison?.trends ?? []).map { trend in
        ([("kind", trend.kind.rawValue), ("service", trend.service)], Int64(trend.nights))
      }
    }
  }

  /// Rounded down.
  private static func seconds(_ time: Timestamp) -> Int64 {
    let second: Int64 = 1_000_000_000
    return time.nanoseconds / second - (time.nanoseconds % second < 0 ? 1 : 0)
  }

  private typealias Labels = [(name: String, value: String)]

  private func each(
    _ name: String, _ help: String, to output: inout ByteWriter,
    _ samples: (Entry) -> [(Labels, Int64)]
  ) {
    var isFirst = true
    for entry in hosts {
      for (labels, value) in samples(entry) {
        if isFirst { metric(name, help, to: &output) }
        isFirst = false
        sample(name, [("host", entry.host)] + labels, value, to: &output)
      }
    }
  }

  private func metric(_ name: String, _ help: String, to output: inout ByteWriter) {
    output.text("# HELP tcptimeline_night_\(name) \(help)\n")
    output.text("# TYPE tcptimeline_night_\(name) gauge\n")
  }

  private func sample(
    _ name: String, _ labels: Labels, _ value: Int64, to output: inout ByteWriter
  ) {
    output.text("tcptimeline_night_\(name)")
    if !labels.isEmpty {
      let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
      output.text("{\(pairs.joined(separator: ","))}")
    }
    output.text(" \(value)\n")
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(scalar.isUnsafeToShow ? "\u{FFFD}" : scalar)
      }
    }
    return escaped
  }
}
