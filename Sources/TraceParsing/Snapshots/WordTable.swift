/// Words of up to 24 bytes to what they mean, without making a `String`: three loads, one
/// multiplication.
struct WordTable<Meaning: BitwiseCopyable>: ~Copyable {
  private struct Entry: BitwiseCopyable {
    var word = PackedWord()
    /// nil marks an empty slot.
    var meaning: Meaning?
  }

  /// Half full, and small enough to stay in the first-level cache.
  private let entries: UnsafeMutableBufferPointer<Entry>

  init(_ spellings: [(StaticString, Meaning)]) {
    var size = 1
    while size < 2 * spellings.count { size *= 2 }
    entries = .allocate(capacity: size)
    entries.initialize(repeating: Entry())
    for (text, meaning) in spellings {
      let word = PackedWord(text)
      var slot = word.hash & (size - 1)
      while entries[slot].meaning != nil { slot = (slot + 1) & (size - 1) }
      entries[slot] = Entry(word: word, meaning: meaning)
    }
  }

  deinit {
    entries.deallocate()
  }

  /// What these bytes mean. The memory behind them must be readable (`InputWindow.padding`).
  @inline(__always)
  subscript(start: UnsafePointer<UInt8>, count: Int) -> Meaning? {
    guard count > 0, count <= 24 else { return nil }
    let word = PackedWord(start, count: count)
    var slot = word.hash & (entries.count &- 1)
    while let meaning = entries[slot].meaning {
      if entries[slot].word == word { return meaning }
      slot = (slot &+ 1) & (entries.count &- 1)
    }
    return nil
  }
}

/// 24 bytes, zero behind the end. No key has a zero byte, so equal words are equal texts.
private struct PackedWord: BitwiseCopyable, Equatable {
  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var third: UInt64 = 0

  init() {}

  init(_ text: StaticString) {
    var bytes = Array(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    let count = bytes.count
    bytes += Array(repeating: 0, count: InputWindow.padding)
    self = bytes.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { PackedWord($0, count: count) } ?? PackedWord()
    }
  }

  @inline(__always)
  init(_ start: UnsafePointer<UInt8>, count: Int) {
    let raw = UnsafeRawPointer(start)
    first = raw.loadUnaligned(as: UInt64.self) & PackedWord.mask(count)
    if count > 8 {
      second = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self) & PackedWord.mask(count &- 8)
    }
    if count > 16 {
      third = raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self) & PackedWord.mask(count &- 16)
    }
  }

  @inline(__always)
  private static func mask(_ count: Int) -> UInt64 {
    let used = count >= 8 ? UInt64.max : (1 << UInt64(8 &* count)) &- 1
    return UInt64(littleEndian: used)
  }

  @inline(__always)
  var hash: Int {
    let mixed = (first ^ second &* 0x9E37_79B9 ^ third) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed >> 48)
  }
}
