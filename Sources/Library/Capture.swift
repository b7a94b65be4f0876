internal import Correlation
internal import Rendering
internal import TCPModel
internal import Timeline
internal import TraceParsing

/// A capture file, read to its end and matched into connections.
///
/// Reading keeps what is known of each connection, not its segments: some kilobytes a connection,
/// however long the file is. ``diagram(of:_:)`` therefore reads the file again, which must not have
/// changed meanwhile.
public struct Capture: Sendable {
  /// The file, as it was named.
  public let path: String
  /// In the order of their first segments.
  public let connections: [Connection]
  /// What stands out, most serious first.
  public let findings: [Finding]
  /// One line each about what was wrong with the file and could be passed over.
  public let warnings: [String]

  private let summaries: [ConnectionSummary]
  private let header: ReportHeader

  /// Reads a pcap or pcapng file, plain or compressed with gzip, zstd or lz4.
  ///
  /// - Parameter path: Of the file, absolute or from the working directory on.
  /// - Throws: ``CaptureFailure/unreadable(path:reason:)`` where the file cannot be opened, is no
  ///   capture, or reading it fails midway. Damaged packets are no failure: they are left out, and
  ///   ``warnings`` tells of a file that is cut off.
  public init(path: String) throws(CaptureFailure) {
    var correlator = Correlator()
    let info = try Capture.read(path) { segments in
      correlator.ingest(segments)
      return true
    }
    correlator.finish()
    let summaries = (0..<correlator.count).map { correlator.summary(at: $0) }
    let found = FindingSearch.findings(
      in: Array(summaries.indices), of: correlator, [info.capture])
    self.path = path
    self.summaries = summaries
    connections = summaries.map(Connection.init)
    findings = found.findings.map(Finding.init)
    warnings = info.capture.remarks
    var header = ReportHeader(captures: [info.capture], summary: correlator.totals)
    header.names = info.names
    self.header = header
  }

  /// The sequence diagram of a connection as a standalone SVG document.
  ///
  /// - Parameters:
  ///   - id: A connection's ``Connection/id``.
  ///   - options: Language, colours and size.
  /// - Returns: UTF-8 text of at most some hundred kilobytes.
  /// - Throws: ``CaptureFailure/noSuchConnection(_:)``, or
  ///   ``CaptureFailure/unreadable(path:reason:)`` where the file cannot be read again, or
  ///   ``CaptureFailure/cannotDraw(_:reason:)`` where memory is short.
  public func diagram(
    of id: Int, _ options: DiagramOptions = DiagramOptions()
  ) throws(CaptureFailure) -> String {
    guard summaries.indices.contains(id &- 1) else { throw .noSuchConnection(id) }
    let summary = summaries[id - 1]
    var collector = DetailCollector([summary], keepsSegments: true)
    _ = try Capture.read(path) { segments in
      collector.ingest(segments)
      return segments.indices.last.map { segments[$0].frame < summary.lastFrame } ?? true
    }
    let report = SVGReport(header: header, options: options.drawing)
    do throws(RenderingFailure) {
      return String(decoding: try report.ladder(collector.connection(at: 0)), as: UTF8.self)
    } catch {
      throw .cannotDraw(id, reason: error.message)
    }
  }

  /// Reads until the body has seen enough.
  private static func read(
    _ path: String, _ take: (Span<Segment>) -> Bool
  ) throws(CaptureFailure) -> (capture: CaptureInfo, names: [IPAddress: String]) {
    do throws(CaptureError) {
      var reader = try CaptureReader(path: path)
      var batch = SegmentBatch()
      while try reader.read(into: &batch) { if !take(batch.span) { break } }
      return (reader.info, reader.names)
    } catch {
      throw .unreadable(path: path, reason: error.message)
    }
  }
}

/// Why a capture could not be read or drawn.
public enum CaptureFailure: Error, Sendable, Hashable {
  /// The file cannot be opened, is no capture, or reading it failed midway. The reason is one line.
  case unreadable(path: String, reason: String)
  /// The capture has no connection of this number.
  case noSuchConnection(Int)
  /// The picture of this connection cannot be made. The reason is one line.
  case cannotDraw(Int, reason: String)
}

extension CaptureFailure: CustomStringConvertible {
  /// One line: what is wrong, and where.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): \(reason)"
    case .noSuchConnection(let id): "there is no connection \(id)"
    case .cannotDraw(let id, let reason): "connection \(id): \(reason)"
    }
  }
}
