import Support
import TCPModel
import Timeline

extension OutputFormat {
  /// No kind of file: short lines for programs that read text, each with what to ask next.
  public static let brief = {
    var format = OutputFormat("brief", endings: ["brief"])
    format.showsFindings = true
    format.connections = .each(need: .summary) { _ in BriefReport() }
    return format
  }()
}

/// A report in few lines: what was captured, what stands out with the frames that show it, the first
/// connections, and the commands that tell more. Nothing of any payload.
public struct BriefReport: ReportWriter {
  private static let mostFindings = 12
  private static let mostConnections = 20
  private static let mostFrames = 6

  private var header = ReportHeader(captures: [], summary: TraceSummary())
  private var written = 0

  public init() {}

  public mutating func begin(_ header: ReportHeader, to output: inout ByteWriter) {
    self.header = header
    for capture in header.captures {
      var facts = ["\(Quantity.count(capture.tcpSegments)) TCP segments"]
      if let first = capture.firstTime, let last = capture.lastTime {
        facts.append(
          "\(Quantity.duration(last.since(first))) from \(WallClock.utc.instant(first, decimals: 6))"
        )
      }
      if let drops = capture.interfaceDrops, drops > 0 {
        facts.append("\(Quantity.count(drops)) packets dropped while capturing")
      }
      if capture.isTruncated { facts.append("ends cut off") }
      output.text("capture \(capture.path.safeToShow): \(facts.joined(separator: ", "))\n")
    }
    let summary = header.summary
    let outcomes = Outcome.allCases.compactMap { outcome in
      summary.byOutcome[outcome].map { "\(Quantity.count($0)) \(outcome.rawValue)" }
    }
    output.text(
      "connections \(Quantity.count(summary.connections)): \(outcomes.joined(separator: ", "))\n")
    if header.findings.isEmpty { output.literal("findings none\n") }
    for finding in header.findings.prefix(Self.mostFindings) { write(finding, to: &output) }
    if header.findings.count > Self.mostFindings {
      let rest = Quantity.count(header.findings.count - Self.mostFindings)
      output.text("\(rest) more findings: --format json\n")
    }
  }

  public mutating func write(_ connection: Connection, to output: inout ByteWriter) {
    written += 1
    guard written <= Self.mostConnections else { return }
    let summary = connection.summary
    var facts = [
      summary.outcome.rawValue, Quantity.duration(summary.duration),
      "frames \(summary.firstFrame)-\(summary.lastFrame)",
    ]
    if let rtt = summary.handshake.rtt { facts.append("rtt \(Quantity.duration(rtt))") }
    for side in Side.allCases where summary.traffic[side].payloadBytes > 0 {
      facts.append("\(side.name) sent \(Quantity.bytes(summary.traffic[side].payloadBytes))")
    }
    let repeats = Side.allCases.reduce(Int64(0)) {
      $0 &+ (summary.traffic[$1].retransmittedSegments ?? 0)
    }
    if repeats > 0 { facts.append("\(Quantity.count(repeats)) repeated") }
    output.text(
      "\(summary.id) \(header.text(of: .client, summary)) > \(header.text(of: .server, summary)): "
        + facts.joined(separator: ", ") + "\n")
  }

  public mutating func end(to output: inout ByteWriter) {
    if written > Self.mostConnections {
      let rest = Quantity.count(written - Self.mostConnections)
      output.text(
        "\(rest) more connections: --slowest N, --outcome NAME, --host ADDR, --connection"
          + " \(Self.mostConnections + 1)-\(2 * Self.mostConnections)\n")
    }
    guard let inputs else { return }
    let id = header.findings.first?.connections.first ?? 1
    output.text("next tcptimeline why \(inputs), tcptimeline \(inputs) --connection \(id)\n")
  }

  /// What was read, as it is typed.
  private var inputs: String? {
    let captures = header.captures.filter(\.format.isCapture).map(\.path.safeToShow)
    guard let first = captures.first else { return nil }
    guard let points = header.paths?.points, points.count > 1 else {
      return captures.count > 1 ? "\(first) .." : first
    }
    return points.enumerated().flatMap { place, point in
      point.captures.filter(captures.indices.contains).map { number in
        let ends = ["--client-capture ", "--server-capture "]
        return (points.count == 2 ? ends[place] : "--capture \(point.name.safeToShow)=")
          + captures[number]
      }
    }.joined(separator: " ")
  }

  private func write(_ finding: Finding, to output: inout ByteWriter) {
    var places: [String] = []
    if !finding.connections.isEmpty { places.append(list("connection", finding.connections)) }
    if !finding.frames.isEmpty { places.append(list("frame", finding.frames)) }
    let place = places.isEmpty ? "" : " [\(places.joined(separator: "; "))]"
    output.text(
      "\(finding.severity.rawValue) \(finding.kind.rawValue): \(finding.text.safeToShow)\(place)\n")
  }

  private func list<Number: BinaryInteger>(_ name: String, _ numbers: [Number]) -> String {
    let shown = numbers.prefix(Self.mostFrames).map { String($0) }.joined(separator: ", ")
    let rest = numbers.count - Self.mostFrames
    return "\(name)\(numbers.count > 1 ? "s" : "") \(shown)"
      + (rest > 0 ? " and \(Quantity.count(rest)) more" : "")
  }
}
