import Testing

@testable import tcptimeline

@Suite struct ProgressTests {
  @Test(
    arguments: [
      (0, nil, 50_000_000, "reading: 0 B"),
      (1_200_000_000, nil, 2_000_000_000, "reading: 1.2 GB, 600 MB/s"),
      (
        500_000_000, 2_000_000_000, 1_000_000_000,
        "reading: 500 MB (25 %), 500 MB/s, 3 s left"
      ),
      (2_000_000_000, 2_000_000_000, 1_000_000_000, "reading: 2.0 GB (100 %), 2.0 GB/s"),
      (3, Int64.max, 1_000_000_000, "reading: 3 B (0 %), 3 B/s, 11 d 14 h left"),
    ] as [(Int64, Int64?, Int64, String)])
  func aLineTellsRateAndTimeLeft(_ bytes: Int64, _ total: Int64?, _ time: Int64, _ line: String) {
    #expect(Progress.line(bytes: bytes, of: total, after: time) == line)
  }
}
