import Support
import TCPModel
import Testing

@testable import Rendering

/// What `why` promises: no more than what else is known allows.
@Suite struct WhyAdviceTests {
  /// Of a server's answer of 2.5 MB in 3.4 s.
  private func lines(
    needless: UInt32 = 0, _ change: (inout TransferLimits) -> Void
  ) -> [String] {
    var limits = TransferLimits()
    limits.leastRoundTrip = 20_000_000
    change(&limits)
    var summary = ReportFixture.full.summary
    summary.end = summary.start.advanced(by: 3_400_000_000)
    summary.traffic.server.payloadBytes = 2_500_000
    summary.traffic.server.uniqueBytes = 2_500_000
    summary.traffic.server.retransmittedSegments = 20
    summary.landmarks = Landmarks()
    summary.landmarks.acknowledgedRepeats.server = needless
    return WhyAdvice(limits, of: .server, summary, Texts.of(.en)).lines
  }

  /// The path takes 25 kB, and was offered five times as much.
  @Test func noLargerWindowThanThePathTakes() {
    let lines = lines {
      $0.times[.receiverWindow] = 1_800_000_000
      $0.limitingWindow = 124_200
      $0.bottleneck = 10_000_000
    }
    #expect(lines.isEmpty)
  }

  /// At its rate the path alone takes 2.0 s of the 3.4.
  @Test func noFasterThanThePath() throws {
    let bounded = try #require(
      lines {
        $0.times[.receiverWindow] = 3_000_000_000
        $0.limitingWindow = 10_000
        $0.bottleneck = 10_000_000
      }.first)
    #expect(bounded.contains("larger window"))
    #expect(bounded.contains("at most 1.40 s of 3.40 s faster"), "\(bounded)")
  }

  /// How fast it could be nobody knows: what it took is told, and nothing promised.
  @Test func noPromiseWithoutThePathsRate() throws {
    let line = try #require(
      lines {
        $0.times[.receiverWindow] = 3_000_000_000
        $0.limitingWindow = 10_000
      }.first)
    #expect(line.contains("it took 3 s of 3.40 s") && !line.contains("faster"), "\(line)")
  }

  /// What stands in the queue at the end is the narrow link's, too, but for the way.
  @Test func theQueueThatIsLeftIsTheLinks() throws {
    let line = try #require(
      lines {
        $0.times[.bandwidth] = 1_000_000_000
        $0.times[.drain] = 720_000_000
        $0.bottleneck = 10_000_000
      }.first)
    #expect(line.contains("at most 1.70 s of 3.40 s (2 times) faster"), "\(line)")
  }

  /// Several ways to repair losses are one advice, and none where nothing was lost.
  @Test(arguments: [(0 as UInt32, "loses packets"), (15, "delays or reorders packets")])
  func repairs(_ needless: UInt32, _ words: String) {
    let lines = lines(needless: needless) {
      $0.times[.timeout] = 300_000_000
      $0.times[.recovery] = 900_000_000
    }
    #expect(lines.count == 1)
    #expect(lines.first?.contains(words) ?? false, "\(lines)")
    #expect(lines.first?.contains("(recovery, timeout); it took 1.20 s") ?? false, "\(lines)")
  }

  /// The program may have had no more to send while its small segment waited.
  @Test func nagleCostsNobodyKnowsWhat() throws {
    let line = try #require(lines { $0.times[.nagle] = 3_300_000_000 }.first)
    #expect(line.contains("TCP_NODELAY") && !line.contains("times"))
  }
}
