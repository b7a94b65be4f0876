import Support
import TCPModel
import Testing

@Suite struct QuantityTests {
  @Test(arguments: [
    (0, "0 s"), (870, "870 ns"), (1000, "1 µs"), (19_000, "19 µs"), (19_300, "19.3 µs"),
    (50_391_000, "50.4 ms"), (244_461_000, "244 ms"), (84_645_400, "84.6 ms"),
    (999_960_000, "1.00 s"), (2_000_000_000, "2 s"),
    (2_904_600_000, "2.90 s"), (99_960_000_000, "1 min 40 s"), (60_000_000_000, "60 s"),
    (192_000_000_000, "3 min 12 s"), (3_600_000_000_000, "1 h"), (18_120_000_000_000, "5 h 02 min"),
    (273_600_000_000_000, "3 d 04 h"), (-19_000, "−19 µs"), (Int64.max, "106752 d"),
  ])
  func durations(nanoseconds: Int64, text: String) {
    #expect(Quantity.duration(nanoseconds) == text)
  }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (5999, "6.0 kB"), (9999, "10 kB"),
    (58_000, "58 kB"), (12_450, "12 kB"), (999_999, "1.0 MB"), (1_234_567, "1.2 MB"), (-5, "0 B"),
  ])
  func bytes(count: Int64, text: String) {
    #expect(Quantity.bytes(count) == text)
  }

  @Test func secondsAreCutNotRounded() {
    #expect(Quantity.seconds(50_391_999, decimals: 6) == "0.050391")
    #expect(Quantity.seconds(12_000_000_001, decimals: 6) == "12.000000")
    #expect(Quantity.seconds(-1_000, decimals: 6) == "−0.000001")
  }

  @Test func thousandsStandApart() {
    #expect(Quantity.count(1_234_567) == "1,234,567")
    #expect(Quantity.count(-1234) == "−1,234")
    #expect(Quantity.count(999) == "999")
  }

  @Test(arguments: [
    (Int64(22), Int64(172), "12.8 %"), (1, 3, "33.3 %"), (2, 3, "66.7 %"), (0, 5, "0.0 %"),
    (5, 5, "100.0 %"), (7, 0, "0.0 %"), (.max / 2, .max, "50.0 %"), (.max, .max, "100.0 %"),
  ])
  func percent(part: Int64, whole: Int64, text: String) {
    #expect(Quantity.percent(part, of: whole) == text)
  }
}
