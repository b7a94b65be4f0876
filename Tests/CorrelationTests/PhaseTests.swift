import TCPModel
import TestSupport
import Testing

@testable import Correlation

@Suite struct PhaseTests {
  private let twoExchanges =
    Trace.opening + """
      21  > P. 1:101(100) ack 1
      25  > P. 101:201(100) ack 1
      50  < . 1 ack 201
      70  < P. 1:1001(1000) ack 201
      75  < P. 1001:2001(1000) ack 201
      75  > . 201 ack 2001
      175 > P. 201:301(100) ack 2001
      215 < P. 2001:2101(100) ack 301
      215 > . 301 ack 2101
      300 > F. 301 ack 2101
      320 < F. 2101 ack 302
      320 > . 302 ack 2102
      """

  @Test func twoRequestsAndResponses() {
    #expect(
      analyse(twoExchanges).phaseList == [
        "handshake 0+20 #1-3", "idle 20+1 #3-4", "send 21+4 #4-5", "wait 25+45 #5-7",
        "receive 70+5 #7-8", "idle 75+100 #8-10", "send 175+0 #10-10", "wait 175+40 #10-11",
        "receive 215+0 #11-11", "idle 215+85 #11-13", "teardown 300+20 #13-15",
        "time_wait 320+60000",
      ])
  }

  @Test func timingsAreTheSumsOfThePhases() {
    let timings = analyse(twoExchanges).summary.timings
    #expect(timings.handshake == 20_000_000)
    #expect(timings.firstByte == 70_000_000)
    #expect(timings.send == 4_000_000)
    #expect(timings.wait == 85_000_000)
    #expect(timings.receive == 5_000_000)
    #expect(timings.idle == 186_000_000)
    #expect(timings.teardown == 20_000_000)
    #expect(timings.longestWait == 45_000_000)
    #expect(timings.longestIdle == 100_000_000)
    #expect(timings.exchanges == 2)
  }

  @Test func theFirstPayloadOfARequestOrResponseOpensIt() {
    let opening = analyse(twoExchanges).segments?.compactMap { item -> Int64? in
      if case .segment(let segment) = item, segment.opensExchange { segment.frame } else { nil }
    }
    #expect(opening == [4, 7, 10, 11])
  }

  @Test func theLongestWaitKnowsItsFrame() {
    #expect(analyse(twoExchanges).summary.landmarks.longestWait == 5)
  }

  @Test func theServerSpeaksFirst() {
    let one = analyse(
      Trace.opening + """
        120 < P. 1:51(50) ack 1
        120 > . 1 ack 51
        130 > P. 1:11(10) ack 51
        150 < P. 51:61(10) ack 11
        """)
    #expect(
      one.phaseList == [
        "handshake 0+20 #1-3", "idle 20+100 #3-4", "receive 120+0 #4-4", "idle 120+10 #4-6",
        "send 130+0 #6-6", "wait 130+20 #6-7", "receive 150+0 #7-7",
      ])
    #expect(one.summary.timings.exchanges == 1)
  }

  @Test func noPayload() {
    let one = analyse(Trace.opening + Trace.close)
    #expect(
      one.phaseList == [
        "handshake 0+20 #1-3", "idle 20+80 #3-4", "teardown 100+30 #4-7", "time_wait 130+60000",
      ])
    #expect(one.summary.timings.send == nil && one.summary.timings.exchanges == 0)
  }

  @Test func aResponseThatNeverComes() {
    let one = analyse(Trace.opening + "21 > P. 1:101(100) ack 1\n41 < . 1 ack 101")
    #expect(one.phaseList.suffix(2) == ["send 21+0 #4-4", "wait 21+20 #4-5"])
    #expect(one.summary.timings.exchanges == 0)
  }

  @Test func resetWhileWaiting() {
    let one = analyse(Trace.opening + "21 > P. 1:101(100) ack 1\n500 < R. 1 ack 101")
    #expect(
      one.phaseList.suffix(3) == ["send 21+0 #4-4", "wait 21+479 #4-5", "teardown 500+0 #5-5"])
  }

  /// Repeats are no new exchange: the client's request may come again after the response began.
  @Test func retransmissionsOpenNothing() {
    let one = analyse(
      Trace.opening + """
        21  > P. 1:101(100) ack 1 id 1
        60  < P. 1:101(100) ack 101
        70  > P. 1:101(100) ack 1 id 2
        80  < P. 101:201(100) ack 101
        """)
    #expect(one.summary.timings.exchanges == 1)
    #expect(one.phaseList.last == "receive 60+20 #5-7")
  }

  /// The request is lost until its third copy arrives.
  @Test func aStalledRequest() {
    let one = analyse(
      Trace.opening + """
        21  > P. 1:101(100) ack 1
        241 > P. 1:101(100) ack 1
        681 > P. 1:101(100) ack 1
        701 < P. 1:101(100) ack 101
        701 > . 101 ack 101
        """)
    #expect(
      one.phaseList.suffix(4) == [
        "idle 20+1 #3-4", "send 21+0 #4-4", "stalled 21+680 #4-7", "receive 701+0 #7-8",
      ])
    #expect(one.summary.timings.stalled == 680_000_000)
    #expect(one.summary.timings.wait == nil)
    #expect(one.summary.timings.exchanges == 1)
  }

  /// The repeats are not captured, but nobody acknowledges that late.
  @Test func aStallWithoutRepeats() {
    let one = analyse(
      Trace.opening + """
        21   > P. 1:101(100) ack 1
        25   > P. 101:201(100) ack 1
        40   < . 1 ack 101
        1500 < . 1 ack 201
        1600 < P. 1:101(100) ack 201
        """)
    #expect(
      one.phaseList.suffix(5) == [
        "send 21+4 #4-5", "wait 25+15 #5-5", "stalled 40+1460 #5-7", "wait 1500+100 #7-8",
        "receive 1600+0 #8-8",
      ])
  }

  @Test func aPathThatDies() {
    let one = analyse(
      Trace.opening + """
        21   > P. 1:101(100) ack 1
        41   < . 1 ack 101
        50   > P. 101:201(100) ack 1
        260  > P. 101:201(100) ack 1
        700  > P. 101:201(100) ack 1
        1600 > P. 101:201(100) ack 1
        """)
    #expect(one.phaseList.last == "stalled 50+1550 #6-9")
  }

  /// A closed window stops a sender by intent, and a slow program is no stall.
  @Test func whatIsNoStall() {
    let closed = analyse(
      Trace.opening + """
        21   > P. 1:101(100) ack 1
        41   < . 1 ack 101 win 0
        300  > . 101:102(1) ack 1
        900  > . 101:102(1) ack 1
        2000 < . 1 ack 102
        """)
    let slow = analyse(
      Trace.opening + """
        21   > P. 1:101(100) ack 1
        41   < . 1 ack 101
        3000 < P. 1:101(100) ack 101
        """)
    for one in [closed, slow] { #expect(one.summary.timings.stalled == nil) }
  }

  @Test func keepAlivesAreNoRequests() {
    let one = analyse(
      Trace.opening + """
        50    > P. 1:101(100) ack 1
        70    < P. 1:101(100) ack 101
        70    > . 101 ack 101
        10070 > . 100:101(1) ack 101
        10090 < . 101 ack 101
        """)
    #expect(one.summary.timings.exchanges == 1)
    #expect(one.phaseList.last == "idle 70+10020 #5-8")
  }

  @Test func fastOpenSendsDuringTheHandshake() {
    let one = analyse(
      """
      0  > S 0:100(100) <fo>
      20 < S. 0 ack 101
      20 > . 101 ack 1
      45 < P. 1:501(500) ack 101
      """)
    #expect(
      one.phaseList == [
        "handshake 0+20 #1-3", "send 20+0 #3-1", "wait 20+25 #1-4", "receive 45+0 #4-4",
      ])
  }

  /// The summary pass keeps the first ones and counts the rest; the sums stay exact.
  @Test func phasesBeyondTheLimitAreCounted() {
    let segments = Trace(twoExchanges).segments
    var correlator = Correlator(phaseLimit: 3)
    correlator.ingest(segments.span)
    let connection = correlator.connection(at: 0)
    #expect(connection.phases.count == 4)
    #expect(connection.phases.map(\.name) == [.handshake, .idle, .send, .timeWait])
    #expect(connection.phasesOmitted == 8)
    #expect(connection.summary.timings == analyse(twoExchanges).summary.timings)
  }
}

@Suite struct CompletenessTests {
  @Test(
    arguments: [
      ("0 > S 0", 1),
      ("0 > S 0\n20 < S. 0 ack 1", 3),
      (Trace.opening, 7),
      (Trace.opening + "21 > P. 1:101(100) ack 1", 15),
      (Trace.opening + Trace.close, 23),
      (Trace.opening + "21 > P. 1:101(100) ack 1\n30 > F. 101 ack 1", 31),
      (Trace.opening + "21 > R. 1 ack 1", 39),
      ("0 > S 0\n1 < R. 0 ack 1", 37),
      ("0 > S 0\n500 > R 1", 33),
    ])
  func sum(_ text: String, _ expected: Int) {
    #expect(analyse(text).summary.completeness == expected)
  }
}
