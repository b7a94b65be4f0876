import Support
import TCPModel

/// JSON by hand: 0.2 us an object against `JSONEncoder`'s 2.8, and one order of keys.
extension ByteWriter {
  @inline(__always)
  mutating func openObject() { open(UInt8(ascii: "{")) }
  @inline(__always)
  mutating func closeObject() { close(UInt8(ascii: "}")) }
  @inline(__always)
  mutating func openArray() { open(UInt8(ascii: "[")) }
  @inline(__always)
  mutating func closeArray() { close(UInt8(ascii: "]")) }

  @inline(__always)
  private mutating func open(_ bracket: UInt8) {
    reserve(2)
    putComma()
    put(bracket)
    needsComma = false
  }

  @inline(__always)
  private mutating func close(_ bracket: UInt8) {
    byte(bracket)
    needsComma = true
  }

  private mutating func comma() {
    reserve(1)
    putComma()
  }

  @inline(__always)
  private mutating func putComma() {
    if needsComma { put(UInt8(ascii: ",")) }
    needsComma = true
  }

  /// Into room that is reserved: the key's length and four bytes.
  @inline(__always)
  private mutating func putKey(_ name: StaticString) {
    putComma()
    put(UInt8(ascii: "\""))
    put(name)
    put("\":")
  }

  /// Writes `"name":`, with the comma before it where one is due.
  @inline(__always)
  mutating func key(_ name: StaticString) {
    reserve(name.utf8CodeUnitCount + 4)
    putKey(name)
    needsComma = false
  }

  mutating func null() {
    comma()
    literal("null")
  }

  @inline(__always)
  mutating func value(_ value: Int64) {
    reserve(Self.numberLength + 1)
    putComma()
    put(value)
  }

  mutating func value(_ value: Bool) {
    comma()
    if value { literal("true") } else { literal("false") }
  }

  mutating func value(_ time: Timestamp) {
    comma()
    byte(UInt8(ascii: "\""))
    self.time(time)
    byte(UInt8(ascii: "\""))
  }

  mutating func value(_ address: IPAddress) {
    comma()
    byte(UInt8(ascii: "\""))
    self.address(address)
    byte(UInt8(ascii: "\""))
  }

  /// Begins a number that the caller writes.
  mutating func openNumber() { comma() }

  /// Begins a string whose bytes, all safe, are written by the caller.
  mutating func openText() {
    comma()
    byte(UInt8(ascii: "\""))
  }

  mutating func closeText() {
    byte(UInt8(ascii: "\""))
  }

  /// A string of our own, which needs no escapes.
  @inline(__always)
  mutating func value(plain text: String) {
    reserve(2)
    putComma()
    put(UInt8(ascii: "\""))
    self.text(text)
    byte(UInt8(ascii: "\""))
  }

  /// A string from anywhere.
  mutating func value(_ text: String) {
    comma()
    byte(UInt8(ascii: "\""))
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
      self.text(text)
    } else {
      for scalar in text.unicodeScalars { escaped(scalar) }
    }
    byte(UInt8(ascii: "\""))
  }

  private mutating func escaped(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": literal("\\\"")
    case "\\": literal("\\\\")
    case "\n": literal("\\n")
    case "\r": literal("\\r")
    case "\t": literal("\\t")
    default:
      if scalar.isUnsafeToShow {
        // Two beyond the first plane (RFC 8259, 7).
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
          literal("\\u")
          for shift in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: (unit >> UInt16(shift)) & 0xF)
            byte(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
          }
        }
      } else {
        for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { byte(unit) }
      }
    }
  }

  // Inlined, so that the key with its punctuation is a few moves of what the compiler knows: as calls,
  // the members of a connection took 11,000 of 83,000 instructions and copying the keys 6,000.
  @inline(__always)
  mutating func member(_ name: StaticString, _ value: Int64) {
    reserve(name.utf8CodeUnitCount + 4 + Self.numberLength)
    putKey(name)
    put(value)
  }

  @inline(__always)
  mutating func member(_ name: StaticString, _ value: Int64?) {
    reserve(name.utf8CodeUnitCount + 4 + Self.numberLength)
    putKey(name)
    if let value { put(value) } else { put("null") }
  }

  @inline(__always)
  mutating func member(_ name: StaticString, _ value: Bool) {
    reserve(name.utf8CodeUnitCount + 4 + 5)
    putKey(name)
    if value { put("true") } else { put("false") }
  }

  mutating func member(_ name: StaticString, _ time: Timestamp?) {
    key(name)
    if let time { value(time) } else { null() }
  }

  @inline(__always)
  mutating func member(_ name: StaticString, plain text: String?) {
    key(name)
    if let text { value(plain: text) } else { null() }
  }

  mutating func member(_ name: StaticString, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  mutating func member(_ name: StaticString, _ numbers: some Sequence<Int64>) {
    key(name)
    openArray()
    for number in numbers { value(number) }
    closeArray()
  }

  mutating func member(_ name: StaticString, _ texts: [String]) {
    key(name)
    openArray()
    for text in texts { value(text) }
    closeArray()
  }

  /// A member whose name is not known to the compiler.
  mutating func member(named name: String, _ value: Int64) {
    key(named: name)
    self.value(value)
  }

  mutating func member(named name: String, _ text: String) {
    key(named: name)
    value(text)
  }

  mutating func key(named name: String) {
    value(name)
    literal(":")
    needsComma = false
  }

  /// Counts by name, in the order of the names.
  mutating func member(_ name: StaticString, _ counts: [String: Int64]) {
    key(name)
    openObject()
    for (name, count) in counts.sorted(by: { $0.key < $1.key }) { member(named: name, count) }
    closeObject()
  }
}
