/// A secret made from the bytes of captures, for `AddressPseudonyms`.
///
/// Every byte counts. Made slow on purpose: who knows all of a capture but some addresses needs a
/// million steps for each guess, not one.
public struct DerivedSecret: Sendable {
  private var lanes: (UInt64, UInt64) = (0x7463_7074_696D_656C, 0x696E_6520_7365_6564)

  /// Steps between two guesses: 30 ms, measured on one core.
  private static let steps = 1 << 20

  public init() {}

  /// Appends a piece; where pieces begin and end counts too.
  public mutating func append(_ piece: UnsafeRawBufferPointer) {
    var first = SipHash(key: lanes)
    var second = SipHash(key: (lanes.1, ~lanes.0))
    let whole = piece.count / 8 * 8
    for offset in stride(from: 0, to: whole, by: 8) {
      let word = UInt64(littleEndian: piece.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      first.append(word)
      second.append(word)
    }
    var last = UInt64(truncatingIfNeeded: piece.count) << 56
    for offset in whole..<piece.count { last |= UInt64(piece[offset]) << (8 * (offset - whole)) }
    lanes = (first.finish(last), second.finish(last))
  }

  /// Sixteen bytes.
  public func secret() -> [UInt8] {
    var (left, right) = lanes
    for step in 0..<Self.steps {
      var hash = SipHash(key: (left, right))
      hash.append(UInt64(step))
      left = hash.finish(8 << 56)
      (left, right) = (right, left)
    }
    return [left, right].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
    }
  }
}
