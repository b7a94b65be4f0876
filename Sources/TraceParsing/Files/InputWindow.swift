import Glibc
import TCPModel

/// A file or pipe, seen through a buffer that moves along it.
///
/// Not mapped memory: a mapped file that shrinks kills the process (SIGBUS). A file, a pipe and a
/// device are read the same way, and memory stays constant. What is left of a record at the
/// buffer's end is moved to its beginning before the next read.
struct InputWindow: ~Copyable {
  /// Bytes read at once. Measured on 437 MB from the page cache: beyond the second-level cache the
  /// copy costs more (2 MiB +10 %, 4 MiB +15 %); mapping the file instead +30 %.
  static let defaultCapacity = 256 * 1024
  /// Memory behind `bytes` that may be loaded, whatever it holds: a reader of text takes eight bytes
  /// at a time.
  static let padding = 32

  private let descriptor: Int32
  /// What `bytes` lie in.
  private(set) var buffer: PayloadBuffer
  /// Others that were in use once.
  private var spares: [PayloadBuffer] = []
  private var base: UnsafeMutableRawPointer { buffer.base }
  private var capacity: Int { buffer.byteCount - InputWindow.padding }
  private var start = 0
  private var end = 0
  private var isAtEnd = false
  /// Bytes of a file that is not compressed from here on are not there.
  private var limit = Int64.max
  private var decompressor: Decompressor?
  /// Why the compressed data ended; what came before is good.
  private(set) var damage: CaptureError?
  /// Where `bytes` begins, from the beginning of the file.
  private(set) var offset: Int64 = 0

  /// "-" is standard input.
  init(path: String, capacity: Int = InputWindow.defaultCapacity) throws(CaptureError) {
    if path == "-" {
      descriptor = STDIN_FILENO
    } else {
      descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        throw InputWindow.cannotOpen(errno)
      }
      if InputWindow.kind(of: descriptor) == S_IFDIR {
        close(descriptor)
        throw InputWindow.cannotOpen(EISDIR)
      }
    }
    buffer = PayloadBuffer(byteCount: max(capacity, 1) + InputWindow.padding)
  }

  deinit {
    if descriptor != STDIN_FILENO { close(descriptor) }
  }

  /// What was read and not yet used.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let unread = UnsafeRawBufferPointer(start: base + start, count: end - start).bytes
      return _overrideLifetime(unread, borrowing: self)
    }
  }

  var available: Int { end - start }

  /// Bytes of a regular file, now; nil for a pipe or a device.
  var fileSize: Int64? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int64(status.st_size)
  }

  var compression: CaptureInfo.Compression {
    // A switch, not `map`: the decompressor is not copyable.
    switch decompressor {
    case .some(let decompressor): decompressor.compression
    case .none: .none
    }
  }

  /// Bytes of the file that were used, as they lie there, compressed or not.
  var fileOffset: Int64 {
    switch decompressor {
    case .some(let decompressor): decompressor.fileOffset
    case .none: offset
    }
  }

  /// From here on `bytes` are what the compressed bytes of the file stand for. Nothing may have
  /// been used yet.
  mutating func decompress(_ compression: CaptureInfo.Compression) {
    decompressor = Decompressor(compression, start: bytes)
    start = 0
    end = 0
    isAtEnd = false
  }

  /// Nothing is read from `limit` on, until a higher one is set.
  mutating func setLimit(_ limit: Int64) throws(CaptureError) {
    self.limit = limit
    isAtEnd = false
    let beyond = offset &+ Int64(available) &- limit
    guard beyond > 0 else { return }
    // It will be read again.
    end -= min(Int(clamping: beyond), available)
    try moveFile(to: offset &+ Int64(available))
  }

  /// Everything before the limit was read, and the file goes on behind it.
  var isAtLimit: Bool {
    offset &+ Int64(available) >= limit && limit < fileSize ?? 0
  }

  mutating func advance(by count: Int) {
    let used = min(count, available)
    start += used
    offset += Int64(used)
  }

  /// Reads until at least `needed` bytes are there; false when the file ends before.
  mutating func fill(_ needed: Int) throws(CaptureError) -> Bool {
    while available < needed {
      if isAtEnd { return false }
      makeRoom(for: needed)
      try readOnce()
    }
    return true
  }

  /// Moves past `count` bytes, which need not fit the buffer; false when the file ends before.
  mutating func skip(_ count: Int64) throws(CaptureError) -> Bool {
    var rest = count
    if limit != .max { try setLimit(max(limit, offset &+ count)) }
    while rest > Int64(available) {
      rest -= Int64(available)
      advance(by: available)
      if try !fill(1) { return false }
    }
    advance(by: Int(rest))
    return true
  }

  /// How reading stops where the file has less than the next record needs.
  func end(inside part: String, needed: Int) -> ReadStop {
    if let damage {
      return .damaged(
        ReadStop.Damage(layer: .compression, offset: damage.offset, text: damage.message))
    }
    if available == 0 { return .end }
    return .cut(
      ReadStop.Cut(
        part: part, offset: offset, needed: Int64(needed), available: Int64(available)))
  }

  /// Continues at `position`, which only a file can do. Compressed data are read from the
  /// beginning again where the position lies behind.
  mutating func seek(to position: Int64) throws(CaptureError) {
    let isCompressed = compression != .none
    if !isCompressed || position < offset {
      try moveFile(to: isCompressed ? 0 : position)
      decompressor?.restart()
      offset = isCompressed ? 0 : position
      start = 0
      end = 0
      isAtEnd = false
      damage = nil
    }
    guard try skip(position - offset) else {
      throw damage
        ?? CaptureError(
          .readFailed, .file, offset: offset,
          "the file became shorter while it was read (byte offset \(offset))")
    }
  }

  private func moveFile(to position: Int64) throws(CaptureError) {
    guard Int64(lseek(descriptor, off_t(position), SEEK_SET)) == position else {
      throw CaptureError(
        .readFailed, .file, offset: position,
        "cannot be read again from byte offset \(position) (\(systemReason(errno)))")
    }
  }

  private mutating func makeRoom(for needed: Int) {
    if !isKnownUniquelyReferenced(&buffer) {
      moveOn(for: needed)
    } else if start > 0 {
      base.copyMemory(from: base + start, byteCount: available)
      end -= start
      start = 0
    }
    guard needed > capacity else { return }
    let larger = PayloadBuffer(byteCount: needed + InputWindow.padding)
    larger.base.copyMemory(from: base, byteCount: end)
    buffer = larger
  }

  /// Somebody still needs what was read: what is left goes on elsewhere.
  private mutating func moveOn(for needed: Int) {
    var next: PayloadBuffer?
    for index in spares.indices where isKnownUniquelyReferenced(&spares[index]) {
      next = spares.remove(at: index)
      break
    }
    // One that is smaller than what is needed is given up.
    let least = max(capacity, needed) + InputWindow.padding
    let other = next.flatMap { $0.byteCount >= least ? $0 : nil } ?? PayloadBuffer(byteCount: least)
    let count = available
    other.base.copyMemory(from: base + start, byteCount: count)
    spares.append(buffer)
    buffer = other
    start = 0
    end = count
  }

  private mutating func readOnce() throws(CaptureError) {
    let count: Int
    let (place, room) = (base + end, capacity - end)
    if decompressor == nil {
      let position = offset + Int64(available)
      count = try readBytes(
        descriptor, into: place, capacity: min(room, Int(clamping: max(0, limit &- position))),
        at: position)
    } else {
      do {
        count =
          try decompressor?.read(from: descriptor, into: place, capacity: room) ?? 0
      } catch {
        guard error.layer == .compression else { throw error }
        damage = error
        count = 0
      }
    }
    end += count
    isAtEnd = count == 0
  }

  private static func kind(of descriptor: Int32) -> mode_t? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  private static func cannotOpen(_ code: Int32) -> CaptureError {
    CaptureError(.cannotOpen, .file, offset: 0, "cannot be opened (\(systemReason(code)))")
  }
}
