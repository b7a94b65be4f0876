import TCPModel
import Testing

@Suite struct ReadableTextTests {
  @Test(
    arguments: [
      (0, "0 ns"), (999, "999 ns"), (1_000, "1.00 µs"), (9_996, "10.0 µs"), (812_000, "812 µs"),
      (999_499, "999 µs"), (999_500, "1.00 ms"), (20_000_000, "20.0 ms"), (1_236_000_000, "1.24 s"),
      (59_949_000_000, "59.9 s"), (59_950_000_000, "1 min 00 s"), (125_000_000_000, "2 min 05 s"),
      (3_720_000_000_000, "1 h 02 min"), (273_600_000_000_000, "3 d 04 h"), (-20_000, "-20.0 µs"),
      (Int64.max, "106751 d 23 h"),
    ] as [(Int64, String)])
  func writesADuration(_ value: Int64, _ text: String) {
    #expect(ReadableText.duration(value) == text)
  }

  @Test(
    arguments: [
      (0, "0 B"), (999, "999 B"), (1_000, "1.00 kB"), (58_000, "58.0 kB"), (99_960, "100 kB"),
      (1_240_000, "1.24 MB"), (Int64.min, "-9223372 TB"),
    ] as [(Int64, String)])
  func writesBytes(_ value: Int64, _ text: String) {
    #expect(ReadableText.bytes(value) == text)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (2_000, "2,000"), (-1_234_567, "-1,234,567")])
  func groupsACount(_ value: Int, _ text: String) {
    #expect(ReadableText.count(value) == text)
  }
}
