/// Bytes written field by field, for captures that no recording shows.
public struct Bytes {
  public var content: [UInt8] = []
  public var isBig = true

  public init(isBig: Bool = true) {
    self.isBig = isBig
  }

  public mutating func raw(_ bytes: some Sequence<UInt8>) { content.append(contentsOf: bytes) }

  public mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: isBig ? value.bigEndian : value.littleEndian) { raw($0) }
  }

  /// Numbers of four bytes, the least significant first.
  public static func words(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
  }

  public mutating func u8(_ value: Int) { integer(UInt8(truncatingIfNeeded: value)) }
  public mutating func u16(_ value: Int) { integer(UInt16(truncatingIfNeeded: value)) }
  public mutating func u32(_ value: Int) { integer(UInt32(truncatingIfNeeded: value)) }
  public mutating func u64(_ value: Int) { integer(UInt64(truncatingIfNeeded: value)) }
  public mutating func pad(to multiple: Int) {
    while content.count % multiple != 0 { content.append(0) }
  }
}

extension Bytes {
  /// The options of a pcapng block: code (2), length (2), value, padded to 4 bytes.
  public mutating func options(_ options: [(Int, [UInt8])]) {
    for (code, value) in options {
      u16(code)
      u16(value.count)
      raw(value)
      pad(to: 4)
    }
    if !options.isEmpty { u32(0) }
  }
}
