import Support
import TCPModel
import TestSupport
import Testing

@Suite struct DigitWriterTests {
  private func text(_ value: UInt64, width: Int) -> String {
    let length = max(width, String(value).count)
    return String(unsafeUninitializedCapacity: length + DigitWriter.slack) { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      var writer = DigitWriter(at: start)
      writer.decimal(value, width: width)
      return writer.end - start
    }
  }

  private func padded(_ value: UInt64, width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  @Test func everyNumberOfFourDigits() {
    for value in UInt64(0)..<10_000 {
      #expect(text(value, width: 1) == String(value))
    }
  }

  @Test(arguments: [1, 2, 4, 8, 9, 12, 20])
  func numbersOfEveryLength(_ width: Int) {
    var value: UInt64 = 1
    for digit in 0..<20 {
      for near in [value &- 1, value, value &+ 1, value &* 7 &+ UInt64(digit)] {
        #expect(text(near, width: width) == padded(near, width: width))
      }
      value &*= 10
    }
    #expect(text(.max, width: width) == padded(.max, width: width))
  }

  @Test func randomNumbers() {
    let seed = SeededGenerator.seed
    var random = SeededGenerator(seed: seed)
    for _ in 0..<20_000 {
      let value = random.next() >> UInt64(random.number(0...63))
      #expect(text(value, width: 1) == String(value), "seed \(seed)")
    }
  }

  @Test func octets() {
    for value in UInt32(0)..<256 {
      let address = IPAddress(ipv4: value << 24 | value)
      #expect(address.description == "\(value).0.0.\(value)")
    }
  }

  @Test func wordsOfEveryLength() {
    let word = Array("abcdefghijklmnopqrstuvwxyz".utf8)
    for count in 0...word.count {
      let text = String(unsafeUninitializedCapacity: count + DigitWriter.slack) { buffer in
        guard let start = buffer.baseAddress else { return 0 }
        var writer = DigitWriter(at: start)
        word.withUnsafeBufferPointer { bytes in
          if let source = bytes.baseAddress { writer.copy(source, count) }
        }
        return writer.end - start
      }
      #expect(text == String(decoding: word.prefix(count), as: UTF8.self))
    }
  }
}
