import Support
import TCPModel

/// Reads the files of a series, with threads that are ahead of the caller.
///
/// Every thread takes the next file in the order of time and reads it to its end. What is read and
/// not taken yet is limited, so memory does not grow with the files: then the threads wait, all but
/// one whose file the caller is waiting for. A file that no thread has taken is read by the caller
/// itself, so that files whose snapshots alternate never wait for each other.
final class SnapshotReaders<Row: SocketRow> {
  private let desk: ReadingDesk<Row>
  private var threads: [WorkerThread] = []

  init(_ files: [SnapshotFile], keeping details: KeptDetails, threads: Int, order: [Int]) {
    let count = threads > 1 ? min(threads, files.count) : 0
    desk = ReadingDesk(
      files.map { ReadingDesk.Queue($0, details) }, order: order, threads: count)
    for number in 0..<count {
      // Where the system gives no thread, the caller reads that file.
      guard let thread = WorkerThread({ [desk] in desk.work(number) }) else {
        desk.release(number)
        continue
      }
      self.threads.append(thread)
    }
  }

  deinit {
    desk.stop()
    for thread in threads { thread.join() }
  }

  /// The file's next piece; there must be one.
  func take(from place: Int) -> SnapshotPiece<Row> { desk.take(from: place) }

  /// Takes an array back for another piece.
  func reuse(_ rows: inout [Row]) {
    if rows.isEmpty { return }
    rows.removeAll(keepingCapacity: true)
    desk.reuse(&rows)
  }
}

/// What the threads and the caller share.
///
/// Unchecked: the monitor guards all that changes, but a queue's reader, which is used by who holds the
/// file and by nobody else, and that without the lock: reading is what the threads are for.
private final class ReadingDesk<Row: SocketRow>: @unchecked Sendable {
  /// A file, and what was read of it and not taken yet.
  final class Queue {
    enum Holder { case nobody, thread, caller }

    var holder = Holder.nobody
    private let file: SnapshotFile
    private let details: KeptDetails
    private var reader: SnapshotPieces<Row>?
    private var pieces: [SnapshotPiece<Row>] = []
    private var taken = 0

    init(_ file: SnapshotFile, _ details: KeptDetails) {
      self.file = file
      self.details = details
    }

    var isEmpty: Bool { taken == pieces.count }

    func append(_ piece: SnapshotPiece<Row>) { pieces.append(piece) }

    func removeFirst() -> SnapshotPiece<Row> {
      let piece = pieces[taken]
      pieces[taken].rows = []
      taken += 1
      if isEmpty {
        pieces.removeAll(keepingCapacity: true)
        taken = 0
      }
      return piece
    }

    /// Only for who holds the file.
    func read(_ rows: [Row]) -> SnapshotPiece<Row> {
      do throws(CaptureError) {
        if reader == nil { reader = try SnapshotPieces(file, keeping: details) }
      } catch {
        return SnapshotPiece(rows: [], failure: error)
      }
      let piece = reader?.next(rows) ?? SnapshotPiece(rows: [])
      if piece.isLast { reader = nil }
      return piece
    }
  }

  private let monitor = Monitor()
  private let queues: [Queue]
  private let order: [Int]
  /// In `order`, of the next file a thread takes.
  private var next: Int
  /// Rows that were read and not taken yet.
  private var waiting = 0
  private let limit: Int
  /// The file whose next piece the caller waits for.
  private var wanted: Int?
  private var spare: [[Row]] = []
  private var isOver = false

  /// Rows a thread may be ahead: more than most hosts have sockets; 4 MB of what a night keeps of
  /// them, 30 MB of whole samples.
  private static var lead: Int { 32_768 }

  init(_ queues: [Queue], order: [Int], threads: Int) {
    self.queues = queues
    self.order = order
    next = threads
    limit = threads * Self.lead
    // The caller must not be quicker than the threads and take their first files.
    for place in order.prefix(threads) { queues[place].holder = .thread }
  }

  /// A thread could not be made.
  func release(_ number: Int) {
    monitor.lock()
    queues[order[number]].holder = .nobody
    monitor.unlock()
  }

  func stop() {
    monitor.lock()
    isOver = true
    monitor.unlock()
    monitor.wakeAll()
  }

  func reuse(_ rows: inout [Row]) {
    monitor.lock()
    spare.append(rows)
    monitor.unlock()
    rows = []
  }

  func take(from place: Int) -> SnapshotPiece<Row> {
    let queue = queues[place]
    monitor.lock()
    if queue.holder == .nobody { queue.holder = .caller }
    if queue.holder == .caller {
      let rows = spare.popLast() ?? []
      monitor.unlock()
      return queue.read(rows)
    }
    if queue.isEmpty {
      wanted = place
      monitor.wakeAll()
      while queue.isEmpty { monitor.wait() }
      wanted = nil
    }
    let piece = queue.removeFirst()
    waiting -= ReadingDesk.weight(of: piece)
    monitor.unlock()
    monitor.wakeAll()
    return piece
  }

  /// A thread's work, from its first file on.
  func work(_ number: Int) {
    monitor.lock()
    var place: Int? = order[number]
    while let file = place {
      read(file)
      place = nextFile()
    }
    monitor.unlock()
  }

  private func nextFile() -> Int? {
    while !isOver, next < order.count {
      let place = order[next]
      next += 1
      if queues[place].holder != .nobody { continue }
      queues[place].holder = .thread
      return place
    }
    return nil
  }

  private func read(_ place: Int) {
    let queue = queues[place]
    while true {
      while !isOver, waiting >= limit, wanted != place { monitor.wait() }
      if isOver { return }
      let rows = spare.popLast() ?? []
      monitor.unlock()
      let piece = queue.read(rows)
      monitor.lock()
      queue.append(piece)
      waiting += ReadingDesk.weight(of: piece)
      monitor.wakeAll()
      if piece.isLast { return }
    }
  }

  /// Pieces without rows take memory, too.
  private static func weight(of piece: SnapshotPiece<Row>) -> Int { piece.rows.count + 16 }
}
