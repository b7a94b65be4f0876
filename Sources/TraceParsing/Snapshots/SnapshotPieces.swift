import Support
import TCPModel

/// Sockets of one snapshot, in the order of its file.
struct SnapshotPiece<Row: SocketRow>: Sendable {
  /// The snapshot, with its first piece.
  var begun: SnapshotInfo?
  var rows: [Row]
  /// Names that no piece of the file had before.
  var names = NameAdditions()
  /// The snapshot, whole, with its last piece.
  var whole: SnapshotInfo?
  /// The time of the file's next snapshot, with the last piece of this one.
  var nextTime: Timestamp?
  /// The whole file, with its last piece.
  var file: CaptureInfo?
  /// Why the file cannot be read on.
  var failure: CaptureError?

  var isLast: Bool { file != nil || failure != nil }
}

/// Reads a file of snapshots piece by piece.
struct SnapshotPieces<Row: SocketRow>: ~Copyable {
  /// Rows of a piece: what the second-level cache holds.
  static var length: Int { max(SocketBatch.size, (128 << 10) / MemoryLayout<Row>.stride) }

  private var reader: SnapshotReader
  private var batch = SocketBatch()
  private var isStarted = false
  /// Snapshots begun so far.
  private var begun = 0
  private var isInside = false

  init(_ file: SnapshotFile, keeping details: KeptDetails) throws(CaptureError) {
    reader = try SnapshotReader(
      path: file.path, name: file.name, keeping: details, isBigEndian: file.isBigEndian)
  }

  /// The next piece; there must be one.
  ///
  /// - Parameter rows: An empty array, whose memory is used again.
  mutating func next(_ rows: [Row]) -> SnapshotPiece<Row> {
    var piece = SnapshotPiece(rows: rows)
    do {
      try fill(&piece)
    } catch {
      piece.failure = error
    }
    piece.names = batch.takeAdditions()
    return piece
  }

  private mutating func fill(_ piece: inout SnapshotPiece<Row>) throws(CaptureError) {
    if !isStarted {
      isStarted = true
      _ = try reader.read(into: &batch)
    }
    if !isInside {
      isInside = true
      begun += 1
      piece.begun = reader.snapshots[begun - 1]
    }
    while hasRows, piece.rows.count < Self.length {
      Row.append(batch.span, to: &piece.rows)
      _ = try reader.read(into: &batch)
    }
    if hasRows { return }
    isInside = false
    piece.whole = reader.snapshots[begun - 1]
    if begun < reader.snapshots.count {
      piece.nextTime = reader.snapshots[begun].dueTime
    } else {
      piece.file = reader.info
    }
  }

  /// The sockets at hand belong to the snapshot that was begun last.
  private var hasRows: Bool { batch.count > 0 && Int(batch.span[0].snapshot) == begun - 1 }
}
