import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// Captures that stood still for a while, or of which a filter left a part: what is not there did not happen
/// because of that.
@Suite struct FilteredCaptureTests {
  /// Of a capture that saw somebody in these times alone, in milliseconds.
  private func watched(_ spans: (Int64, Int64)...) -> [CaptureInfo] {
    var info = CaptureInfo(path: "a.pcap", format: .pcap)
    info.spans = spans.map { start, end in
      WatchedSpan(
        start: Timestamp(nanoseconds: 1_700_000_000_000_000_000 + start * 1_000_000),
        end: Timestamp(nanoseconds: 1_700_000_000_000_000_000 + end * 1_000_000))
    }
    return [info]
  }

  // MARK: Nobody was captured for long

  private let halfClosed =
    Trace.opening + """
      100 > F. 1 ack 1
      120 < . 1 ack 2
      """

  @Test func halfClosedToTheEnd() {
    let found = findings(halfClosed, captures: watched((0, 15_000)))
    #expect(found.map(\.kind) == [.halfClosed])
  }

  @Test func theCloseMayHaveComeInAHoleOfTheCapture() {
    let found = findings(halfClosed, captures: watched((0, 1_400), (3_240_000, 3_360_000)))
    #expect(found.isEmpty, "\(found)")
  }

  @Test func theAnswerMayHaveComeInAHoleOfTheCapture() {
    let found = findings("0 > S 0", captures: watched((0, 500), (7_920_000, 7_990_000)))
    #expect(found.isEmpty, "\(found)")
  }

  // MARK: Acknowledgments without data were not captured

  /// Requests and answers at the client, as a filter for payload and SYNs leaves them; the identifications count
  /// what it left out.
  private func exchanges(then rest: String) -> String {
    var text = """
      0    > S 0 <mss 1460>
      20   < S. 0 ack 1 id 100 <mss 1460>

      """
    for count in 0..<10 {
      let (request, answer) = (1 + 100 * count, 1 + 128 * count)
      let at = 30 + 150 * count
      text += """
        \(at)       > P. \(request):\(request + 100)(100) ack \(answer)
        \(at + 20)  < P. \(answer):\(answer + 128)(128) ack \(request + 100) id \(102 + 2 * count)

        """
    }
    return text + rest
  }

  @Test func anIdleServerRepairsNothing() throws {
    let one = analyse(exchanges(then: "31400 < P. 1281:1320(39) ack 1001 id 123"))
    let limits = try #require(one.summary.limits.server)
    #expect(limits.times[.timeout] == 0)
    #expect(limits.times[.unknown] > 25_000_000_000)
  }

  @Test func repeatsToWhoIsNotHeardAreNoStall() {
    let found = findings(
      exchanges(
        then: """
          1600 > P. 1001:1101(100) ack 1281
          1800 > P. 1001:1101(100) ack 1281
          2200 > P. 1001:1101(100) ack 1281
          3000 > P. 1001:1101(100) ack 1281
          4600 > P. 1001:1101(100) ack 1281
          """), until: 60_000)
    #expect(!found.contains { $0.kind == .stalled }, "\(found)")
  }

  /// A probe of Windows carries a byte, its answer none.
  @Test func probesWithAByteAreAnsweredByWhatIsNotThere() {
    let found = findings(
      exchanges(
        then: """
          1500  < P. 1281:1282(1) ack 1001
          1501  > P. 1001:1002(1) ack 1282
          11500 > . 1001:1002(1) ack 1282
          21500 > . 1001:1002(1) ack 1282
          31500 > . 1001:1002(1) ack 1282
          """), until: 60_000)
    #expect(!found.contains { $0.kind == .keepAliveTimeout }, "\(found)")
  }

  // MARK: Keep-alive probes

  @Test func aByteThatWasNotAcknowledgedIsSentAgain() {
    let found = findings(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < . 1 ack 101
        100  > P. 101:102(1) ack 1
        440  > P. 101:102(1) ack 1
        920  > P. 101:102(1) ack 1
        """, until: 60_000)
    #expect(!found.contains { $0.kind == .keepAliveTimeout }, "\(found)")
  }

  @Test func aCopyIsNoSecondProbe() {
    let one = analyse(
      Trace.opening + """
        50        > P. 1:101(100) ack 1 id 10
        70        < . 1 ack 101
        10070     > . 100 ack 1 id 11
        10070.05  > . 100 ack 1 id 11
        """)
    #expect(one.summary.landmarks.unansweredKeepAlives.client == 1)
  }

  @Test func theCaptureEndsBeforeTheAnswer() {
    let probes =
      Trace.opening + """
        50    > P. 1:101(100) ack 1
        70    < . 1 ack 101
        10070 > . 100 ack 1
        20070 > . 100 ack 1
        """
    #expect(!findings(probes, until: 20_140).contains { $0.kind == .keepAliveTimeout })
    #expect(findings(probes, until: 21_100).contains { $0.kind == .keepAliveTimeout })
  }
}
