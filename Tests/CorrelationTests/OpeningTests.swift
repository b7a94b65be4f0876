import TCPModel
import TestSupport
import Testing

@Suite struct OpeningTests {
  /// The textbook: three segments open, four close (RFC 9293 figures 6 and 12).
  @Test func lifecycleOfATextbookConnection() {
    let x: UInt32 = 305_419_896
    let y: UInt32 = 2_596_069_104
    let one = analyse(
      """
      0   > S 0
      20  < S. 0 ack 1
      40  > . 1 ack 1
      50  > F. 1 ack 1
      70  < . 1 ack 2
      90  < F. 1 ack 2
      110 > . 2 ack 2
      """, flow: Trace.Flow(clientISN: x, serverISN: y))

    #expect(one.summary.handshake.isn.client == x && one.summary.handshake.isn.server == y)
    #expect(one.segments?.count == 7)
    guard case .segment(let synACK) = one.segments?[1], case .segment(let ack) = one.segments?[2]
    else { return }
    #expect(synACK.rawSequence == y && synACK.rawAcknowledgment == x + 1)
    #expect(ack.rawSequence == x + 1 && ack.rawAcknowledgment == y + 1)
    #expect(
      one.states(.client) == [
        "CLOSED assumed", "SYN_SENT 0 #1 observed", "ESTABLISHED 40 #3 observed",
        "FIN_WAIT_1 50 #4 observed", "FIN_WAIT_2 70 #5 inferred", "TIME_WAIT 90 #6 inferred",
        "CLOSED 60110 assumed",
      ])
    #expect(
      one.states(.server) == [
        "LISTEN assumed", "SYN_RECEIVED 0 #1 inferred", "ESTABLISHED 40 #3 inferred",
        "CLOSE_WAIT 50 #4 inferred", "LAST_ACK 90 #6 observed", "CLOSED 110 #7 inferred",
      ])
    #expect(one.summary.handshake.kind == .threeWay)
    #expect(one.summary.teardown.kind == .fourWay)
    #expect(one.summary.outcome == .closed)
    #expect(one.summary.completeness == 1 + 2 + 4 + 16)
  }

  /// Several queues of a network card: the SYN stands behind its answer, with its own time.
  @Test func aSYNThatStandsBehindItsAnswerKeepsItsTime() {
    let one = analyse("10 < S. 0 ack 1\n11 > . 1 ack 1\n0 > S 0")
    #expect(one.summary.handshake.serverRTT == 10_000_000)
    #expect(one.summary.handshake.rtt == 11_000_000)
  }

  @Test func handshakeTimes() {
    let handshake = analyse("0 > S 0\n30 < S. 0 ack 1\n31 > . 1 ack 1").summary.handshake
    #expect(handshake.syn == 0)
    #expect(handshake.synACK == 30_000_000)
    #expect(handshake.ack == 31_000_000)
    #expect(handshake.rtt == 31_000_000)
    #expect(handshake.serverRTT == 30_000_000)
    #expect(handshake.clientRTT == 1_000_000)
  }

  @Test func optionsOfTheHandshake() {
    let options = analyse(
      """
      0  > S 0 <mss 1460,sackOK,ts 1/0,ws 7>
      20 < S. 0 ack 1 <mss 1380>
      20 > . 1 ack 1
      """
    ).summary.handshake.options
    #expect(
      options.client
        == Handshake.Options(mss: 1460, windowScale: 7, sackPermitted: true, timestamps: true))
    #expect(options.server == Handshake.Options(mss: 1380))
  }

  @Test func simultaneousOpen() {
    let one = analyse(
      """
      0  > S 0
      5  < S 0
      6  > S. 0 ack 1
      25 < S. 0 ack 1
      26 > . 1 ack 1
      """)
    #expect(one.summary.handshake.kind == .simultaneous)
    #expect(one.path(.client) == "CLOSED SYN_SENT SYN_RECEIVED ESTABLISHED")
    #expect(one.path(.server) == "CLOSED SYN_SENT SYN_RECEIVED ESTABLISHED")
    // The crossing SYN/ACK repeats the SYN's number, but nothing was sent again.
    #expect(one.summary.traffic.client.retransmittedSegments == 0)
    #expect(one.summary.handshake.synACKRetransmissions == 0)
  }

  /// A server that refuses and then opens a connection itself begins another one.
  @Test func aSYNAfterARefusalBeginsAnotherConnection() {
    let trace = Trace("0 > S 0\n1 < R. 5000 ack 1\n2 < S 0\n3 > S. 0 ack 1\n4 < . 1 ack 1")
    #expect(analyseAll(trace.segments).count == 2)
  }

  @Test func refusedByAReset() {
    let one = analyse("0 > S 0\n20 < R. 0 ack 1")
    #expect(one.summary.outcome == .refused)
    #expect(
      one.states(.client) == [
        "CLOSED assumed", "SYN_SENT 0 #1 observed", "CLOSED 20 #2 inferred",
      ])
    #expect(one.summary.landmarks.resetBy == .server)
    #expect(one.summary.completeness == 1 + 4 + 32)
  }

  /// RFC 9293 3.10.7.3: an RST without an acknowledgment moves no client; but the SYN was answered.
  @Test func resetThatDoesNotAcknowledgeTheSYN() {
    let one = analyse("0 > S 0\n20 < R 0")
    #expect(one.summary.outcome == .refused)
    #expect(one.summary.landmarks.reset == 2)
    #expect(one.path(.client) == "CLOSED SYN_SENT")
    #expect(one.frames(.unacceptableRST) == [2])
  }

  @Test func synRetries() {
    let one = analyse(
      """
      0    > S 0
      1000 > S 0
      3000 > S 0
      3020 < S. 0 ack 1
      3020 > . 1 ack 1
      """)
    #expect(one.summary.handshake.synRetransmissions == 2)
    #expect(one.summary.handshake.rtt == nil)
    #expect(one.frames(.synRetransmission) == [2, 3])
    #expect(one.summary.landmarks.firstSYNRetransmission == 2)
    #expect(one.summary.traffic.client.retransmittedSegments == 2)
    #expect(one.states(.server)[1] == "SYN_RECEIVED 3000 #3 inferred")
  }

  @Test func unanswered() {
    let one = analyse("0 > S 0\n1000 > S 0\n3000 > S 0")
    #expect(one.summary.outcome == .unanswered)
    #expect(one.path(.client) == "CLOSED SYN_SENT")
    #expect(one.path(.server) == "LISTEN")
    #expect(one.phaseList == ["handshake 0+3000 #1-3"])
  }

  /// Captured at the server: it answers, the client does not hear it.
  @Test func synACKLost() {
    let one = analyse(
      """
      0    > S 0
      0    < S. 0 ack 1
      1000 > S 0
      1000 < S. 0 ack 1
      1040 > . 1 ack 1
      """)
    #expect(one.summary.handshake.synRetransmissions == 1)
    #expect(one.summary.handshake.synACKRetransmissions == 1)
    #expect(one.states(.client)[2] == "ESTABLISHED 1040 #5 observed")
    #expect(one.states(.server)[1] == "SYN_RECEIVED 0 #1 inferred")
    #expect(one.states(.server)[2] == "ESTABLISHED 1040 #5 inferred")
  }

  /// Captured at the client: a repeated SYN/ACK says that the first ACK did not arrive.
  @Test func handshakeACKLost() {
    let one = analyse(
      """
      0    > S 0
      20   < S. 0 ack 1
      20   > . 1 ack 1
      1040 < S. 0 ack 1
      1040 > . 1 ack 1
      1100 < P. 1:11(10) ack 1
      """)
    #expect(one.states(.client)[2] == "ESTABLISHED 20 #3 observed")
    #expect(one.states(.server)[2] == "ESTABLISHED 1040 #5 inferred")
    #expect(one.summary.traffic.server.retransmittedSegments == 1)
    #expect(one.frames(.synACKRetransmission) == [4])
  }

  /// Linux with a full accept queue drops the ACK and repeats its SYN/ACK for ever.
  @Test func acceptQueueFull() {
    let one = analyse(
      """
      0    > S 0
      20   < S. 0 ack 1
      20   > . 1 ack 1
      1040 < S. 0 ack 1
      1040 > . 1 ack 1
      3060 < S. 0 ack 1
      3060 > . 1 ack 1
      """)
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED")
  }

  @Test func halfOpen() {
    let one = analyse("0 > S 0\n20 < S. 0 ack 1\n1020 < S. 0 ack 1")
    #expect(one.summary.outcome == .halfOpen)
    #expect(one.path(.client) == "CLOSED SYN_SENT")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED")
    #expect(one.summary.handshake.kind == .incomplete)
  }

  /// RFC 7413: the request travels in the SYN, the answer may precede the client's ACK.
  @Test func fastOpen() {
    let one = analyse(
      """
      0  > S 0:100(100) <mss 1460,fo>
      20 < S. 0 ack 101 <mss 1460>
      21 < P. 1:501(500) ack 101
      21 > . 101 ack 1
      22 > . 101 ack 501
      """)
    #expect(one.summary.handshake.kind == .fastOpen)
    #expect(one.summary.handshake.options.client?.fastOpen == true)
    #expect(one.states(.server)[1] == "SYN_RECEIVED 0 #1 inferred")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
    #expect(one.summary.traffic.client.payloadBytes == 100)
    #expect(one.summary.timings.firstByte == 21_000_000)
    #expect(one.summary.timings.exchanges == 1)
  }

  /// The SYN/ACK acknowledges the SYN alone: the payload in it was not taken and comes again.
  @Test func fastOpenPayloadIgnored() {
    let one = analyse(
      """
      0  > S 0:100(100) <mss 1460,fo>
      20 < S. 0 ack 1 <mss 1460,fo>
      20 > P. 1:101(100) ack 1
      40 < . 1 ack 101
      """)
    #expect(one.summary.handshake.kind == .threeWay)
    #expect(one.summary.traffic.client.retransmittedSegments == 1)
    #expect(one.summary.traffic.client.uniqueBytes == 100)
  }

  /// RFC 9293 3.5.1: the server still knows an earlier connection, the client's RST ends that one.
  @Test func halfOpenRecovery() {
    let one = analyse(
      """
      0  > S 0
      20 < . 70000 ack 90000
      20 > R 90000
      30 > S 0
      50 < S. 0 ack 1
      50 > . 1 ack 1
      """)
    #expect(one.frames(.challengeACK) == [2])
    #expect(one.counts(.server).challengeACKs == 1)
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
    #expect(one.states(.server)[1] == "SYN_RECEIVED 30 #4 inferred")
    #expect(one.summary.outcome == .open)
  }

  @Test func synWasNotCaptured() {
    let one = analyse("0 < S. 0 ack 1\n1 > . 1 ack 1")
    #expect(one.summary.roleBasis == .synACK)
    #expect(one.summary.server.port == 80)
    #expect(one.summary.handshake.kind == .incomplete)
    #expect(one.summary.handshake.isn.client == nil)
    #expect(one.states(.client)[1] == "SYN_SENT 0 #1 assumed")
    #expect(one.states(.server)[1] == "SYN_RECEIVED 0 #1 observed")
  }

  /// A file in which the SYN lies behind what followed it: no time is better than one below zero.
  @Test func synWasCapturedLast() {
    let one = analyse("0 < S. 0 ack 1\n0.01 > . 1 ack 1\n1.2 > S 0")
    #expect(one.summary.handshake.rtt == nil)
    #expect(one.summary.handshake.clientRTT == 10_000)
  }

  /// Of two that answer without a SYN, the first one is the server, whoever spoke first.
  @Test func bothSendASYNACK() {
    let one = analyse("0 < . 1 ack 1\n1 > S. 0 ack 1\n2 < S. 0 ack 1\n3 < . 1 ack 1")
    #expect(one.summary.roleBasis == .synACK)
    #expect(one.summary.server.port != 80)
  }

  @Test func synACKWasCapturedBeforeItsSYN() {
    let one = analyse("0 < S. 0 ack 1\n0.1 > S 0\n20 > . 1 ack 1")
    #expect(one.summary.roleBasis == .syn)
    #expect(one.summary.client.port == 40_000)
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
  }

  @Test func synACKWasNotCaptured() {
    let one = analyse("0 > S 0\n40 > . 1 ack 1\n41 > P. 1:11(10) ack 1\n80 < . 1 ack 11")
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
    #expect(one.states(.server)[1] == "SYN_RECEIVED 0 #1 inferred")
    #expect(one.summary.handshake.synACK == nil)
    #expect(one.summary.handshake.serverRTT == nil)
  }

  /// Segments of other connections before the true SYN/ACK, as made to confuse an observer.
  @Test func evasionSegmentsBeforeTheSYNACK() {
    let one = analyse(
      """
      0   > S 0
      1   < R. 50000 ack 90000
      2   < F. 70000 ack 80000
      20  < S. 0 ack 1
      20  > . 1 ack 1
      21  > P. 1:101(100) ack 1
      60  < P. 1:201(200) ack 101
      60  > . 101 ack 201
      """)
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
    #expect(one.summary.outcome == .open)
    #expect(one.summary.handshake.isn.server == 4_000_000_000)
    #expect(one.frames(.unacceptableRST) == [2])
    #expect(one.summary.traffic.server.uniqueBytes == 200)
    #expect(one.summary.traffic.server.missingBytes == 0)
    #expect(one.summary.traffic.server.retransmittedSegments == 0)
  }

  @Test func anotherISNOnTheSamePortsBeginsAnotherConnection() {
    var trace = Trace(Trace.opening + Trace.close)
    trace.append(
      "5000 > S 0\n5020 < S. 0 ack 1\n5020 > . 1 ack 1",
      Trace.Flow(clientISN: 2_000_000, serverISN: 77))
    let all = analyseAll(trace.segments)
    #expect(all.count == 2)
    #expect(all[0].states(.client).last == "CLOSED 5000 inferred")
    #expect(all[0].summary.nextUseOfPorts == all[1].summary.start)
    #expect(all[0].summary.reusesPorts == false)
    #expect(all[1].summary.reusesPorts)
    #expect(all[1].frames(.portReused) == [8])
    #expect(all[1].path(.client) == "CLOSED SYN_SENT ESTABLISHED")
  }

  /// RFC 5961 4: a SYN into an established connection is answered, and changes nothing.
  @Test func lateCopyOfTheSYN() {
    let one = analyse(Trace.opening + "5000 > S 0 id 5\n5020 < . 1 ack 1")
    #expect(one.frames(.challengeACK) == [5])
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
  }
}
