import TCPModel
import TestSupport
import Testing

/// Zeek's thirteen values of `conn_state`, and the letters of `history`.
@Suite struct ZeekTests {
  @Test(
    arguments: [
      ("0 > S 0", "S0", "S"),
      (Trace.opening, "S1", "ShA"),
      (Trace.opening + Trace.close, "SF", "ShAFaf"),
      ("0 > S 0\n20 < R. 0 ack 1", "REJ", "Sr"),
      (Trace.opening + "100 > F. 1 ack 1\n120 < . 1 ack 2", "S2", "ShAFa"),
      (Trace.opening + "100 < F. 1 ack 1\n100 > . 1 ack 2", "S3", "ShAf"),
      (Trace.opening + "100 > R. 1 ack 1", "RSTO", "ShAR"),
      (Trace.opening + "100 < R. 1 ack 1", "RSTR", "ShAr"),
      ("0 > S 0\n500 > R 1", "RSTOS0", "SR"),
      ("0 < S. 0 ack 1\n1000 < R 1", "RSTRH", "^hr"),
      ("0 > S 0\n500 > F 1", "SH", "SF"),
      ("0 < S. 0 ack 1\n500 < F. 1 ack 1", "SHR", "^hf"),
      ("0 > P. 1:101(100) ack 1\n20 < . 1 ack 101", "OTH", "Da"),
    ])
  func connState(_ text: String, _ state: String, _ history: String) {
    let summary = analyse(text).summary
    #expect(summary.connState == state)
    #expect(summary.history == history)
  }

  @Test func payloadInBothDirections() {
    let one = analyse(
      Trace.opening + """
        30 > P. 1:101(100) ack 1
        50 < . 1 ack 101
        60 < P. 1:501(500) ack 101
        60 > . 101 ack 501
        70 > F. 101 ack 501
        90 < F. 501 ack 102
        90 > . 102 ack 502
        """)
    #expect(one.summary.connState == "SF")
    #expect(one.summary.history == "ShADadFf")
  }

  @Test func repeatsAreWrittenAtPowersOfTen() {
    var text = Trace.opening + "30 > P. 1:101(100) ack 1 id 1\n"
    for count in 1...10 { text += "\(30 + 300 * count) > P. 1:101(100) ack 1 id \(count + 1)\n" }
    #expect(analyse(text).summary.history == "ShADTT")
  }

  @Test func zeroWindow() {
    let one = analyse(Trace.opening + "30 > P. 1:101(100) ack 1\n50 < . 1 ack 101 win 0")
    #expect(one.summary.history == "ShADaw")
  }

  @Test func gap() {
    let one = analyse(
      Trace.opening + """
        30 > P. 1:101(100) ack 1
        31 > P. 201:301(100) ack 1
        50 < . 1 ack 301
        """)
    #expect(one.summary.history == "ShADaG")
  }

  @Test func finTogetherWithARST() {
    let one = analyse(Trace.opening + "30 > FR. 1 ack 1")
    #expect(one.summary.history == "ShAI")
  }

  @Test func synTogetherWithAFIN() {
    let one = analyse("0 > SF 0")
    #expect(one.summary.history == "Q")
  }

  @Test func wellKnownPortTurnsTheRolesRound() {
    let one = analyse("0 < P. 1:101(100) ack 1\n1 > . 1 ack 101")
    #expect(one.summary.history == "^dA")
  }

  /// What comes after both have closed does not count: the ACK of the last FIN, an RST.
  @Test(
    arguments: [
      ("100 > F. 1 ack 1\n120 < F. 1 ack 2\n140 > . 2 ack 2\n200 < R 2", 120),
      ("100 > F. 1 ack 1\n120 < . 1 ack 2\n140 < R 1\n160 < R 1", 140),
      ("100 > F. 1 ack 1\n120 < . 1 ack 2\n300 < . 1 ack 2", 300),
      ("100 < R. 1 ack 1\n200 > . 1 ack 1", 200),
    ])
  func durationEndsWhenBothHaveClosed(_ end: String, _ milliseconds: Int64) {
    let one = analyse(Trace.opening + end)
    #expect(one.summary.zeekDuration == milliseconds * 1_000_000)
  }

  /// A side without a segment has sent nothing there, though its bytes were acknowledged.
  @Test func bytesOfASideThatWasNotCaptured() {
    let one = analyse("0 > S 0\n40 > . 1 ack 1\n50 > P. 1:101(100) ack 1\n90 > . 101 ack 301")
    #expect(one.summary.traffic.server.missingBytes == 300)
    #expect(one.summary.traffic.server.zeekMissedBytes == 0)
    #expect(one.summary.traffic.server.zeekBytes == 0)
    #expect(one.summary.traffic.client.zeekBytes == 100)
  }

  /// Twenty-two letters are kept; a connection that has more to say is told up to there.
  @Test func historyIsBounded() {
    var text = Trace.opening
    for count in 1...40 {
      text += "\(30 + count) > SFR. \(count * 7) ack 1\n\(30 + count) < R \(count * 1000)\n"
    }
    let history = analyse(text).summary.history ?? ""
    #expect(history.count == 22)
    #expect(history.hasPrefix("ShAI"))
  }
}
