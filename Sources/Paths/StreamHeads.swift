import Support
import TCPModel

/// What connections of one point begin with: enough to know again a connection that carries the same bytes.
struct StreamHeads {
  private(set) var all: [StreamHead] = []
  private var place: [Int32: Int32] = [:]

  mutating func note(
    _ segment: Segment, sight: Int, client: End, ordinal: Int64, _ payloads: SegmentPayloads
  ) {
    guard segment.payloadLength > 0 else { return }
    let key = Int32(truncatingIfNeeded: sight)
    let index: Int
    if let known = place[key] {
      index = Int(known)
    } else {
      index = all.count
      place[key] = Int32(truncatingIfNeeded: index)
      all.append(StreamHead(sight: key))
    }
    let side: Side = segment.from == client ? .client : .server
    if all[index].isFull(side) { return }
    let bytes = payloads.bytes(
      at: segment.payloadAddress,
      count: min(Int(segment.capturedLength), Int(segment.payloadLength)))
    all[index].note(segment, side, ordinal: ordinal, bytes)
  }
}

/// The first bytes of both sides of a connection, as hashes.
struct StreamHead: BitwiseCopyable {
  /// After so many bytes a hash is kept.
  static let marks: InlineArray<5, Int> = [32, 64, 128, 256, 512]
  /// Payloads looked at for a ClientHello: what comes before it is said to the relay alone.
  private static let greetings: UInt8 = 8

  let sight: Int32
  private(set) var ends = PerSide<Half>(both: Half())
  /// Of a ClientHello (RFC 8446 4.1.2), wherever it begins a segment; 0 where there is none.
  private(set) var random: UInt64 = 0
  /// Of the method and the target without scheme and host (RFC 9112 3.2); 0 where there is no request.
  private(set) var request: UInt64 = 0

  struct Half: BitwiseCopyable {
    fileprivate var hashes = InlineArray<5, UInt64>(repeating: 0)
    fileprivate var running: UInt64 = 0xCBF2_9CE4_8422_2325
    fileprivate(set) var count = 0
    fileprivate var next: UInt32 = 0
    fileprivate var payloads: UInt8 = 0
    /// A byte of it was not captured, so that no more is known.
    fileprivate var isEnded = false
    /// Of the first payload.
    fileprivate(set) var time: Int64 = 0
    fileprivate(set) var ordinal: Int64 = 0
    fileprivate(set) var place = FramePlace(capture: 0, frame: 0)

    var isEmpty: Bool { payloads == 0 }

    /// The hash of the first 32 bytes.
    var shortest: UInt64? { count >= StreamHead.marks[0] ? hashes[0] : nil }

    /// Whether what both know is the same; nil where that is nothing.
    func agrees(with other: Half) -> Bool? {
      var known = false
      for index in hashes.indices {
        guard min(count, other.count) >= StreamHead.marks[index] else { break }
        if hashes[index] != other.hashes[index] { return false }
        known = true
      }
      // Whole streams that are shorter than the next mark.
      if !isEnded, !other.isEnded, count == other.count, count > 0 {
        return running == other.running
      }
      return known ? true : nil
    }
  }

  init(sight: Int32) {
    self.sight = sight
  }

  func isFull(_ side: Side) -> Bool {
    let half = side == .client ? ends.client : ends.server
    return (half.isEnded || half.count >= StreamHead.marks[4])
      && (side == .server || random != 0 || half.payloads >= StreamHead.greetings)
  }

  mutating func note(
    _ segment: Segment, _ side: Side, ordinal: Int64, _ bytes: UnsafeRawBufferPointer
  ) {
    let sequence = segment.sequence.rawValue
    if ends[side].isEmpty {
      ends[side].time = segment.time.nanoseconds
      ends[side].ordinal = ordinal
      ends[side].place = FramePlace(capture: segment.capture, frame: segment.frame)
      ends[side].next = sequence
    }
    // Out of order, or sent again: what is missing may come.
    guard sequence == ends[side].next else { return }
    ends[side].next = sequence &+ segment.payloadLength
    if ends[side].payloads < .max { ends[side].payloads += 1 }
    if side == .client {
      if random == 0 { random = Self.helloRandom(bytes) }
      if request == 0, ends.client.payloads <= Self.greetings { request = Self.requestLine(bytes) }
    }
    guard !ends[side].isEnded else { return }
    ends[side].add(bytes)
    if bytes.count < Int(segment.payloadLength) { ends[side].isEnded = true }
  }

  /// Record type 22, handshake type 1; the random follows a length and two versions.
  private static func helloRandom(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    guard bytes.count >= 43, bytes[0] == 22, bytes[1] == 3, bytes[5] == 1 else { return 0 }
    return hash(bytes[11..<43], 1)
  }

  /// `GET http://host/path HTTP/1.1` to a proxy is `GET /path HTTP/1.1` behind it.
  private static func requestLine(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let line = bytes.prefix(512)
    guard let end = line.firstIndex(of: 13), let gap = line[..<end].firstIndex(of: 32),
      (3...8).contains(gap), line[..<gap].allSatisfy({ (65...90).contains($0) }),
      let last = line[..<end].lastIndex(of: 32), last > gap + 1,
      line[(last + 1)..<end].starts(with: Array("HTTP/1.".utf8))
    else { return 0 }
    var target = line[(gap + 1)..<last]
    if target.starts(with: Array("http://".utf8)) {
      guard let slash = target.dropFirst(7).firstIndex(of: 47) else { return 0 }
      target = target[slash...]
    }
    guard target.first == 47 else { return 0 }
    return hash(target, hash(line[..<gap], 2))
  }

  private static func hash(_ bytes: Slice<UnsafeRawBufferPointer>, _ seed: UInt64) -> UInt64 {
    max(1, bytes.reduce(seed) { FoldedHash.fold($0, UInt64($1) &+ 1) })
  }
}

extension StreamHead.Half {
  fileprivate mutating func add(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes.prefix(StreamHead.marks[4] - count) {
      running = FoldedHash.fold(running, UInt64(byte) &+ 1)
      count += 1
      for index in hashes.indices where count == StreamHead.marks[index] {
        hashes[index] = running
      }
    }
  }
}
