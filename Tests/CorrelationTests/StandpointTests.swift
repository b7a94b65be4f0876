import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// Where a capture was taken, and how far the ends are from there.
@Suite struct StandpointTests {
  /// An open connection, by the way to each end and back.
  private func summary(client: Nanoseconds, server: Nanoseconds) -> ConnectionSummary {
    var summary = ConnectionSummary()
    summary.handshake.kind = .threeWay
    summary.handshake.clientRTT = client
    summary.handshake.serverRTT = server
    summary.vantage = Vantage(handshake: summary.handshake)
    return summary
  }

  /// The same, of which only data and their ACKs are captured.
  private func midstream(client: Nanoseconds, server: Nanoseconds) -> ConnectionSummary {
    var summary = ConnectionSummary()
    summary.rtt.client = RoundTrips(samples: 3, min: server, mean: 0, max: 0)
    summary.rtt.server = RoundTrips(samples: 3, min: client, mean: 0, max: 0)
    return summary
  }

  @Test func halfARoundTripIsTheWay() {
    #expect(
      PathDelays(summary(client: 30_000, server: 40_000_000)).toward
        == PerSide(client: 0, server: 20_000_000))
    #expect(
      PathDelays(summary(client: 10_000_000, server: 50_000)).toward
        == PerSide(client: 5_000_000, server: 0))
    #expect(
      PathDelays(summary(client: 10_000_000, server: 40_000_000)).toward
        == PerSide(client: 5_000_000, server: 20_000_000))
  }

  @Test func withoutAHandshakeTheRoundTripsTell() {
    #expect(!PathDelays(ConnectionSummary()).isKnown)
    let delays = PathDelays(midstream(client: 30_000, server: 40_000_000))
    #expect(delays.vantage == .client)
    #expect(delays.toward.server == 20_000_000)
  }

  /// Data and handshake are judged alike, but answers to data may wait: two similar times prove
  /// no place between.
  @Test(arguments: [
    (99_999, 900_002, Vantage.client), (100_000, 900_000, .middle), (900_002, 99_999, .server),
    (1_000, 98_999, .unknown), (0, 100_000, .client),
  ])
  func aTenthOfTheWholeDecides(
    _ client: Nanoseconds, _ server: Nanoseconds, _ vantage: Vantage
  ) {
    #expect(summary(client: client, server: server).vantage == vantage)
    let ofData = PathDelays(midstream(client: client, server: server)).vantage
    #expect(ofData == (vantage == .middle || client == 0 ? .unknown : vantage))
  }

  @Test func crossingSYNsAnswerNothing() {
    var crossing = summary(client: 10_000_000, server: 40_000_000)
    crossing.handshake.kind = .simultaneous
    crossing.vantage = Vantage(handshake: crossing.handshake)
    #expect(!PathDelays(crossing).isKnown)
  }
}
