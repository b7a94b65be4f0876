import TCPModel

/// Several snapshot files as one series of snapshots in the order of time.
///
///     let series = try SnapshotSeries(files)
///     while let snapshot = try series.next(into: &batch) {
///       repeat { night.ingest(batch.span, batch.names) } while try series.read(into: &batch)
///     }
///
/// Every file is opened twice, to see when it begins and to read it, and is open only between its
/// first and its last snapshot. Files with several snapshots are merged without reordering any.
public final class SnapshotSeries {
  private let sources: [SnapshotSource]
  private var current: SnapshotSource?

  /// A file and what reports call it.
  public struct File: Sendable, Hashable {
    public var name: String
    public var path: String

    public init(name: String, path: String) {
      self.name = name
      self.path = path
    }
  }

  /// Which file could not be read, and why.
  public struct Failure: Error, Sendable, Hashable {
    public var name: String
    public var error: CaptureError
  }

  /// Looks at the beginning of every file.
  public init(_ files: [File], keeping details: KeptDetails = .all) throws(Failure) {
    var sources: [SnapshotSource] = []
    for file in files {
      do {
        sources.append(try SnapshotSource(file, keeping: details))
      } catch {
        throw Failure(name: file.name, error: error)
      }
    }
    self.sources = sources
  }

  /// The files as the report lists them; whole after the last snapshot.
  public var files: [CaptureInfo] { sources.map(\.info) }

  /// The snapshot at hand; its counts are whole once its sockets have been read.
  public var snapshot: SnapshotInfo? { current?.snapshot }

  /// Moves on to the next snapshot and replaces the batch by its first sockets, of which there may
  /// be none; nil after the last one. The batch must be the same one on every call.
  public func next(into batch: inout SocketBatch) throws(Failure) -> SnapshotInfo? {
    while try read(into: &batch) {}
    current = nil
    // Equal times keep the order of the files.
    for source in sources where source.isDue(before: current) { current = source }
    guard let current else { return nil }
    do {
      return try current.begin(&batch)
    } catch {
      throw Failure(name: current.file.name, error: error)
    }
  }

  /// Replaces the batch by more sockets of the snapshot; false when there are no more.
  public func read(into batch: inout SocketBatch) throws(Failure) -> Bool {
    batch.removeAll()
    guard let current else { return false }
    do {
      return try current.read(into: &batch)
    } catch {
      throw Failure(name: current.file.name, error: error)
    }
  }
}

/// A file on its way through the series.
private final class SnapshotSource {
  let file: SnapshotSeries.File
  private let details: KeptDetails
  private var reader: SnapshotReader?
  /// Sockets that were read and belong to a later snapshot than the one at hand.
  private var waiting: [SocketSample] = []
  /// Snapshots begun so far.
  private var begun = 0
  /// Of the next snapshot; nil at the end.
  private var nextTime: Timestamp?
  private(set) var info: CaptureInfo

  init(_ file: SnapshotSeries.File, keeping details: KeptDetails) throws(CaptureError) {
    self.file = file
    self.details = details
    var reader = try SnapshotReader(path: file.path, name: file.name, keeping: details)
    var batch = SocketBatch()
    // The first rows decide which line, if any, dates the first snapshot.
    _ = try reader.read(into: &batch)
    info = reader.info
    nextTime = SnapshotSource.time(reader.snapshots[0])
  }

  var snapshot: SnapshotInfo? { reader?.snapshots[begun - 1] ?? last }

  /// What `snapshot` is after the file was closed.
  private var last: SnapshotInfo?

  func isDue(before other: SnapshotSource?) -> Bool {
    guard let nextTime else { return false }
    guard let otherTime = other?.nextTime else { return true }
    return nextTime < otherTime
  }

  func begin(_ batch: inout SocketBatch) throws(CaptureError) -> SnapshotInfo? {
    if reader == nil {
      reader = try SnapshotReader(path: file.path, name: file.name, keeping: details)
    }
    begun += 1
    _ = try read(into: &batch)
    return snapshot
  }

  func read(into batch: inout SocketBatch) throws(CaptureError) -> Bool {
    if waiting.isEmpty {
      guard try reader?.read(into: &batch) ?? false else {
        finish()
        return false
      }
      if Int(batch.span[0].snapshot) == begun - 1 { return true }
      batch.move(to: &waiting)
    }
    guard Int(waiting[0].snapshot) == begun - 1 else {
      // The snapshot at hand is over; what follows waits for its turn.
      nextTime = SnapshotSource.time(reader?.snapshots[begun])
      return false
    }
    batch.replace(by: waiting)
    waiting.removeAll(keepingCapacity: true)
    return true
  }

  /// No sockets are left; snapshots without any may be.
  private func finish() {
    guard let snapshots = reader?.snapshots, let whole = reader?.info else { return }
    if begun < snapshots.count {
      nextTime = SnapshotSource.time(snapshots[begun])
      return
    }
    last = snapshots[begun - 1]
    info = whole
    nextTime = nil
    reader = nil
  }

  /// A snapshot without a time comes first.
  private static func time(_ snapshot: SnapshotInfo?) -> Timestamp? {
    snapshot.map { $0.time ?? Timestamp(nanoseconds: .min) }
  }
}
