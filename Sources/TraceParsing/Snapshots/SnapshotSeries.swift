import Support
import TCPModel

/// Several snapshot files as one series of snapshots in the order of time.
///
///     let series = try SnapshotSeries<SocketSample>(files)
///     while let snapshot = try series.next() {
///       while try series.read() { join.ingest(series.rows.span, series.names) }
///     }
///
/// Every file is opened twice, to see when it begins and to read it, and is open only between its
/// first and its last snapshot. Files with several snapshots are merged without reordering any.
/// Several threads read several files at a time; the series is the same for every number of them.
public final class SnapshotSeries<Row: SocketRow> {
  /// The sockets that `read` brought, in the order of the file.
  public private(set) var rows: [Row] = []
  /// The texts and process lists that the sockets so far refer to.
  public private(set) var names = SocketNames()
  /// The snapshot at hand; its counts are whole once its sockets have been read.
  public private(set) var snapshot: SnapshotInfo?

  /// Files of a folder that are no snapshots after all.
  public private(set) var passedOver: [SnapshotFailure] = []

  private var sources: [SnapshotSource]
  /// Of each file's next snapshot, where there is one.
  private var due: [Timestamp]
  /// The files in the order of their first snapshots.
  private let order: [Int]
  /// In `order`, of the first file that was not begun.
  private var unbegun = 0
  /// Files that were begun and have more snapshots; of a night's files hardly any.
  private var begun: [Int] = []
  private let readers: SnapshotReaders<Row>
  /// The file of the snapshot at hand, until its last rows were given out.
  private var current: Int?
  /// The first piece of the snapshot at hand, until it is asked for.
  private var first: SnapshotPiece<Row>?

  /// Looks at the beginning of every file.
  ///
  /// - Parameters:
  ///   - details: What is read of each socket.
  ///   - threads: How many read, beside the caller's that takes the sockets; 1 is the caller's own
  ///     alone.
  public init(
    _ files: [SnapshotFile], keeping details: KeptDetails = .all, threads: Int = 1
  ) throws(SnapshotFailure) {
    let named = files
    var files: [SnapshotFile] = []
    var sources: [SnapshotSource] = []
    var due: [Timestamp] = []
    var orders: [String: ProcByteOrder] = [:]
    for file in named {
      let (info, time, order): (CaptureInfo, Timestamp, ProcByteOrder)
      do {
        (info, time, order) = try SnapshotSeries.look(at: file, details)
      } catch {
        guard file.isFromFolder, passedOver.count + 1 < named.count else { throw error }
        passedOver.append(error)
        continue
      }
      files.append(file)
      sources.append(SnapshotSource(file: file, info: info))
      due.append(time)
      orders[file.host, default: order].add(order)
    }
    for index in files.indices { files[index].isBigEndian = orders[files[index].host]?.isBigEndian }
    let order = due.indices.sorted { SnapshotSeries.isDue($0, before: $1, due) }
    self.sources = sources
    self.due = due
    self.order = order
    readers = SnapshotReaders(files, keeping: details, threads: threads, order: order)
  }

  /// Equal times keep the order of the files.
  private static func isDue(_ place: Int, before other: Int, _ due: [Timestamp]) -> Bool {
    due[place] == due[other] ? place < other : due[place] < due[other]
  }

  /// The first rows decide which line, if any, dates the first snapshot.
  private static func look(
    at file: SnapshotFile, _ details: KeptDetails
  ) throws(SnapshotFailure) -> (CaptureInfo, Timestamp, ProcByteOrder) {
    do {
      var reader = try SnapshotReader(path: file.path, name: file.name, keeping: details)
      var batch = SocketBatch()
      _ = try reader.read(into: &batch)
      return (reader.info, reader.snapshots[0].dueTime, reader.byteOrder)
    } catch {
      throw SnapshotFailure(name: file.name, error: error)
    }
  }

  /// The files as the report lists them; whole after the last snapshot.
  public var files: [CaptureInfo] { sources.map(\.info) }

  /// Moves on to the next snapshot, whose sockets `read` brings; nil after the last one.
  public func next() throws(SnapshotFailure) -> SnapshotInfo? {
    while try read() {}
    guard let place = takeEarliest() else { return nil }
    current = place
    first = try take(from: place)
    snapshot = first?.begun
    return snapshot
  }

  /// Replaces the rows by more sockets of the snapshot; false when there are no more.
  public func read() throws(SnapshotFailure) -> Bool {
    readers.reuse(&rows)
    while let place = current, rows.isEmpty {
      var piece: SnapshotPiece<Row>
      if let first {
        piece = first
        self.first = nil
      } else {
        piece = try take(from: place)
      }
      swap(&rows, &piece.rows)
      if let whole = piece.whole {
        snapshot = whole
        current = nil
        if let time = piece.nextTime {
          due[place] = time
          begun.append(place)
        }
        if let info = piece.file { sources[place].info = info }
      }
    }
    return !rows.isEmpty
  }

  private func takeEarliest() -> Int? {
    let new = unbegun < order.count ? order[unbegun] : nil
    let inside = begun.indices.min { SnapshotSeries.isDue(begun[$0], before: begun[$1], due) }
    if let inside, new.map({ SnapshotSeries.isDue(begun[inside], before: $0, due) }) ?? true {
      return begun.remove(at: inside)
    }
    if new != nil { unbegun += 1 }
    return new
  }

  private func take(from place: Int) throws(SnapshotFailure) -> SnapshotPiece<Row> {
    var piece = readers.take(from: place)
    if let error = piece.failure {
      throw SnapshotFailure(name: sources[place].file.name, error: error)
    }
    sources[place].numbers.add(piece.names, to: &names)
    Row.renumber(&piece.rows, by: sources[place].numbers)
    return piece
  }
}

/// A file on its way through a series.
private struct SnapshotSource {
  let file: SnapshotFile
  var numbers = NameNumbers()
  var info: CaptureInfo
}

extension SnapshotInfo {
  /// A snapshot without a time comes first.
  var dueTime: Timestamp { time ?? Timestamp(nanoseconds: .min) }
}
