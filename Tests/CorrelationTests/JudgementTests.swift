import TCPModel
import TestSupport
import Testing

/// Our own judgement, beyond Wireshark's labels: sent again, late, captured twice, or unknown.
@Suite struct JudgementTests {
  /// 1:101 is missing, then comes 1 ms later: Wireshark says out of order whatever it was.
  private func gapFilled(_ first: String, _ filler: String) -> Connection {
    analyse(
      Trace.modernOpening + """
        50 > . 1:101(100) ack 1 win 502 <ts 130/900>
        51 > . 201:301(100) ack 1 win 502 \(first)
        52 > . 101:201(100) ack 1 win 502 \(filler)
        72 < . 1 ack 301 win 502 <ts 950/140>
        """)
  }

  @Test func laterTimestampMeansSentAgain() {
    let one = gapFilled("<ts 131/900>", "<ts 132/900>")
    #expect(one.frames(.outOfOrder) == [6])
    #expect(one.summary.traffic.client.retransmittedSegments == 1)
    #expect(one.summary.traffic.client.retransmittedBytes == 100)
    #expect(one.frames(.ambiguous).isEmpty)
  }

  @Test func earlierTimestampMeansLate() {
    let one = gapFilled("<ts 131/900>", "<ts 130/900>")
    #expect(one.summary.traffic.client.retransmittedSegments == 0)
    #expect(one.frames(.ambiguous).isEmpty)
  }

  /// Within one tick of the time stamp clock the IP identification decides.
  @Test func identificationDecidesBetweenEqualTimestamps() {
    #expect(
      gapFilled("id 7 <ts 131/900>", "id 8 <ts 131/900>").summary.traffic.client
        .retransmittedSegments == 1)
    #expect(
      gapFilled("id 7 <ts 131/900>", "id 6 <ts 131/900>").summary.traffic.client
        .retransmittedSegments == 0)
  }

  @Test func identificationWraps() {
    #expect(
      gapFilled("id 65530", "id 2").summary.traffic.client.retransmittedSegments == 1)
  }

  /// IPv4 identifications far apart are random numbers: they say nothing.
  @Test func randomIdentificationsDecideNothing() {
    for filler in ["id 40000", "id 8000"] {
      let one = gapFilled("id 20000", filler)
      #expect(one.summary.traffic.client.retransmittedSegments == 0)
    }
  }

  /// 101:201 is missing, SACK tells the client 20 ms away, and it comes again.
  private func sackedGap(filledAt time: Int) -> Connection {
    analyse(
      """
      0  > S 0 <mss 1460,sackOK>
      1  < S. 0 ack 1 <mss 1460,sackOK>
      21 > . 1 ack 1
      50 > . 1:101(100) ack 1
      51 > . 201:301(100) ack 1
      52 < . 1 ack 101 <sack 201:301>
      \(time) > . 101:201(100) ack 1
      """)
  }

  @Test func soonerThanTheReportReachesTheSenderIsLate() {
    let one = sackedGap(filledAt: 60)
    #expect(one.summary.traffic.client.retransmittedSegments == 0)
    #expect(one.frames(.ambiguous).isEmpty)
  }

  @Test func aRoundTripAfterTheReportIsSentAgain() {
    let one = sackedGap(filledAt: 73)
    #expect(one.summary.traffic.client.retransmittedSegments == 1)
    #expect(one.summary.traffic.client.retransmittedBytes == 100)
    #expect(one.frames(.ambiguous).isEmpty)
  }

  @Test func aDuplicateACKReportsWhereSACKIsNotUsed() {
    let text =
      Trace.opening + """
        50 > . 1:101(100) ack 1
        51 > . 201:301(100) ack 1
        70 < . 1 ack 101
        71 < . 1 ack 101
        72 > . 101:201(100) ack 1
        """
    #expect(analyse(text).summary.traffic.client.retransmittedSegments == 1)
  }

  @Test func withoutAReportItIsLate() {
    let one = gapFilled("", "")
    #expect(one.frames(.ambiguous).isEmpty)
    #expect(one.summary.traffic.client.retransmittedSegments == 0)
    #expect(one.summary.traffic.client.missingBytes == 0)
    #expect(one.summary.traffic.client.uniqueBytes == 300)
  }

  /// Long after the gap, and its report was not captured: a time-out, or not.
  @Test func nothingDecides() {
    let one = analyse(
      Trace.opening + """
        50  > . 1:101(100) ack 1
        51  > . 201:301(100) ack 1
        351 > . 101:201(100) ack 1
        """)
    #expect(one.frames(.ambiguous) == [6])
    #expect(one.counts(.client).ambiguous == 1)
    #expect(one.summary.traffic.client.retransmittedSegments == 0)
  }

  @Test func oneDirectionAloneDecidesNothing() {
    let one = analyse(
      """
      0  > . 1:101(100) ack 1
      51 > . 201:301(100) ack 1
      52 > . 101:201(100) ack 1
      """)
    #expect(one.frames(.ambiguous) == [3])
  }

  /// What was captured before is sent again, without any doubt.
  @Test func knownBytesComeAgain() {
    let one = analyse(
      Trace.opening + """
        50  > . 1:101(100) ack 1
        250 > . 1:101(100) ack 1
        270 < . 1 ack 101
        """)
    #expect(one.summary.traffic.client.retransmittedSegments == 1)
    #expect(one.summary.traffic.client.retransmittedBytes == 100)
    #expect(one.summary.traffic.client.uniqueBytes == 100)
    #expect(one.summary.traffic.client.payloadBytes == 200)
  }

  /// Half of it is new: the repeat counts as a segment, and only the old bytes as bytes.
  @Test func partlyNew() {
    let one = analyse(
      Trace.opening + """
        50  > . 1:101(100) ack 1 id 1
        250 > . 1:201(200) ack 1 id 2
        """)
    #expect(one.summary.traffic.client.retransmittedSegments == 1)
    #expect(one.summary.traffic.client.retransmittedBytes == 100)
    #expect(one.summary.traffic.client.uniqueBytes == 200)
  }

  /// A mirror port, or several interfaces: the same frame with the same IP identification.
  @Test func frameCapturedTwice() {
    let one = analyse(
      Trace.opening + """
        50 > P. 1:101(100) ack 1 id 7
        50.001 > P. 1:101(100) ack 1 id 7
        70 < . 1 ack 101 id 9
        70.001 < . 1 ack 101 id 9
        """)
    #expect(one.frames(.duplicateFrame) == [5, 7])
    #expect(one.counts(.client).duplicateFrames == 1)
    #expect(one.counts(.server).duplicateFrames == 1)
    #expect(one.summary.traffic.client.retransmittedSegments == 0)
    #expect(one.summary.landmarks.firstDuplicateFrame == 5)
    // Wireshark's label stays what it is.
    #expect(one.counts(.client).retransmissions == 1)
  }

  /// Acknowledgment and time stamp grow at the same bits: still two segments.
  @Test func numbersThatGrowAlike() {
    let one = analyse(
      Trace.opening + """
        50 > P. 1:25(24) ack 1 <ts 3/1>
        52 < . 1 ack 25 win 0 <ts 8/3>
        53 > P. 25:30(5) ack 1 <ts 3/8>
        55 < . 1 ack 30 win 0 <ts 15/3>
        """)
    #expect(one.frames(.duplicateFrame).isEmpty)
  }

  @Test func duplicatedFramesDoNotMoveStates() {
    let one = analyse(
      """
      0      > S 0 id 1
      0.001  > S 0 id 1
      20     < S. 0 ack 1
      20.001 < S. 0 ack 1
      20.1   > . 1 ack 1 id 2
      20.101 > . 1 ack 1 id 2
      """)
    #expect(one.summary.handshake.synRetransmissions == 0)
    #expect(one.summary.handshake.synACKRetransmissions == 0)
    #expect(one.summary.handshake.rtt == 20_100_000)
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
  }

  /// Without identification and time stamps only copies closer than any retransmission are such.
  @Test func copyWithoutIdentification() {
    let near = analyse(
      Trace.opening + "50 > P. 1:101(100) ack 1\n50.05 > P. 1:101(100) ack 1")
    #expect(near.frames(.duplicateFrame) == [5])
    let far = analyse(Trace.opening + "50 > P. 1:101(100) ack 1\n50.5 > P. 1:101(100) ack 1")
    #expect(far.frames(.duplicateFrame).isEmpty)
    #expect(far.summary.traffic.client.retransmittedSegments == 1)
  }

  /// No host repeats a SYN within 5 ms, so what a mirror port shows again is known at once.
  @Test func synCapturedTwice() {
    let one = analyse("0 > S 0 id 7\n2 > S 0 id 7\n20 < S. 0 ack 1\n20 > . 1 ack 1")
    #expect(one.frames(.duplicateFrame) == [2])
    #expect(one.summary.handshake.synRetransmissions == 0)
  }

  /// A copy that the network delayed until other segments had passed.
  @Test func copyThatCameLate() {
    let one = analyse(
      Trace.modernOpening + """
        50 > . 1:101(100) ack 1 win 502 id 1 <ts 130/900>
        51 > . 101:201(100) ack 1 win 502 id 2 <ts 131/900>
        52 > . 201:301(100) ack 1 win 502 id 3 <ts 132/900>
        53 > . 301:401(100) ack 1 win 502 id 4 <ts 133/900>
        54 > . 401:501(100) ack 1 win 502 id 5 <ts 134/900>
        60 > . 1:101(100) ack 1 win 502 id 1 <ts 130/900>
        """)
    #expect(one.frames(.duplicateFrame) == [9])
    #expect(one.summary.traffic.client.retransmittedSegments == 0)
  }

  /// Some senders give all their packets one identification: then it is no sign of a copy.
  @Test func constantIdentification() {
    let one = analyse(
      """
      0    > S 0 id 1
      20   < S. 0 ack 1 id 1
      20   > . 1 ack 1 id 1
      50   > P. 1:101(100) ack 1 id 1
      52   > P. 1:101(100) ack 1 id 1
      350  > P. 1:101(100) ack 1 id 1
      """)
    #expect(one.frames(.duplicateFrame).isEmpty)
    #expect(one.summary.traffic.client.retransmittedSegments == 2)
  }

  /// A host that abandons a connection sends the same RST for each segment that still arrives.
  @Test func resetsInARowAreNoCopies() {
    let one = analyse(
      Trace.opening + """
        100   > R. 1 ack 1
        110   < . 1:101(100) ack 1
        110   > R 1
        110.01 < . 101:201(100) ack 1
        110.02 > R 1
        """)
    #expect(one.frames(.duplicateFrame).isEmpty)
    #expect(one.summary.traffic.client.rst == 3)
  }

  /// RFC 2883: the receiver tells that a repeat was not needed; it was a repeat all the same.
  @Test func duplicateSACK() {
    let one = analyse(
      Trace.modernOpening + """
        50  > . 1:101(100) ack 1 win 502 <ts 130/900>
        90  < . 1 ack 101 win 502 <ts 950/130>
        350 > . 1:101(100) ack 1 win 502 <ts 430/950>
        370 < . 1 ack 101 win 502 <sack 1:101,ts 1250/430>
        """)
    #expect(one.summary.traffic.client.retransmittedSegments == 1)
    #expect(one.counts(.client).spuriousRetransmissions == 1)
    #expect(one.counts(.server).duplicateACKs == 1)
    #expect(
      one.events?.last?.text == "ACK 101 repeated: 1:101 arrived twice (D-SACK, RFC 2883)")
  }

  /// Segmentation offload: one captured segment stands for as many as the kernel counts.
  @Test func superSegmentSentAgain() {
    let one = analyse(
      Trace.modernOpening + """
        50  > . 1:4345(4344) ack 1 win 502 <ts 130/900>
        350 > . 1:4345(4344) ack 1 win 502 <ts 430/900>
        """)
    #expect(one.summary.traffic.client.retransmittedSegments == 3)
    #expect(one.summary.traffic.client.retransmittedBytes == 4344)
  }

  @Test func finSentAgain() {
    let one = analyse(
      Trace.opening + """
        100 > F. 1 ack 1 id 1
        300 > F. 1 ack 1 id 2
        """)
    #expect(one.summary.traffic.client.retransmittedSegments == 1)
    #expect(one.summary.traffic.client.retransmittedBytes == 0)
    #expect(one.summary.traffic.client.fin == 2)
  }

  /// A jump beyond the largest window is another connection's segment, not 2 GB of loss.
  @Test func wildSequenceNumber() {
    let one = analyse(
      Trace.opening + """
        50 > . 1:101(100) ack 1
        51 > . 2000000000:2000000100(100) ack 1
        52 > . 101:201(100) ack 1
        72 < . 1 ack 201
        """)
    #expect(one.summary.traffic.client.missingBytes == 0)
    #expect(one.summary.traffic.client.uniqueBytes == 200)
  }
}

@Suite struct RoundTripTests {
  @Test func fromDataToItsACK() {
    let one = analyse(
      Trace.opening + """
        50  > P. 1:101(100) ack 1
        80  < . 1 ack 101
        100 > P. 101:201(100) ack 1
        150 < . 1 ack 201
        """)
    // The SYN took 20 ms, the data 30 and 50.
    #expect(
      one.summary.rtt.client
        == RoundTrips(samples: 3, min: 20_000_000, mean: 33_333_333, max: 50_000_000))
    // The SYN/ACK was answered at once.
    #expect(one.summary.rtt.server == RoundTrips(samples: 1, min: 0, mean: 0, max: 0))
  }

  /// Karn: an ACK after a repeat may answer either copy.
  @Test func noSampleFromASegmentSentAgain() {
    let one = analyse(
      Trace.opening + """
        50  > P. 1:101(100) ack 1 id 1
        350 > P. 1:101(100) ack 1 id 2
        370 < . 1 ack 101
        """)
    #expect(one.summary.rtt.client?.samples == 1)
    #expect(one.summary.rtt.client?.max == 20_000_000)
  }

  /// RFC 7323 4.1: the echo says which copy is answered.
  @Test func timestampEchoDecides() {
    let one = analyse(
      Trace.modernOpening + """
        50  > P. 1:101(100) ack 1 win 502 <ts 130/900>
        350 > P. 1:101(100) ack 1 win 502 <ts 430/900>
        370 < . 1 ack 101 win 502 <ts 1000/130>
        """)
    #expect(one.summary.rtt.client?.samples == 2)
    #expect(one.summary.rtt.client?.max == 320_000_000)
  }

  @Test func noSampleAtAll() {
    #expect(analyse("0 > S 0").summary.rtt.client == nil)
  }

  @Test(
    arguments: [
      ("0 > S 0\n40 < S. 0 ack 1\n40.1 > . 1 ack 1", Vantage.client),
      ("0 > S 0\n0.1 < S. 0 ack 1\n40 > . 1 ack 1", .server),
      ("0 > S 0\n20 < S. 0 ack 1\n40 > . 1 ack 1", .middle),
      ("0 > S 0\n0.02 < S. 0 ack 1\n0.03 > . 1 ack 1", .unknown),
      ("0 > S 0\n1000 > S 0\n1040 < S. 0 ack 1\n1040 > . 1 ack 1", .client),
      ("0 > P. 1:101(100) ack 1", .unknown),
    ])
  func vantage(_ text: String, _ expected: Vantage) {
    #expect(analyse(text).summary.vantage == expected)
  }
}
