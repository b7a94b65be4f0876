/// Writes digits into memory that is known to be large enough; the way all fixed-size text is made.
///
/// Numbers are stored eight bytes at a time, whatever is kept of them, so that there has to be room
/// for `slack` bytes beyond the text.
@frozen
public struct DigitWriter {
  /// Where the next byte goes. A pointer alone, so that it stays in a register between numbers: an
  /// index into a buffer went through memory for each byte and doubled the cost of a row.
  public var end: UnsafeMutablePointer<UInt8>

  @inlinable
  public static var slack: Int { 8 }

  @inlinable
  public init(at start: UnsafeMutablePointer<UInt8>) {
    end = start
  }

  @inlinable @inline(__always)
  public mutating func byte(_ value: UInt8) {
    end.pointee = value
    end += 1
  }

  /// Bytes; most are words, which are shorter than a call to copy them is worth.
  @inlinable @inline(__always)
  public mutating func copy(_ source: UnsafePointer<UInt8>, _ count: Int) {
    let from = UnsafeRawPointer(source)
    let place = UnsafeMutableRawPointer(end)
    // The first and the last bytes, which overlap.
    switch count {
    case 8...16:
      let last = from.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
      place.storeBytes(of: from.loadUnaligned(as: UInt64.self), as: UInt64.self)
      place.storeBytes(of: last, toByteOffset: count - 8, as: UInt64.self)
    case 4...7:
      let last = from.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
      place.storeBytes(of: from.loadUnaligned(as: UInt32.self), as: UInt32.self)
      place.storeBytes(of: last, toByteOffset: count - 4, as: UInt32.self)
    default:
      place.copyMemory(from: from, byteCount: count)
    }
    end += count
  }

  /// At least `width` digits, with zeros in front where there are fewer.
  @inlinable @inline(__always)
  public mutating func decimal(_ value: UInt64, width: Int = 1) {
    if value < 100_000_000, width <= 8 {
      group(UInt32(truncatingIfNeeded: value), width: width)
      return
    }
    let (upper, lower) = value.quotientAndRemainder(dividingBy: 100_000_000)
    if upper < 100_000_000, width <= 16 {
      group(UInt32(truncatingIfNeeded: upper), width: width - 8)
    } else {
      let (top, middle) = upper.quotientAndRemainder(dividingBy: 100_000_000)
      group(UInt32(truncatingIfNeeded: top), width: width - 16)
      eight(UInt32(truncatingIfNeeded: middle))
    }
    eight(UInt32(truncatingIfNeeded: lower))
  }

  /// A number below 10^8, without a loop or a branch on its digits: a row of sixty numbers of
  /// unlike lengths spent half its time in mispredicted ones.
  @inlinable @inline(__always)
  mutating func group(_ value: UInt32, width: Int) {
    let digits = DigitWriter.digits(of: value)
    let zeros = min(digits.trailingZeroBitCount &>> 3, 8 &- max(1, width))
    store((digits | 0x3030_3030_3030_3030) &>> UInt64(truncatingIfNeeded: zeros &* 8))
    end += 8 &- zeros
  }

  /// A number below 10^8 with all eight digits.
  @inlinable @inline(__always)
  mutating func eight(_ value: UInt32) {
    store(DigitWriter.digits(of: value) | 0x3030_3030_3030_3030)
    end += 8
  }

  /// A number below 100 with both digits.
  @inlinable @inline(__always)
  mutating func two(_ value: UInt8) {
    byte(UInt8(ascii: "0") &+ value / 10)
    byte(UInt8(ascii: "0") &+ value % 10)
  }

  /// An octet of an address and a dot, which are stored at once; the next one overwrites what is
  /// not its. 41 / 2^12 and 103 / 2^10 are 1/100 and 1/10 for what an octet holds.
  @inlinable @inline(__always)
  mutating func octet(_ value: UInt32) {
    let hundreds = (value &* 41) &>> 12
    let rest = value &- 100 &* hundreds
    let tens = (rest &* 103) &>> 10
    let digits = hundreds | tens &<< 8 | (rest &- 10 &* tens) &<< 16
    let zeros = min(digits.trailingZeroBitCount &>> 3, 2)
    let text = (digits | 0x2E30_3030) &>> UInt32(truncatingIfNeeded: zeros &* 8)
    UnsafeMutableRawPointer(end).storeBytes(of: text.littleEndian, as: UInt32.self)
    end += 4 &- zeros
  }

  @inlinable @inline(__always)
  mutating func store(_ text: UInt64) {
    UnsafeMutableRawPointer(end).storeBytes(of: text.littleEndian, as: UInt64.self)
  }

  /// Eight digits as bytes, the first one lowest: halves of four, then of two, then single ones, all
  /// lanes of a word at once. 10486 / 2^20 and 103 / 2^10 are 1/100 and 1/10 for what a lane holds.
  @inlinable @inline(__always)
  static func digits(of value: UInt32) -> UInt64 {
    let fours = UInt64(value / 10_000) | UInt64(value % 10_000) &<< 32
    let hundreds = ((fours &* 10_486) &>> 20) & 0x0000_007F_0000_007F
    let twos = hundreds | (fours &- 100 &* hundreds) &<< 16
    let tens = ((twos &* 103) &>> 10) & 0x000F_000F_000F_000F
    return tens | (twos &- 10 &* tens) &<< 8
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

extension String {
  /// Text of at most `length` bytes, all of them ASCII.
  init(atMost length: Int, _ write: (inout DigitWriter) -> Void) {
    self.init(unsafeUninitializedCapacity: length + DigitWriter.slack) { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      var writer = DigitWriter(at: start)
      write(&writer)
      return writer.end - start
    }
  }
}
