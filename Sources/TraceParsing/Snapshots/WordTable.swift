/// Words of up to 24 bytes to what they mean, without making a `String`.
struct WordTable<Meaning: BitwiseCopyable>: ~Copyable {
  private struct Entry: BitwiseCopyable {
    var word = PackedWord()
    /// All bits of the word's bytes.
    var mask = PackedWord()
    /// nil marks an empty slot.
    var meaning: Meaning?
    /// Bytes of the word.
    var count: UInt8 = 0
    /// The word ends with a colon, behind which its value begins.
    var isKey = false
    /// The slot of the word that followed this one last.
    var next: UInt8 = 0
    /// 1 for a word that is passed over, value and all; 2 where that is the next word; else 0.
    var ignored: UInt8 = 0

    /// Whether the word begins here.
    @inline(__always)
    func isPrefix(of text: UnsafePointer<UInt8>) -> Bool {
      word.isEqual(to: text, in: mask, count: Int(count))
    }
  }

  /// Half full, and small enough to stay in the first-level cache.
  private let entries: UnsafeMutableBufferPointer<Entry>
  /// The slot of the word that was met last.
  private var last = 0

  /// - Parameter ignored: How many words are passed over where one is met: 0, 1 or 2.
  init(_ spellings: [(StaticString, Meaning)], ignored: (Meaning) -> UInt8 = { _ in 0 }) {
    var size = 1
    while size < 2 * spellings.count { size *= 2 }
    entries = .allocate(capacity: size)
    entries.initialize(repeating: Entry())
    for (text, meaning) in spellings {
      var entry = Entry(word: PackedWord(text), meaning: meaning)
      entry.mask = PackedWord(bitsOf: text.utf8CodeUnitCount)
      entry.count = UInt8(truncatingIfNeeded: text.utf8CodeUnitCount)
      entry.ignored = ignored(meaning)
      entry.isKey = text.utf8Start[text.utf8CodeUnitCount - 1] == UInt8(ascii: ":")
      var slot = entry.word.hash & (size - 1)
      while entries[slot].meaning != nil { slot = (slot + 1) & (size - 1) }
      entries[slot] = entry
    }
  }

  deinit {
    entries.deallocate()
  }

  /// What these bytes mean. The memory behind them must be readable (`InputWindow.padding`).
  @inline(__always)
  func meaning(of start: UnsafePointer<UInt8>, count: Int) -> Meaning? {
    slot(of: start, count: count).flatMap { entries[$0].meaning }
  }

  /// What the word or the key under the cursor means; the cursor moves behind it.
  ///
  /// Rows have the same words in much the same order: the one that followed last time is tried
  /// before any other, which takes a quarter of the time.
  @inline(__always)
  mutating func next(_ cursor: inout ByteCursor) -> Meaning? {
    let start = cursor.position
    let expected = entries[Int(entries[last].next)]
    if expected.count > 0, expected.isPrefix(of: start) {
      cursor.position = start + Int(expected.count)
      if cursor.position <= cursor.end, expected.isKey || cursor.isAtBlank {
        last = Int(entries[last].next)
        return expected.meaning
      }
    }
    cursor.position = start
    cursor.skipKey()
    guard let slot = slot(of: start, count: cursor.position - start) else { return nil }
    entries[last].next = UInt8(truncatingIfNeeded: slot)
    last = slot
    return entries[slot].meaning
  }

  /// Moves over ignored words that come in the order of last time. Half the words are such, and a
  /// loop that looks at nothing else takes half as long for them.
  mutating func skipIgnored(_ cursor: inout ByteCursor) {
    var place = cursor
    var slot = last
    while true {
      let following = Int(entries[slot].next)
      let expected = entries[following]
      place.skipBlanks()
      guard expected.ignored > 0, expected.isPrefix(of: place.position) else { break }
      place.position += Int(expected.count)
      guard place.position <= place.end, expected.isKey || place.isAtBlank else { break }
      if expected.ignored == 2 {
        place.skipBlanks()
        if place.isAtEnd { break }
      }
      place.skipToBlank()
      cursor.position = place.position
      slot = following
    }
    last = slot
  }

  @inline(__always)
  private func slot(of start: UnsafePointer<UInt8>, count: Int) -> Int? {
    guard count > 0, count <= 24 else { return nil }
    let word = PackedWord(start, count: count)
    var slot = word.hash & (entries.count &- 1)
    while entries[slot].meaning != nil {
      if entries[slot].word == word { return slot }
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

  init(bitsOf count: Int) {
    first = PackedWord.mask(count)
    second = count > 8 ? PackedWord.mask(count - 8) : 0
    third = count > 16 ? PackedWord.mask(count - 16) : 0
  }

  /// Compares the bytes that `mask` covers.
  @inline(__always)
  func isEqual(to text: UnsafePointer<UInt8>, in mask: PackedWord, count: Int) -> Bool {
    let raw = UnsafeRawPointer(text)
    var difference = raw.loadUnaligned(as: UInt64.self) & mask.first ^ first
    difference |= raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self) & mask.second ^ second
    if count > 16 {
      difference |= raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self) & mask.third ^ third
    }
    return difference == 0
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
