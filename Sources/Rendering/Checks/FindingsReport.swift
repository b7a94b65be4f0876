import TCPModel

/// What a format for the checks of others is made from: the findings, and which kinds were looked for.
struct FindingsReport {
  /// Names of the inputs.
  var inputs: [String]
  /// All that could have been found, in their order.
  var kinds: [FindingKind]
  var findings: [Finding]
  var start: Timestamp?
  var end: Timestamp?

  init(_ header: ReportHeader) {
    inputs = header.captures.map(\.path)
    // What snapshots over time show has a report of its own.
    kinds = FindingKind.ofCaptures
    findings = header.findings
    start = header.summary.start
    end = header.summary.end
  }

  init(_ night: NightReport) {
    inputs = night.files.map(\.path)
    kinds = FindingKind.ofNights
    findings = night.findings
    start = night.start
    end = night.end
  }

  /// Kinds that were found all the same belong to the list.
  var allKinds: [FindingKind] {
    let more = Set(findings.map(\.kind)).subtracting(kinds)
    return FindingKind.allCases.filter { kinds.contains($0) || more.contains($0) }
  }
}

/// Writes findings alone: no connection is listed.
struct FindingsWriter: ReportWriter {
  let make: @Sendable (FindingsReport) -> [UInt8]

  mutating func begin(_ header: ReportHeader, to output: inout ByteWriter) {
    output.append(make(FindingsReport(header)))
  }

  mutating func write(_ connection: Connection, to output: inout ByteWriter) {}
  mutating func end(to output: inout ByteWriter) {}
}

extension OutputFormat {
  /// A format that holds findings alone.
  static func ofFindings(
    _ name: String, endings: [String], make: @escaping @Sendable (FindingsReport) -> [UInt8]
  ) -> OutputFormat {
    var format = OutputFormat(name, endings: endings)
    format.showsFindings = true
    format.isData = true
    format.connections = .each(need: .summary) { _ in FindingsWriter(make: make) }
    format.night = { night, _, output throws(RenderingFailure) in
      output.append(make(FindingsReport(night)))
      return []
    }
    return format
  }
}
