import TCPModel
import TestSupport
import Testing

@Suite struct ClosingTests {
  @Test func fourSegments() {
    let one = analyse(Trace.opening + Trace.close)
    let teardown = one.summary.teardown
    #expect(teardown.kind == .fourWay)
    #expect(teardown.initiator == .client)
    #expect(teardown.start == 100_000_000)
    #expect(teardown.duration == 30_000_000)
    #expect(teardown.halfClosed == 30_000_000)
    #expect(teardown.frames == [4, 5, 6, 7])
  }

  @Test func theServerClosesFirst() {
    let one = analyse(
      Trace.opening + """
        100 < F. 1 ack 1
        100 > . 1 ack 2
        150 > F. 1 ack 2
        170 < . 2 ack 2
        """)
    #expect(one.summary.teardown.initiator == .server)
    #expect(
      one.path(.server)
        == "LISTEN SYN_RECEIVED ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED")
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED")
  }

  /// Linux delays the ACK of a FIN, so an answer at once carries both.
  @Test func threeSegments() {
    let one = analyse(
      Trace.opening + """
        100 > F. 1 ack 1
        120 < F. 1 ack 2
        120 > . 2 ack 2
        """)
    #expect(one.summary.teardown.kind == .threeWay)
    #expect(one.summary.teardown.frames == [4, 5, 6])
    #expect(
      one.states(.client).suffix(4) == [
        "FIN_WAIT_1 100 #4 observed", "FIN_WAIT_2 120 #5 inferred", "TIME_WAIT 120 #5 inferred",
        "CLOSED 60120 assumed",
      ])
    #expect(
      one.states(.server).suffix(3) == [
        "CLOSE_WAIT 100 #4 inferred", "LAST_ACK 120 #5 observed", "CLOSED 120 #6 inferred",
      ])
  }

  @Test func simultaneous() {
    let one = analyse(
      Trace.opening + """
        100 > F. 1 ack 1
        105 < F. 1 ack 1
        105 > . 2 ack 2
        125 < . 2 ack 2
        """)
    #expect(one.summary.teardown.kind == .simultaneous)
    #expect(
      one.states(.client).suffix(4) == [
        "FIN_WAIT_1 100 #4 observed", "CLOSING 105 #5 inferred", "TIME_WAIT 125 #7 inferred",
        "CLOSED 60125 assumed",
      ])
    #expect(
      one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT CLOSED")
  }

  @Test func halfClose() {
    let one = analyse(
      Trace.opening + """
        100  > F. 1 ack 1
        120  < . 1 ack 2
        1000 < P. 1:1001(1000) ack 2
        1000 > . 2 ack 1001
        2000 < F. 1001 ack 2
        2000 > . 2 ack 1002
        """)
    #expect(one.summary.teardown.halfClosed == 1_900_000_000)
    #expect(one.states(.client).suffix(3).first == "FIN_WAIT_2 120 #5 inferred")
    #expect(one.states(.server).suffix(3).first == "CLOSE_WAIT 100 #4 inferred")
    #expect(one.states(.server).suffix(2).first == "LAST_ACK 2000 #8 observed")
  }

  @Test func halfClosedAtTheEnd() {
    let one = analyse(Trace.opening + "100 > F. 1 ack 1\n120 < . 1 ack 2")
    #expect(one.summary.outcome == .halfClosed)
    #expect(one.summary.teardown.kind == .half)
    #expect(one.summary.teardown.halfClosed == nil)
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED CLOSE_WAIT")
  }

  @Test func finCarriesPayload() {
    let one = analyse(
      Trace.opening + """
        100 > FP. 1:101(100) ack 1
        120 < F. 1 ack 102
        120 > . 102 ack 2
        """)
    #expect(one.summary.outcome == .closed)
    #expect(one.path(.client).hasSuffix("FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED"))
    #expect(one.summary.traffic.client.uniqueBytes == 100)
  }

  /// Captured at the client: which copy of the FIN arrived is only known afterwards.
  @Test func finLost() {
    let one = analyse(
      Trace.opening + """
        100 > F. 1 ack 1 id 10
        400 > F. 1 ack 1 id 11
        420 < . 1 ack 2
        420 < F. 1 ack 2
        420 > . 2 ack 2 id 12
        """)
    #expect(one.states(.client)[3] == "FIN_WAIT_1 100 #4 observed")
    #expect(one.states(.client)[4] == "FIN_WAIT_2 420 #6 inferred")
    #expect(one.states(.server)[3] == "CLOSE_WAIT 400 #5 inferred")
    #expect(one.summary.traffic.client.retransmittedSegments == 1)
  }

  /// Captured at the client: the server repeats its FIN, so the ACK did not arrive.
  @Test func lastACKLost() {
    let one = analyse(
      Trace.opening + """
        100 > F. 1 ack 1
        120 < . 1 ack 2
        130 < F. 1 ack 2 id 20
        130 > . 2 ack 2
        350 < F. 1 ack 2 id 21
        350 > . 2 ack 2
        """)
    #expect(one.states(.client).suffix(2) == ["TIME_WAIT 130 #6 inferred", "CLOSED 60350 assumed"])
    #expect(
      one.states(.server).suffix(2) == ["LAST_ACK 130 #6 observed", "CLOSED 350 #9 inferred"])
    #expect(one.summary.traffic.server.retransmittedSegments == 1)
    #expect(one.summary.teardown.duration == 250_000_000)
  }

  /// A FIN that nothing ever answers did not arrive.
  @Test func finWithoutAnswer() {
    let one = analyse(
      Trace.opening + """
        100  > F. 1 ack 1 id 1
        400  > F. 1 ack 1 id 2
        1000 > F. 1 ack 1 id 3
        """)
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
  }

  @Test func finBeforeTheGapIsFilled() {
    let one = analyse(
      Trace.opening + """
        100 > . 101:201(100) ack 1
        110 > F. 201 ack 1
        150 > . 1:101(100) ack 1
        170 < . 1 ack 202
        """)
    #expect(one.states(.server).last == "CLOSE_WAIT 150 #6 inferred")
  }

  /// tcp_fin_timeout ends an orphan in FIN_WAIT_2 without a packet; an RST answers what comes then.
  @Test func finWait2RunsOut() {
    let one = analyse(
      Trace.opening + """
        100   > F. 1 ack 1
        120   < . 1 ack 2
        70000 < P. 1:101(100) ack 2
        70000 > R 2
        """)
    #expect(
      one.states(.client).suffix(2) == ["FIN_WAIT_2 120 #5 inferred", "CLOSED 70000 #7 observed"])
    #expect(
      one.states(.server).suffix(2) == ["CLOSE_WAIT 100 #4 inferred", "CLOSED 70000 #7 inferred"])
    #expect(one.summary.outcome == .reset)
  }

  /// RFC 1337: a late copy of the FIN makes TIME_WAIT send an ACK, and the answering RST ends it.
  @Test func timeWaitAssassination() {
    let one = analyse(
      Trace.opening + Trace.close + """
        3000 < F. 1 ack 2 id 9
        3000 > . 2 ack 2
        3020 < R 2
        """)
    #expect(
      one.states(.client).suffix(2) == ["TIME_WAIT 130 #6 inferred", "CLOSED 3020 #10 inferred"])
    #expect(one.summary.outcome == .closed)
    #expect(!one.phases.contains { $0.name == .timeWait })
  }

  @Test func timeWaitIsAPhaseAfterTheSpan() {
    let one = analyse(Trace.opening + Trace.close)
    #expect(one.phaseList.last == "time_wait 130+60000")
    #expect(one.phases.last?.basis == .assumed)
  }
}

@Suite struct ResetTests {
  @Test(arguments: [Side.client, .server])
  func byOneSide(_ side: Side) {
    let one = analyse(Trace.opening + "100 \(side == .client ? ">" : "<") R. 1 ack 1")
    #expect(one.summary.outcome == .reset)
    #expect(one.summary.teardown.kind == .reset)
    #expect(one.summary.teardown.initiator == side)
    #expect(one.summary.teardown.frames == [4])
    #expect(one.summary.landmarks.resetBy == side)
    #expect(one.states(side).last == "CLOSED 100 #4 observed")
    #expect(one.states(side.peer).last == "CLOSED 100 #4 inferred")
    #expect(one.frames(.rst) == [4])
  }

  @Test func afterwardsMoreResetsForWhatWasUnderWay() {
    let one = analyse(
      Trace.opening + """
        100 > R. 1 ack 1
        110 < P. 1:101(100) ack 1
        110 > R 1
        """)
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED CLOSED")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED CLOSED")
    #expect(one.summary.landmarks.reset == 4)
    #expect(one.summary.traffic.client.rst == 2)
  }

  @Test func afterTheFINs() {
    let one = analyse(
      Trace.opening + """
        100 > F. 1 ack 1
        120 < P. 1:101(100) ack 2
        120 > R 2
        """)
    #expect(one.summary.outcome == .reset)
    #expect(one.summary.teardown.start == 100_000_000)
    #expect(one.states(.client).last == "CLOSED 120 #6 observed")
  }

  @Test func answersTheSYNACK() {
    let one = analyse("0 > S 0\n20 < S. 0 ack 1\n20 > R 1")
    #expect(one.path(.client) == "CLOSED SYN_SENT CLOSED")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED CLOSED")
    #expect(one.summary.outcome == .reset)
  }

  @Test func theOpenerGivesUp() {
    let one = analyse("0 > S 0\n500 > R 1")
    #expect(one.states(.client).last == "CLOSED 500 #2 observed")
    #expect(one.path(.server) == "LISTEN")
    #expect(one.summary.outcome == .unanswered)
  }

  /// RFC 5961 3.2: in the window but not at its edge asks for a challenge ACK, no more.
  @Test func inTheWindowButNotAtItsEdge() {
    let one = analyse(
      Trace.opening + """
        50  > P. 1:101(100) ack 1
        70  < . 1 ack 101
        100 > R 5000
        120 < . 1 ack 101
        121 > P. 101:201(100) ack 1
        141 < . 1 ack 201
        """)
    #expect(one.frames(.unacceptableRST) == [6])
    #expect(one.frames(.challengeACK) == [7])
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
    #expect(one.summary.outcome == .open)
    #expect(one.summary.traffic.client.rst == 1)
  }

  @Test func outsideTheWindow() {
    let one = analyse(
      Trace.opening + """
        100 < R 900000
        121 > P. 1:101(100) ack 1
        141 < . 1 ack 101
        """)
    #expect(one.frames(.unacceptableRST) == [4])
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED")
    #expect(one.summary.outcome == .open)
    #expect(one.summary.landmarks.reset == nil)
  }

  /// The target falls silent: the RST inside the window was at its edge after all, the segments
  /// before it were not captured.
  @Test func inTheWindowAndThenSilence() {
    let one = analyse(Trace.opening + "50 > P. 1:101(100) ack 1\n70 < . 1 ack 101\n100 > R 5000")
    #expect(one.states(.client).last == "CLOSED 100 #6 observed")
    #expect(one.states(.server).last == "CLOSED 100 #6 inferred")
    #expect(one.summary.outcome == .reset)
  }

  @Test func timeToLiveOfTheReset() {
    let one = analyse(
      """
      0   > S 0 ttl 64
      20  < S. 0 ack 1 ttl 52
      20  > . 1 ack 1 ttl 64
      100 < R 1 ttl 240
      """)
    #expect(one.summary.landmarks.rstTTL == 240)
    #expect(one.summary.landmarks.usualTTL == 52)
  }
}
