import TCPModel
import TestSupport
import Testing

/// Captures that do not hold all: nothing is made up, what is assumed says so.
@Suite struct PartialCaptureTests {
  @Test func beginsMidstream() {
    let one = analyse(
      """
      0  > P. 1:101(100) ack 1
      20 < . 1 ack 101
      30 < P. 1:51(50) ack 101
      30 > . 101 ack 51
      """)
    #expect(one.states(.client) == ["ESTABLISHED 0 #1 assumed"])
    #expect(one.states(.server) == ["ESTABLISHED 0 #1 assumed"])
    #expect(one.summary.handshake.kind == .notCaptured)
    #expect(one.summary.handshake.isn.client == nil)
    #expect(one.summary.roleBasis == .port)
    #expect(one.frames(.midstreamStart) == [1])
    #expect(one.summary.outcome == .open)
    #expect(one.summary.timings.handshake == nil)
    #expect(one.summary.timings.firstByte == nil)
    #expect(one.summary.timings.exchanges == 1)
  }

  @Test func beginsMidstreamAndCloses() {
    let one = analyse(
      """
      0  > F. 1 ack 1
      20 < F. 1 ack 2
      20 > . 2 ack 2
      """)
    #expect(one.path(.client) == "ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED")
    #expect(one.path(.server) == "ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED")
    #expect(one.summary.outcome == .closed)
  }

  /// The client's numbers may lie anywhere in their circle.
  @Test(arguments: [1, 1 << 30, 1 << 31, UInt32.max - 5])
  func theSYNWasMissed(clientISN: UInt32) {
    let one = analyse(
      """
      20  < S. 0 ack 1
      20  > . 1 ack 1
      50  > P. 1:101(100) ack 1
      70  < . 1 ack 101
      100 > F. 101 ack 1
      120 < F. 1 ack 102
      120 > . 102 ack 2
      """, flow: Trace.Flow(clientISN: clientISN))
    #expect(
      one.path(.client) == "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED")
    #expect(one.summary.outcome == .closed)
  }

  @Test func equalPortsAndNoSYN() {
    var flow = Trace.Flow()
    flow.client.port = 80
    let one = analyse("0 < P. 1:101(100) ack 1\n1 > . 1 ack 101", flow: flow)
    #expect(one.summary.roleBasis == .firstSegment)
  }

  @Test func onlyTheClientsDirection() {
    let one = analyse(
      """
      0   > S 0
      20  > . 1 ack 1
      21  > P. 1:101(100) ack 1
      60  > . 101 ack 1001
      100 > F. 101 ack 1001
      120 > . 102 ack 1002
      """)
    #expect(
      one.path(.client)
        == "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED")
    #expect(one.summary.traffic.server.segments == 0)
    // Two FINs were not seen, so none is claimed.
    #expect(one.summary.outcome == .halfClosed)
    #expect(one.summary.traffic.server.fin == 0)
    #expect(one.summary.traffic.server.maxWindow == nil)
  }

  @Test func onlyTheServersDirection() {
    let one = analyse(
      """
      0  < S. 0 ack 1
      20 < . 1 ack 101
      21 < P. 1:1001(1000) ack 101
      90 < F. 1001 ack 102
      """)
    #expect(one.summary.roleBasis == .synACK)
    #expect(one.path(.server).hasPrefix("LISTEN SYN_RECEIVED ESTABLISHED"))
    #expect(one.summary.outcome == .halfClosed)
    #expect(one.summary.traffic.client.segments == 0)
  }

  /// What was acknowledged but not captured is missing from the capture, not lost.
  @Test func gapInTheCapture() {
    let one = analyse(
      Trace.opening + """
        50 > . 1:101(100) ack 1
        51 > . 201:301(100) ack 1
        70 < . 1 ack 301
        """)
    #expect(one.summary.traffic.client.missingBytes == 100)
    #expect(one.summary.traffic.client.uniqueBytes == 200)
    #expect(one.summary.traffic.client.retransmittedSegments == 0)
    #expect(one.frames(.previousSegmentLost) == [5])
    #expect(one.frames(.ackedUnseen) == [6])
  }

  @Test func notAcknowledgedIsNotMissing() {
    let one = analyse(
      Trace.opening + """
        50 > . 1:101(100) ack 1
        51 > . 201:301(100) ack 1
        70 < . 1 ack 101
        """)
    #expect(one.summary.traffic.client.missingBytes == 0)
  }

  @Test func damagedHeader() {
    let one = analyse(
      Trace.opening + """
        50 > R 4711 cut
        60 > P. 1:101(100) ack 1
        80 < . 1 ack 101
        """)
    #expect(one.frames(.headerDamaged) == [4])
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED")
    #expect(one.summary.traffic.client.segments == 4)
    #expect(one.summary.traffic.client.rst == 1)
    #expect(one.summary.outcome == .open)
  }

  @Test func clockRunsBackwards() {
    let one = analyse(
      Trace.opening + """
        50 > P. 1:101(100) ack 1
        40 < . 1 ack 101
        45 < P. 1:11(10) ack 101
        70 > . 101 ack 11
        """)
    #expect(one.summary.landmarks.clockWentBackwards)
    #expect(one.frames(.clockBackwards) == [5, 6])
    #expect(one.summary.duration == 70_000_000)
  }

  @Test func clockRunsBackwardsBeforeTheFirstSegment() {
    let one = analyse("100 > S 0\n20 < S. 0 ack 1\n30 > . 1 ack 1")
    #expect(one.summary.duration == 0)
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED")
    #expect(one.summary.vantage == .unknown)
  }

  @Test func sequenceNumbersWrap() {
    let one = analyse(
      Trace.opening + """
        30 > . 1:1001(1000) ack 1
        31 > . 1001:2001(1000) ack 1
        51 < . 1 ack 2001
        52 < . 1:1001(1000) ack 2001
        53 > . 2001 ack 1001
        60 > F. 2001 ack 1001
        80 < F. 1001 ack 2002
        80 > . 2002 ack 1002
        """, flow: Trace.Flow(clientISN: 0xFFFF_FC00, serverISN: 0xFFFF_FE00))
    #expect(one.eventList.isEmpty)
    #expect(one.summary.traffic.client.uniqueBytes == 2000)
    #expect(one.summary.traffic.client.missingBytes == 0)
    #expect(one.summary.outcome == .closed)
    let places = one.segments?.map { item in
      if case .segment(let segment) = item { segment.sequence } else { Int64.min }
    }
    #expect(places == [0, 0, 1, 1, 1001, 1, 1, 2001, 2001, 1001, 2002])
  }

  @Test func loneSYNACK() {
    let one = analyse("0 < S. 0 ack 1")
    #expect(one.summary.outcome == .halfOpen)
    #expect(one.summary.duration == 0)
  }

  @Test func nothingButResets() {
    let one = analyse("0 > R 1\n10 > R 1\n20 > R 1")
    #expect(one.summary.traffic.client.rst == 3)
    #expect(one.summary.handshake.kind == .notCaptured)
  }

  @Test func noSegmentAtAll() {
    #expect(analyseAll([]).isEmpty)
  }

  /// No window is larger than 2^30 (RFC 7323 2.3): such a first acknowledgment is of something else.
  @Test func theFirstAcknowledgmentIsNonsense() {
    let one = analyse("0 > S 0\n1 > . 1 ack 1\n20 < . 1 ack 1500000000")
    #expect(one.summary.traffic.client.missingBytes == 0)
  }
}
