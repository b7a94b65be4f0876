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

  /// At least `width` digits, with zeros in front where there are fewer.
  public mutating func decimal(_ value: UInt64, width: Int = 1) {
    if value < 100_000_000, width <= 8 {
      group(UInt32(truncatingIfNeeded: value), width: max(1, width))
      return
    }
    let (upper, lower) = value.quotientAndRemainder(dividingBy: 100_000_000)
    decimal(upper, width: width - 8)
    group(UInt32(truncatingIfNeeded: lower), width: 8)
  }

  /// A number below 10^8, without a loop or a branch on its digits: a row of sixty numbers of
  /// unlike lengths spent half its time in mispredicted ones.
  private mutating func group(_ value: UInt32, width: Int) {
    let digits = DigitWriter.digits(of: value)
    let zeros = min(digits.trailingZeroBitCount / 8, 8 - width)
    let text = (digits | 0x3030_3030_3030_3030) >> UInt64(zeros * 8)
    if buffer.count - count >= 8 {
      UnsafeMutableRawBufferPointer(buffer).storeBytes(
        of: text.littleEndian, toByteOffset: count, as: UInt64.self)
      count += 8 - zeros
    } else {
      for index in 0..<UInt64(8 - zeros) { byte(UInt8(truncatingIfNeeded: text >> (index * 8))) }
    }
  }

  /// Eight digits as bytes, the first one lowest: halves of four, then of two, then single ones, all
  /// lanes of a word at once. 10486 / 2^20 and 103 / 2^10 are 1/100 and 1/10 for what a lane holds.
  private static func digits(of value: UInt32) -> UInt64 {
    let fours = UInt64(value / 10_000) | UInt64(value % 10_000) << 32
    let hundreds = ((fours &* 10_486) >> 20) & 0x0000_007F_0000_007F
    let twos = hundreds | (fours &- 100 &* hundreds) << 16
    let tens = ((twos &* 103) >> 10) & 0x000F_000F_000F_000F
    return tens | (twos &- 10 &* tens) << 8
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
