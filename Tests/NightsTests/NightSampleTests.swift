import Testing

@testable import Nights

@Suite struct NightSampleTests {
  /// A comment argues with it.
  @Test func size() {
    #expect(MemoryLayout<NightSample>.size == 108)
  }
}
