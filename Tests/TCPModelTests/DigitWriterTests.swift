import TCPModel
import Testing

@Suite struct DigitWriterTests {
  /// In a buffer that just holds it, and in one with room to spare: they are written differently.
  private func text(_ value: UInt64, width: Int, spare: Int) -> String {
    let length = max(width, String(value).count)
    return String(unsafeUninitializedCapacity: length + spare) { buffer in
      var writer = DigitWriter(
        buffer: UnsafeMutableBufferPointer(rebasing: buffer[..<(length + spare)]))
      writer.decimal(value, width: width)
      return writer.count
    }
  }

  private func padded(_ value: UInt64, width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  @Test func everyNumberOfFourDigits() {
    for value in UInt64(0)..<10_000 {
      #expect(text(value, width: 1, spare: 8) == String(value))
      #expect(text(value, width: 1, spare: 0) == String(value))
    }
  }

  @Test(arguments: [1, 2, 4, 8, 9, 12, 20])
  func numbersOfEveryLength(_ width: Int) {
    var value: UInt64 = 1
    for digit in 0..<20 {
      for near in [value &- 1, value, value &+ 1, value &* 7 &+ UInt64(digit)] {
        #expect(text(near, width: width, spare: 8) == padded(near, width: width))
        #expect(text(near, width: width, spare: 0) == padded(near, width: width))
      }
      value &*= 10
    }
    #expect(text(.max, width: width, spare: 8) == padded(.max, width: width))
  }

  @Test func randomNumbers() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var state = seed
    for _ in 0..<20_000 {
      // A step of splitmix64.
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
      let value = (mixed ^ mixed >> 31) >> (state & 63)
      #expect(text(value, width: 1, spare: 8) == String(value), "seed \(seed)")
    }
  }
}
