import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// What a few of many connections took longer for.
@Suite struct SlowTailTests {
  private static let opening = "0 > S 0\n10 < S. 0 ack 1\n10 > . 1 ack 1\n"
  private static let quick = opening + "11 > P. 1:101(100) ack 1\n31 < P. 1:11(10) ack 101"
  private static let repeated =
    opening + "11 > P. 1:101(100) ack 1\n311 > P. 1:101(100) ack 1\n331 < P. 1:11(10) ack 101"
  private static let opensLate = """
    0    > S 0
    1000 > S 0
    1010 < S. 0 ack 1
    1010 > . 1 ack 1
    1011 > P. 1:101(100) ack 1
    1031 < P. 1:11(10) ack 101
    """

  private func tail(_ others: Int) -> Finding? {
    var trace = Trace([])
    let kinds = [(120, Self.quick), (4, Self.repeated), (others, Self.opensLate)]
    var port: UInt16 = 40_000
    for (count, text) in kinds {
      for _ in 0..<count {
        var flow = Trace.Flow()
        flow.client.port = port
        port += 1
        trace.append(text, flow)
      }
    }
    return allFindings(of: trace.segments.sorted { $0.time < $1.time })
      .first { $0.kind == .slowTail }
  }

  @Test func aFewRepeat() throws {
    let text = try #require(tail(0)).text
    #expect(
      text
        == "4 of 124 connections to 10.0.0.2:80 (3.2 %) had to send a segment again and took up to 330 ms "
        + "for an exchange, where half of all take 30 ms (90 % 30 ms, 99 % 330 ms).")
  }

  /// They took longer than any of these: their figure says nothing of them.
  @Test func othersHaveOtherTrouble() throws {
    let text = try #require(tail(3)).text
    #expect(
      text
        == "4 of 127 connections to 10.0.0.2:80 (3.1 %) had to send a segment again and took up to 330 ms "
        + "for an exchange, where half of all take 30 ms and 90 % 30 ms; others had other trouble and "
        + "took longer (99 % 1.03 s).")
  }
}
