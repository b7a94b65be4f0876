import Support
import TCPModel

/// Threads that correlate what the caller's thread reads, each the flows of its share.
///
/// The caller copies segments into a ring of chunks; every thread goes through every chunk, in
/// order. Each has two counts: chunks that are filled and not done, and chunks it is done with. The
/// threads begin with the first full chunk, so that a small capture needs none.
final class CorrelatorTeam {
  /// A chunk of 300 KB fits the second-level cache, and is worth waking a thread for.
  private static let chunkLength = 2048
  private static let chunkCount = 8

  private let crew: [Crew]
  private let chunks: [Chunk]
  private var current = 0
  private var isStarted = false

  /// Unchecked: the caller writes to it while every member is done with it, and the members read it
  /// when they were told that it is filled; the semaphores order the two.
  fileprivate final class Chunk: @unchecked Sendable {
    let segments = UnsafeMutablePointer<Segment>.allocate(capacity: CorrelatorTeam.chunkLength)
    var count = 0
    /// Of those segments.
    var payloads = SegmentPayloads()
    /// The number of its first segment.
    var first: Int64 = 0

    deinit { segments.deallocate() }

    var room: Int { CorrelatorTeam.chunkLength - count }

    /// Large payloads fill it before segments do: 2 MB of them.
    var isFull: Bool { room == 0 || payloads.buffers.count >= 8 }

    func removeAll() {
      count = 0
      payloads.removeAll()
    }
  }

  /// A thread's part, with what it is told and tells.
  ///
  /// Unchecked: `member` is the thread's until `finish` has waited for it, then the caller's until the
  /// next chunk; `isOver` is set before the last `filled`, `thread` is the caller's alone.
  fileprivate final class Crew: @unchecked Sendable {
    let member: CorrelatorMember
    let chunks: [Chunk]
    let filled = Semaphore(0)
    let done = Semaphore(UInt32(CorrelatorTeam.chunkCount))
    var thread: WorkerThread?
    var isOver = false

    init(_ member: CorrelatorMember, _ chunks: [Chunk]) {
      self.member = member
      self.chunks = chunks
    }

    func run() {
      var next = 0
      while true {
        filled.wait()
        if isOver { return }
        take(chunks[next])
        done.post()
        next = (next + 1) % chunks.count
      }
    }

    func take(_ chunk: Chunk) {
      let segments = UnsafeBufferPointer(start: chunk.segments, count: chunk.count)
      member.flows.ingest(segments.span, chunk.payloads, first: chunk.first)
    }
  }

  init(_ members: [CorrelatorMember]) {
    let chunks = (0..<CorrelatorTeam.chunkCount).map { _ in Chunk() }
    self.chunks = chunks
    crew = members.map { Crew($0, chunks) }
  }

  deinit {
    for one in crew {
      one.isOver = true
      one.filled.post()
    }
    for one in crew { one.thread?.join() }
  }

  func ingest(_ segments: Span<Segment>, _ payloads: SegmentPayloads) {
    segments.withUnsafeBufferPointer { segments in
      guard let base = segments.baseAddress else { return }
      var next = 0
      while next < segments.count {
        let chunk = chunks[current]
        let length = min(chunk.room, segments.count - next)
        (chunk.segments + chunk.count).update(from: base + next, count: length)
        chunk.count += length
        chunk.payloads.hold(payloads)
        next += length
        if chunk.isFull { publish() }
      }
    }
  }

  /// Waits until everything is done. More may follow.
  func finish() {
    if !isStarted {
      for one in crew { one.take(chunks[current]) }
      chunks[current].first += Int64(chunks[current].count)
      chunks[current].removeAll()
      return
    }
    publish()
    for one in crew where one.thread != nil {
      // Together with the one for the chunk that is being filled these are all.
      for _ in 1..<chunks.count { one.done.wait() }
      for _ in 1..<chunks.count { one.done.post() }
    }
  }

  /// Hands the current chunk out, and takes the next one when everybody is done with it.
  private func publish() {
    if !isStarted { start() }
    let end = chunks[current].first + Int64(chunks[current].count)
    for one in crew where one.thread != nil { one.filled.post() }
    for one in crew where one.thread == nil { one.take(chunks[current]) }
    current = (current + 1) % chunks.count
    for one in crew where one.thread != nil { one.done.wait() }
    chunks[current].first = end
    chunks[current].removeAll()
  }

  /// Where the system gives no thread, the caller's does that part.
  private func start() {
    isStarted = true
    for one in crew {
      // The first chunk was taken without asking.
      one.done.wait()
      one.thread = WorkerThread { one.run() }
    }
  }
}
