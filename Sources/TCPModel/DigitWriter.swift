/// Writes digits into memory that is known to be large enough; the way all fixed-size text is made.
public struct DigitWriter {
  private let buffer: UnsafeMutableBufferPointer<UInt8>
  public private(set) var count = 0

  public init(buffer: UnsafeMutableBufferPointer<UInt8>) {
    self.buffer = buffer
  }

  public mutating func byte(_ value: UInt8) {
    buffer[count] = value
    count += 1
  }

  public mutating func decimal(_ value: UInt64, width: Int = 1) {
    var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
    var rest = value
    var length = 0
    while rest > 0 || length < width {
      digits[length] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
      length += 1
    }
    while length > 0 {
      length -= 1
      byte(digits[length])
    }
  }

  /// Lower case, without leading zeros.
  public mutating func hexadecimal(_ value: UInt64) {
    var shift = value == 0 ? 0 : (63 - value.leadingZeroBitCount) / 4 * 4
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: (value >> UInt64(shift)) & 0xF)
      byte(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      shift -= 4
    }
  }
}
