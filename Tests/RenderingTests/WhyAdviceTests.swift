import Support
import TCPModel
import Testing

@testable import Rendering

/// What `why` promises: no more than what else is known allows.
@Suite struct WhyAdviceTests {
  /// Of a server's answer of 2.5 MB in 3.4 s.
  private func lines(_ change: (inout TransferLimits) -> Void) -> [String] {
    var limits = TransferLimits()
    limits.leastRoundTrip = 20_000_000
    change(&limits)
    var summary = ReportFixture.full.summary
    summary.end = summary.start.advanced(by: 3_400_000_000)
    summary.traffic.server.payloadBytes = 2_500_000
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
    #expect(bounded.contains("larger window") && !bounded.contains("times"))
    let free = try #require(
      lines {
        $0.times[.receiverWindow] = 3_000_000_000
        $0.limitingWindow = 10_000
      }.first)
    #expect(free.contains("times"))
  }

  /// The program may have had no more to send while its small segment waited.
  @Test func nagleCostsNobodyKnowsWhat() throws {
    let line = try #require(lines { $0.times[.nagle] = 3_300_000_000 }.first)
    #expect(line.contains("TCP_NODELAY") && !line.contains("times"))
  }
}
