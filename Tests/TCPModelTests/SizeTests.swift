import TCPModel
import Testing

/// Sizes that comments argue with: where one of these changes, so do they.
@Suite struct SizeTests {
  @Test func segment() {
    #expect(MemoryLayout<Segment>.size == 160)
    #expect(MemoryLayout<Segment>.stride == 160)
  }

  @Test func summary() {
    #expect(MemoryLayout<ConnectionSummary>.size == 3176)
  }

  @Test func socketSample() {
    #expect(MemoryLayout<SocketSample>.size == 911)
  }

  @Test func chartValues() {
    #expect(MemoryLayout<ChartSample>.stride == 56)
    #expect(MemoryLayout<ChartRate>.stride == 24)
  }
}
