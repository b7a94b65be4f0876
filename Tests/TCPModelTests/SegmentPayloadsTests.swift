import TCPModel
import Testing

@Suite struct SegmentPayloadsTests {
  /// Batches that lie in the same two pieces of memory bring both each time.
  @Test func whatIsHeldIsHeldOnce() {
    let (first, second) = (PayloadBuffer(byteCount: 8), PayloadBuffer(byteCount: 8))
    var batch = SegmentPayloads()
    batch.hold(first)
    batch.hold(second)
    var chunk = SegmentPayloads()
    for _ in 0..<3 { chunk.hold(batch) }
    #expect(chunk.buffers.map { $0.base } == [first.base, second.base])
  }
}
