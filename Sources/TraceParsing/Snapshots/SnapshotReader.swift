import Glibc
import TCPModel

/// Reads a file of socket snapshots, `ss` output or `/proc/net/tcp[6]`, as batches of sockets.
///
///     var reader = try SnapshotReader(path: "1791763203_ss-tanoipem.txt")
///     var batch = SocketBatch()
///     while try reader.read(into: &batch) { night.ingest(batch.span, batch.names) }
///
/// One file may hold several snapshots, and rows of other protocols, which are counted. A damaged
/// line is counted and passed over; only a file that is no snapshot at all throws.
public struct SnapshotReader: ~Copyable {
  /// What a line may have: process lists of 64 KiB names, a few thousand workers on a socket.
  private static let maximumLine = 1 << 20

  private let path: String
  private var window: InputWindow
  private var parser: SnapshotParser
  /// What the file's first lines say of its host.
  let byteOrder: ProcByteOrder
  private var isFinished = false
  private var endsInsideLine = false

  /// Opens a file ("-" is standard input) and makes sure that it is a snapshot.
  ///
  /// - Parameters:
  ///   - name: What reports call it, and what may give its time; else the path.
  ///   - details: What is read of a socket.
  public init(
    path: String, name: String? = nil, keeping details: KeptDetails = .all
  ) throws(CaptureError) {
    try self.init(path: path, name: name, keeping: details, services: .system)
  }

  init(
    path: String, name: String? = nil, keeping details: KeptDetails = .all,
    isBigEndian: Bool? = nil, services: ServiceTable = .system,
    windowCapacity: Int = InputWindow.defaultCapacity
  ) throws(CaptureError) {
    var window = try InputWindow(path: path, capacity: windowCapacity)
    try SnapshotFormat.fillHead(&window)
    let head = window.bytes.withUnsafeBytes { UnsafeRawBufferPointer($0) }
    guard let (format, prefix) = SnapshotFormat.find(head) else {
      throw CaptureError(.notACapture, .file, offset: 0, SnapshotFormat.problem(of: head))
    }
    // Of a pipe, or of its copy, the time says nothing.
    let isPipe = (name ?? path) == "-"
    var parser = SnapshotParser(
      path: name ?? path,
      dating: SnapshotDating(
        path: name ?? path,
        modificationTime: isPipe ? nil : SnapshotReader.modificationTime(path)),
      services: services, keeping: details)
    parser.ensureSnapshot(format)
    // All fields are set together, below: set here and read again, the optimiser ends the function here.
    let order = ProcByteOrder(head)
    parser.prefix = prefix
    parser.nameHost(in: head)
    parser.rows.hasBigEndianWords = isBigEndian ?? order.isBigEndian
    if head.starts(with: SnapshotFormat.byteOrderMark) {
      window.advance(by: SnapshotFormat.byteOrderMark.count)
    }
    byteOrder = order
    self.path = name ?? path
    self.window = window
    self.parser = parser
  }

  /// The snapshots met so far; whole once `read` has returned false. `SocketSample.snapshot` counts
  /// them.
  public var snapshots: [SnapshotInfo] { parser.snapshots }

  /// The host that the file's first line names, or that stands before every line.
  var host: String? { parser.host }

  /// Words that are not known to belong to a socket: how many there were, and examples with their
  /// numbers.
  public var unknownTokens: (count: Int64, examples: [String: Int64]) {
    (parser.rows.unknown.count, parser.rows.unknown.examples)
  }

  /// The file as the report lists it.
  public var info: CaptureInfo {
    var info = CaptureInfo(path: path, format: parser.snapshots.first?.source ?? .ss)
    info.bytes = window.fileOffset
    info.compression = window.compression
    info.firstTime = parser.snapshots.compactMap(\.time).min()
    info.lastTime = parser.snapshots.compactMap(\.time).max()
    info.isTruncated = endsInsideLine
    for snapshot in parser.snapshots {
      info.skipped.merge(snapshot.skipped) { $0 + $1 }
    }
    info.warnings = warnings
    info.unknownWords.count = parser.rows.unknown.count
    info.unknownWords.examples = Array(parser.rows.unknown.examples.keys.sorted().prefix(5))
    return info
  }

  private var warnings: [String] {
    var warnings: [String] = []
    if let damage = window.damage {
      warnings.append("\(damage.message); what came before it was read")
    }
    if window.offset == 0, isFinished {
      warnings.append("the file is empty: no sockets, or nothing was written")
    }
    if endsInsideLine {
      warnings.append("the file ends inside line \(parser.lineNumber)")
    }
    if let line = lineOfTimeThatGoesBack {
      warnings.append("the time goes back at line \(line); the snapshots keep their order")
    }
    warnings += parser.zones.warnings
    return warnings
  }

  /// Where a snapshot is older than the one before it in the file.
  private var lineOfTimeThatGoesBack: UInt32? {
    for (before, snapshot) in zip(parser.snapshots, parser.snapshots.dropFirst()) {
      if let time = before.time, let next = snapshot.time, next < time { return snapshot.firstLine }
    }
    return nil
  }

  /// Replaces the batch by the next sockets, all of one snapshot; false when there are no more.
  public mutating func read(into batch: inout SocketBatch) throws(CaptureError) -> Bool {
    batch.removeAll()
    while !isFinished, !isComplete(batch) {
      guard try window.fill(1) else {
        parser.finish(into: &batch)
        isFinished = true
        if !endsInsideLine, let problem = parser.problem {
          throw CaptureError(.notACapture, .file, offset: 0, problem)
        }
        break
      }
      try readLines(into: &batch)
    }
    return batch.count > 0
  }

  /// Full, or the next row belongs to another snapshot.
  private func isComplete(_ batch: borrowing SocketBatch) -> Bool {
    guard batch.count > 0 else { return false }
    return batch.isFull || Int(batch.span[0].snapshot) < parser.snapshots.count - 1
  }

  /// Reads the whole lines in the window, and asks for more bytes where a line goes on behind it.
  private mutating func readLines(into batch: inout SocketBatch) throws(CaptureError) {
    // The window's memory stays where it is until the next `fill`.
    let bytes = window.bytes.withUnsafeBytes { UnsafeRawBufferPointer($0) }
    guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    let end = start + bytes.count
    var position = start
    while position < end, !isComplete(batch) {
      guard let feed = memchr(position, 0x0A, end - position) else { break }
      let lineEnd = UnsafeRawPointer(feed).assumingMemoryBound(to: UInt8.self)
      parser.parse(ByteCursor(position: position, end: lineEnd), into: &batch)
      position = lineEnd + 1
    }
    let used = position - start
    window.advance(by: used)
    if used == 0 { try readLongLine(into: &batch) }
  }

  /// The line does not end inside the window: get it whole, or the last one of a file without a
  /// line feed, or pass over one that is too long to be true.
  private mutating func readLongLine(into batch: inout SocketBatch) throws(CaptureError) {
    let available = window.available
    if available < SnapshotReader.maximumLine {
      _ = try window.fill(min(available * 2, SnapshotReader.maximumLine))
      if window.available > available { return }
      let bytes = window.bytes.withUnsafeBytes { UnsafeRawBufferPointer($0) }
      guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
      parser.parse(ByteCursor(position: start, end: start + bytes.count), into: &batch)
      endsInsideLine = true
      window.advance(by: bytes.count)
      return
    }
    parser.skipLongLine(into: &batch)
    while try window.fill(1) {
      let bytes = window.bytes.withUnsafeBytes { UnsafeRawBufferPointer($0) }
      if let feed = bytes.firstIndex(of: 0x0A) {
        window.advance(by: feed + 1)
        return
      }
      window.advance(by: bytes.count)
    }
  }

  private static func modificationTime(_ path: String) -> Timestamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let (seconds, overflow) = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(
      by: 1_000_000_000)
    return overflow ? nil : Timestamp(nanoseconds: seconds &+ Int64(status.st_mtim.tv_nsec))
  }
}
