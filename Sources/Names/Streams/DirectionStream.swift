import TCPModel

/// One direction's bytes in the order of the stream, whatever the order and the borders of segments.
///
/// Bytes that nobody needs are not kept, and need not be there. Others wait, at most `limit` of them:
/// for the rest of what they belong to, or for what lies before them.
struct DirectionStream {
  static let limit = 16 * 1024
  private static let pieceLimit = 64

  private struct Piece {
    var sequence: UInt32
    var bytes: [UInt8]
    var length: UInt32
    var arrival: Arrival
  }

  /// The sequence number of the next byte in order; nil before the first one.
  private var next: UInt32?
  /// From there on, so many bytes tell nothing.
  private var skipped: Int64 = 0
  /// What the parser has seen without being done with it; from `next` backwards.
  private(set) var waiting: [UInt8] = []
  private(set) var waitingSince = Arrival(at: 0, frame: 0)
  private var early: [Piece] = []
  private var earlyBytes = 0
  private(set) var isStopped = false
  /// Bytes that were needed are missing.
  private(set) var isBroken = false
  /// Where the next message begins was not captured: it is looked for at the beginning of each segment.
  private(set) var isLost = false
  /// Bytes of segments that have begun with none since then.
  private var lost: Int64 = 0
  /// A sender begins a segment with a message sooner: what it sent at once goes out in so few of them.
  private static let longestLost: Int64 = 64 * 1024

  /// - Parameter origin: The sequence number of the direction's first byte, where its SYN was seen.
  mutating func start(at origin: UInt32) {
    if next == nil { next = origin }
  }

  /// So much of the last message that is passed over is to come.
  var untilEnd: Int64 { max(0, skipped) }

  mutating func stop() {
    isStopped = true
    waiting = []
    early = []
    earlyBytes = 0
  }

  /// What waits is shown again, with the next bytes or at once, by `review`.
  ///
  /// - Parameters:
  ///   - length: Of the payload that was sent, of which `bytes` were captured.
  ///   - beginsMessage: Whether bytes look as a message begins, for a stream that is lost.
  ///   - parse: Is shown bytes in order.
  mutating func take(
    _ bytes: RawSpan, length: UInt32, sequence: UInt32, _ arrival: Arrival,
    beginsMessage: (RawSpan) -> Bool, _ parse: (RawSpan, Shown) -> Progress
  ) {
    guard !isStopped, length > 0 else { return }
    if isLost, !find(bytes, length: length, sequence: sequence, beginsMessage) { return }
    let start = next ?? sequence
    next = start
    deliver(bytes, length: length, sequence: sequence, arrival, parse)
    while !isStopped, let index = early.firstIndex(where: { isDue($0) }) {
      let piece = early.remove(at: index)
      earlyBytes -= piece.bytes.count
      deliver(
        piece.bytes.span.bytes, length: piece.length, sequence: piece.sequence, piece.arrival, parse
      )
    }
  }

  /// Whatever was missing, a segment that begins with a message is looked for from now on.
  ///
  /// - Returns: Whether none was missed for too long.
  mutating func lose() -> Bool {
    guard lost <= DirectionStream.longestLost else { return false }
    stop()
    isStopped = false
    isBroken = false
    isLost = true
    skipped = 0
    return true
  }

  /// Whether the stream can be followed again from this segment on.
  private mutating func find(
    _ bytes: RawSpan, length: UInt32, sequence: UInt32, _ beginsMessage: (RawSpan) -> Bool
  ) -> Bool {
    guard let next, Int32(bitPattern: sequence &- next) >= 0 else { return false }
    if beginsMessage(bytes) {
      isLost = false
      lost = 0
      self.next = sequence
      return true
    }
    lost += Int64(length)
    if lost > DirectionStream.longestLost {
      stop()
      isBroken = true
    }
    return false
  }

  /// Shows what waits to the parser again, which has learned something.
  mutating func review(_ parse: (RawSpan, Shown) -> Progress) {
    guard !isStopped, !waiting.isEmpty else { return }
    let bytes = waiting
    let since = waitingSince
    waiting = []
    consume(bytes.span.bytes, Shown(first: since, last: since), parse)
  }

  private func isDue(_ piece: Piece) -> Bool {
    guard let next else { return true }
    return Int64(Int32(bitPattern: piece.sequence &- next)) <= skipped
  }

  private mutating func deliver(
    _ bytes: RawSpan, length: UInt32, sequence: UInt32, _ arrival: Arrival,
    _ parse: (RawSpan, Shown) -> Progress
  ) {
    guard let start = next else { return }
    let ahead = Int64(Int32(bitPattern: sequence &- start))
    let end = ahead + Int64(length)
    guard end > 0 else { return }
    if ahead > skipped {
      keep(bytes, length: length, sequence: sequence, arrival)
      return
    }
    // Behind what is passed over or known already.
    let front = max(skipped, 0) - ahead
    if front >= Int64(length) {
      skipped -= end
      next = start &+ UInt32(truncatingIfNeeded: end)
      return
    }
    next = start &+ UInt32(truncatingIfNeeded: end)
    skipped = 0
    let captured = min(bytes.byteCount, Int(length))
    let missing = Int64(length) - Int64(max(captured, Int(front)))
    if front < Int64(captured) {
      show(
        bytes.extracting(Int(front)..<captured),
        Shown(first: arrival, last: arrival, isCut: missing > 0), parse)
    }
    if missing > 0, !isStopped { pass(over: missing) }
  }

  /// So many bytes were sent and not captured.
  private mutating func pass(over missing: Int64) {
    if !waiting.isEmpty || skipped < missing {
      isBroken = true
      isStopped = true
      early = []
      earlyBytes = 0
    } else {
      skipped -= missing
    }
  }

  private mutating func show(
    _ bytes: RawSpan, _ shown: Shown, _ parse: (RawSpan, Shown) -> Progress
  ) {
    if waiting.isEmpty {
      consume(bytes, shown, parse)
      return
    }
    guard waiting.count + bytes.byteCount <= DirectionStream.limit + Int(UInt16.max) else {
      stop()
      isBroken = true
      return
    }
    var whole = waiting
    waiting = []
    append(bytes, to: &whole)
    consume(
      whole.span.bytes, Shown(first: waitingSince, last: shown.last, isCut: shown.isCut), parse)
  }

  /// After a message in them, all bytes came with the last.
  private mutating func consume(
    _ bytes: RawSpan, _ shown: Shown, _ parse: (RawSpan, Shown) -> Progress
  ) {
    var shown = shown
    var place = 0
    while place < bytes.byteCount {
      let rest = bytes.extracting(place..<bytes.byteCount)
      switch parse(rest, shown) {
      case .used(let count):
        place += max(1, min(count, rest.byteCount))
        shown.first = shown.last
      case .skip(let count):
        let here = min(Int64(rest.byteCount), max(1, count))
        place += Int(here)
        skipped = max(0, count - here)
        shown.first = shown.last
      case .needsMore:
        guard rest.byteCount <= DirectionStream.limit else {
          stop()
          isBroken = true
          return
        }
        waitingSince = shown.first
        append(rest, to: &waiting)
        return
      case .stop:
        stop()
        return
      }
    }
  }

  private mutating func keep(
    _ bytes: RawSpan, length: UInt32, sequence: UInt32, _ arrival: Arrival
  ) {
    guard early.count < DirectionStream.pieceLimit,
      earlyBytes + bytes.byteCount <= DirectionStream.limit + Int(UInt16.max)
    else {
      isBroken = true
      isStopped = true
      early = []
      earlyBytes = 0
      return
    }
    var copy: [UInt8] = []
    append(bytes, to: &copy)
    earlyBytes += copy.count
    early.append(Piece(sequence: sequence, bytes: copy, length: length, arrival: arrival))
  }

  private func append(_ bytes: RawSpan, to list: inout [UInt8]) {
    bytes.withUnsafeBytes { list.append(contentsOf: $0) }
  }
}
