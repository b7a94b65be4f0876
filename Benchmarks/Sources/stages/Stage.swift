import Correlation
import Rendering
import TCPModel
import TraceParsing

/// A part of the work over a whole file. A later one of a capture includes `correlate`.
enum Stage: String, CaseIterable {
  /// Nothing: what the program costs without any work.
  case start
  /// Frames to segments.
  case decode
  /// Frames to connections, as of a large capture.
  case correlate
  /// The same and what limited the transfers, as of all others.
  case judge
  /// What is known of each connection.
  case describe
  /// A CSV row of each connection.
  case csv
  /// Everything that snapshots tell of a socket.
  case read
  /// What a night needs of a socket.
  case follow

  static let ofCaptures: [Stage] = [.decode, .correlate, .judge, .describe, .csv]
  static let ofSnapshots: [Stage] = [.read, .follow]

  /// What it is counted for.
  var unit: String {
    switch self {
    case .start: ""
    case .decode, .correlate, .judge: "segments"
    case .describe, .csv: "connections"
    case .read, .follow: "sockets"
    }
  }

  /// What has to be taken off its own cost.
  var before: Stage {
    switch self {
    case .start, .decode, .correlate, .read, .follow: .start
    case .judge: .correlate
    case .describe, .csv: .correlate
    }
  }

  /// Does it, and gives what it is counted for.
  ///
  /// - Parameter look: Called when all is done and nothing is given back yet.
  func run(_ path: String, look: () -> Void = {}) throws -> Int {
    switch self {
    case .start: return 0
    case .decode:
      return try Stage.segments(path) { _, _ in }
    case .correlate:
      var correlator = Correlator(measuresTransfers: false)
      let segments = try Stage.segments(path) { correlator.ingest($0, $1) }
      look()
      return segments
    case .judge:
      var correlator = Correlator()
      return try Stage.segments(path) { correlator.ingest($0, $1) }
    case .describe:
      var correlator = Correlator(measuresTransfers: false)
      _ = try Stage.segments(path) { correlator.ingest($0, $1) }
      return Stage.describe(correlator)
    case .csv:
      var correlator = Correlator(measuresTransfers: false)
      _ = try Stage.segments(path) { correlator.ingest($0, $1) }
      return Stage.rows(correlator)
    case .read: return try Stage.sockets(path, .all)
    case .follow: return try Stage.sockets(path, .lifecycle)
    }
  }

  private static func segments(
    _ path: String, _ take: (Span<Segment>, SegmentPayloads) -> Void
  ) throws -> Int {
    var reader = try CaptureReader(path: path)
    var batch = SegmentBatch()
    var segments = 0
    while try reader.read(into: &batch) {
      segments += batch.count
      take(batch.span, batch.payloads)
    }
    return segments
  }

  private static func describe(_ correlator: borrowing Correlator) -> Int {
    var connection = Connection()
    for index in 0..<correlator.count {
      correlator.describe(index, withLists: false, in: &connection)
    }
    return correlator.count
  }

  private static func rows(_ correlator: borrowing Correlator) -> Int {
    var connection = Connection()
    var output = ByteWriter()
    var writer = CSVReport()
    for index in 0..<correlator.count {
      correlator.describe(index, withLists: false, in: &connection)
      writer.write(connection, to: &output)
      if output.length > 1 << 20 { output.removeAll() }
    }
    return correlator.count
  }

  private static func sockets(_ path: String, _ details: KeptDetails) throws -> Int {
    var reader = try SnapshotReader(path: path, keeping: details)
    var batch = SocketBatch()
    var sockets = 0
    while try reader.read(into: &batch) { sockets += batch.count }
    return sockets
  }
}
