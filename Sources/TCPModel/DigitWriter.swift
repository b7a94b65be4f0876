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
    let end = count + max(width, DigitWriter.digitCount(of: value))
    var rest = value
    var position = end
    // Two digits a division: the next one need not wait for each.
    while position - 2 >= count {
      let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
      let (tens, ones) = pair.quotientAndRemainder(dividingBy: 10)
      buffer[position - 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: ones)
      buffer[position - 2] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: tens)
      rest = quotient
      position -= 2
    }
    if position > count {
      position -= 1
      buffer[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
    }
    count = end
  }

  /// How many decimal digits the number has, by halves: no loop, no table.
  private static func digitCount(of value: UInt64) -> Int {
    var rest = value
    var digits = 1
    if rest >= 10_000_000_000_000_000 {
      rest /= 10_000_000_000_000_000
      digits += 16
    }
    if rest >= 100_000_000 {
      rest /= 100_000_000
      digits += 8
    }
    if rest >= 10_000 {
      rest /= 10_000
      digits += 4
    }
    return digits + (rest >= 1_000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
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
