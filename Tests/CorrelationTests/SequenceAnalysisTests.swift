import TCPModel
import TestSupport
import Testing

/// The kinds of Wireshark's user guide, "TCP Analysis", with its own thresholds and quirks.
@Suite struct SequenceAnalysisTests {
  @Test func nothingToSay() {
    let one = analyse(
      Trace.opening + """
        50 > P. 1:101(100) ack 1
        70 < . 1 ack 101
        80 < P. 1:501(500) ack 101
        80 > . 101 ack 501
        """)
    #expect(one.eventList.isEmpty)
    #expect(one.counts(.client) == AnalysisCounts())
    #expect(one.counts(.server) == AnalysisCounts())
  }

  @Test func retransmission() {
    let one = analyse(
      Trace.opening + """
        50  > P. 1:101(100) ack 1 id 1
        350 > P. 1:101(100) ack 1 id 2
        370 < . 1 ack 101
        """)
    #expect(one.eventList == ["#5 retransmission"])
    #expect(one.counts(.client).retransmissions == 1)
    #expect(one.summary.landmarks.firstRetransmission == PerSide(client: 5, server: nil))
  }

  /// Wireshark analyses no segment without all 20 bytes of its header; it was still sent again.
  @Test func aCutHeaderIsNotAnalysed() {
    var segments = Trace(
      Trace.opening + """
        50  > P. 1:101(100) ack 1 id 1
        350 > P. 1:101(100) ack 1 id 2
        370 < . 1 ack 101
        """
    ).segments
    for index in segments.indices { segments[index].isHeaderCut = true }
    let summary = analyseAll(segments)[0].summary
    #expect(summary.analysis?.client == AnalysisCounts())
    #expect(summary.traffic.client.retransmittedSegments == 1)
  }

  /// Two duplicate ACKs, then the segment they ask for within 20 ms.
  @Test func fastRetransmission() {
    let one = analyse(
      Trace.opening + """
        50 > . 1:1001(1000) ack 1 id 1
        51 > . 1001:2001(1000) ack 1 id 2
        52 > . 2001:3001(1000) ack 1 id 3
        53 > . 3001:4001(1000) ack 1 id 4
        70 < . 1 ack 1001
        72 < . 1 ack 1001
        73 < . 1 ack 1001
        74 > . 1001:2001(1000) ack 1 id 5
        94 < . 1 ack 4001
        """)
    #expect(one.frames(.duplicateACK) == [9, 10])
    #expect(one.frames(.fastRetransmission) == [11])
    #expect(one.counts(.client).fastRetransmissions == 1)
    #expect(one.counts(.client).retransmissions == 1)
    #expect(one.counts(.server).duplicateACKs == 2)
  }

  /// Wireshark's counter of duplicate ACKs has no sign: the mark of an ACK of what was not captured is
  /// more than two.
  @Test func fastAfterAnACKOfWhatWasNotCaptured() {
    let one = analyse(
      Trace.opening + """
        50 > . 1:1001(1000) ack 1 id 1
        51 > . 1001:2001(1000) ack 1 id 2
        70 < . 1 ack 1 win 500
        75 > . 1:1001(1000) ack 301 id 3
        """)
    #expect(one.frames(.duplicateACK) == [])
    #expect(one.frames(.ackedUnseen) == [7])
    #expect(one.frames(.fastRetransmission) == [7])
  }

  @Test func laterThan20MillisecondsItIsNotFast() {
    let one = analyse(
      Trace.opening + """
        50  > . 1:1001(1000) ack 1 id 1
        51  > . 1001:2001(1000) ack 1 id 2
        70  < . 1 ack 1
        71  < . 1 ack 1
        72  < . 1 ack 1
        192 > . 1:1001(1000) ack 1 id 3
        """)
    #expect(one.counts(.client).fastRetransmissions == 0)
    #expect(one.counts(.client).retransmissions == 1)
  }

  @Test func spuriousRetransmission() {
    let one = analyse(
      Trace.opening + """
        50  > P. 1:101(100) ack 1 id 1
        70  < . 1 ack 101
        350 > P. 1:101(100) ack 1 id 2
        """)
    #expect(one.eventList == ["#6 retransmission", "#6 spurious_retransmission"])
    #expect(one.counts(.client).spuriousRetransmissions == 1)
  }

  /// Sooner after the newest data than the initial round-trip time (20 ms here).
  @Test func outOfOrder() {
    let one = analyse(
      Trace.opening + """
        50 > . 101:201(100) ack 1 id 2
        51 > . 1:101(100) ack 1 id 1
        """)
    #expect(one.eventList == ["#4 previous_segment_lost", "#5 out_of_order"])
    #expect(one.counts(.client).outOfOrder == 1)
  }

  @Test func withoutAHandshakeTheThresholdIs3Milliseconds() {
    let one = analyse(
      """
      0  > . 1:101(100) ack 1 id 1
      10 > . 301:401(100) ack 1 id 4
      12 > . 101:201(100) ack 1 id 2
      14 > . 201:301(100) ack 1 id 3
      """)
    #expect(one.frames(.outOfOrder) == [3])
    #expect(one.frames(.retransmission) == [4])
  }

  @Test func keepAlives() {
    let one = analyse(
      Trace.opening + """
        50    > P. 1:101(100) ack 1
        70    < . 1 ack 101
        10070 > . 100 ack 1
        10090 < . 1 ack 101
        20090 > . 100:101(1) ack 1
        20110 < . 1 ack 101
        """)
    #expect(one.counts(.client).keepAlives == 2)
    #expect(one.counts(.server).keepAliveACKs == 2)
    #expect(one.counts(.client).retransmissions == 0)
    #expect(one.summary.traffic.client.retransmittedSegments == 0)
    #expect(one.summary.landmarks.unansweredKeepAlives == PerSide(both: 0))
  }

  @Test func keepAlivesWithoutAnswer() {
    let one = analyse(
      Trace.opening + """
        50    < P. 1:101(100) ack 1
        50    > . 1 ack 101
        10070 < . 100 ack 1
        20070 < . 100 ack 1
        30070 < . 100 ack 1
        """)
    #expect(one.summary.landmarks.unansweredKeepAlives == PerSide(client: 0, server: 3))
  }

  @Test func zeroWindowAndItsProbe() {
    let one = analyse(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < . 1 ack 101 win 0
        270  > . 101:102(1) ack 1
        290  < . 1 ack 101 win 0
        1000 < . 1 ack 101 win 64240
        1001 > . 101:201(100) ack 1
        """)
    #expect(
      one.eventList == [
        "#5 zero_window", "#6 zero_window_probe", "#7 zero_window", "#7 zero_window_probe_ack",
        "#8 window_update",
      ])
    let stops = one.summary.landmarks.zeroWindow
    #expect(stops.client.count == 0 && stops.server.count == 1)
    #expect(stops.server.time == 930_000_000 && stops.server.longestFrame == 5)
    #expect(one.counts(.server).zeroWindows == 2)
  }

  /// Linux probes a closed window without data: Wireshark calls that a keep-alive.
  @Test func probeWithoutData() {
    let one = analyse(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < . 1 ack 101 win 0
        270  > . 100 ack 1
        290  < . 1 ack 101 win 0
        """)
    #expect(one.frames(.keepAlive) == [6])
    #expect(one.counts(.client).zeroWindowProbes == 0)
    #expect(one.summary.traffic.client.retransmittedSegments == 0)
  }

  @Test func windowFull() {
    let one = analyse(
      Trace.opening + """
        50 > P. 1:101(100) ack 1
        70 < . 1 ack 101 win 1000
        71 > . 101:601(500) ack 1
        72 > . 601:1101(500) ack 1
        """)
    #expect(one.eventList == ["#7 window_full"])
    #expect(one.counts(.client).windowFull == 1)
  }

  @Test func windowFullAfterScaling() {
    let one = analyse(
      Trace.modernOpening + """
        50 < . 1 ack 1 win 10 <ts 950/120>
        51 > . 1:1281(1280) ack 1 win 502 <ts 130/950>
        """)
    #expect(one.frames(.windowFull) == [5])
    #expect(one.summary.traffic.client.maxWindow == 502 << 7)
  }

  /// A receiver whose window is not known, because no SYN was captured, is never full.
  @Test func windowOfAnUnknownScale() {
    let one = analyse("0 < . 1 ack 1 win 100\n1 > . 1:101(100) ack 1")
    #expect(one.frames(.windowFull).isEmpty)
  }

  @Test func windowUpdate() {
    let one = analyse(Trace.opening + "50 < . 1 ack 1 win 32000")
    #expect(one.eventList == ["#4 window_update"])
    #expect(one.counts(.server).windowUpdates == 1)
  }

  @Test func previousSegmentAndUnseenACK() {
    let one = analyse(
      Trace.opening + """
        50 > . 101:201(100) ack 1
        70 < . 1 ack 301
        """)
    #expect(one.eventList == ["#4 previous_segment_lost", "#5 acked_unseen"])
    #expect(one.counts(.client).previousSegmentLost == 1)
    #expect(one.counts(.server).ackedUnseen == 1)
  }

  @Test func portsReusedWithinOneStream() {
    let one = analyse("0 > S 0\n20 < S. 0 ack 1\n25 < S. 5000 ack 1")
    #expect(one.frames(.portReused) == [3])
  }

  @Test func eventTexts() {
    let one = analyse(
      Trace.opening + """
        50  > P. 1:101(100) ack 1 id 1
        70  < . 1 ack 101
        350 > P. 1:101(100) ack 1 id 2
        360 < . 1 ack 101 win 0
        400 > R 900000
        """)
    #expect(
      one.events?.map(\.text) == [
        "1:101 (100 bytes) sent again",
        "1:101 (100 bytes) sent again though already acknowledged",
        "window 0: the sender must stop",
        "RST at sequence 900000",
        "RST at sequence 900000 is not what RFC 5961 accepts; no state changed",
      ])
  }
}
