import TCPModel
import TestSupport
import Testing

/// Paths that swallow full segments, and what looks like one.
@Suite struct BlackHoleTests {
  /// What is offered has to hold nothing: no segment is full then.
  @Test func anMSSOfNothingIsNoBlackHole() {
    let found = findings(
      """
      0    > S 0 <mss 0>
      20   < S. 0 ack 1 <mss 0>
      20   > . 1 ack 1
      30   > P. 101:201(100) ack 1
      9000 < . 1 ack 1
      """, until: 60_000)
    #expect(!found.contains { $0.kind == .mtuBlackHole })
  }

  /// A response of which no segment is small enough, as its sender's capture shows it.
  private static let fullSegmentsInVain =
    Trace.opening + """
      50   > P. 1:101(100) ack 1
      51   < . 1 ack 101
      60   < . 1:1461(1460) ack 101
      60   < . 1461:2921(1460) ack 101
      260  < . 1:1461(1460) ack 101
      660  < . 1:1461(1460) ack 101
      1460 < . 1:1461(1460) ack 101
      3060 < . 1:1461(1460) ack 101

      """

  /// None of them arrives, so nobody reports a later one: what tells is that the client closes, and takes
  /// the answer to that.
  @Test func everyFullSegmentIsTooLarge() {
    expectOne(
      .mtuBlackHole, .error,
      "Connection 1 to 10.0.0.2:80: segments of the server with 1,460 bytes did not arrive however often "
        + "they were sent, while smaller ones did; the path takes no packets of that size and no ICMP says "
        + "so. A smaller MSS or MTU on that path, or ICMP let through, mends it.",
      frames: [8, 14], until: 20_000,
      in: Self.fullSegmentsInVain + """
        9000 > F. 101 ack 1
        9001 < . 2921 ack 102
        9460 < . 1:1461(1460) ack 102
        """)
  }

  /// The server answers at once, so the acknowledgment of the request is in what does not arrive: the client asks once more,
  /// gets a small segment, and waits. Where it asks again and again, nothing arrives.
  @Test(arguments: [
    ("", true), ("700 > P. 101:201(100) ack 151\n1500 > P. 101:201(100) ack 151\n", false),
  ])
  func aRequestThatIsAcknowledgedByAFullSegment(_ more: String, _ isTold: Bool) {
    let found = findings(
      Trace.opening + """
        50    > P. 1:101(100) ack 1
        51    < P. 1:151(150) ack 101
        71    > . 101 ack 151
        80    > P. 101:201(100) ack 151
        80.4  < . 151:1611(1460) ack 201
        80.4  < . 1611:3071(1460) ack 201
        310   > P. 101:201(100) ack 151
        310.1 < . 3071 ack 201
        390   < . 151:1611(1460) ack 201
        \(more)1890  < . 151:1611(1460) ack 201
        3900  < . 151:1611(1460) ack 201
        18000 > F. 201 ack 151
        18000.1 < . 3071 ack 202
        """)
    #expect(found.contains { $0.kind == .mtuBlackHole } == isTold, "\(found.map(\.text))")
    #expect(!found.contains { $0.text.contains("repeats of what had arrived") })
  }

  /// The same at the client: that something was sent tells the number of a segment without payload.
  @Test func everyFullSegmentIsTooLargeToBeCaptured() {
    expectOne(
      .mtuBlackHole, .error,
      "Connection 1 to 10.0.0.2:80: segments of the server with 1,460 bytes did not arrive however often "
        + "they were sent, while smaller ones did; the path takes no packets of that size and no ICMP says "
        + "so. A smaller MSS or MTU on that path, or ICMP let through, mends it.",
      frames: [4, 7], until: 20_000,
      in: Trace.opening + """
        50   > P. 1:101(100) ack 1
        90   < . 1 ack 101
        9000 > F. 101 ack 1
        9040 < . 2921 ack 102
        """)
  }

  /// The hello of a server does not fit, its end does; the server lives, and never fills the hole.
  @Test(arguments: [(12_000, true), (1_000, false)])
  func aHoleThatIsNeverFilled(close: Int, isTold: Bool) {
    let found = findings(
      Trace.opening + """
        50   > P. 1:518(517) ack 1
        70   < . 1 ack 518
        80   < P. 1461:2100(639) ack 518
        80   > . 518 ack 1 <sack 1461:2100>
        \(close) > F. 518 ack 1 <sack 1461:2100>
        \(close + 20) < . 2100 ack 519
        """)
    #expect(found.contains { $0.kind == .mtuBlackHole } == isTold, "\(found.map(\.text))")
  }

  @Test(arguments: [
    // The path died, or the receiver: nobody speaks any more.
    "",
    // Nothing of what the server sends arrives, of whatever size.
    """
    9000 > F. 101 ack 1
    9001 < . 2921 ack 102
    9200 > F. 101 ack 1
    9201 < . 2921 ack 102
    9600 > F. 101 ack 1
    9601 < . 2921 ack 102
    """,
    // The receiver knows nothing of the connection any more.
    """
    6260 < . 1:1461(1460) ack 101
    6280 > R 101
    """,
  ])
  func aDeadPathIsNoBlackHole(_ end: String) {
    let found = findings(Self.fullSegmentsInVain + end, until: 20_000)
    #expect(!found.contains { $0.kind == .mtuBlackHole }, "\(found.map(\.text))")
  }

  @Test func whereFullSegmentsArrivedBeforeThereIsNoBlackHole() {
    let found = findings(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        60   < . 1:1461(1460) ack 101
        80   > . 101 ack 1461
        90   < . 1461:2921(1460) ack 101
        290  < . 1461:2921(1460) ack 101
        690  < . 1461:2921(1460) ack 101
        1490 < . 1461:2921(1460) ack 101
        3090 < . 1461:2921(1460) ack 101
        9000 > F. 101 ack 1461
        9001 < . 2921 ack 102
        """, until: 20_000)
    #expect(!found.contains { $0.kind == .mtuBlackHole }, "\(found.map(\.text))")
  }

  /// At the client: the number of a segment without payload that is no sum of full ones, and an RST, which
  /// may have any.
  @Test(arguments: ["9040 < . 2922 ack 102", "9040 < R. 2921 ack 102"])
  func aNumberThatTellsNoFullSegments(_ end: String) {
    let found = findings(
      Trace.opening + "50 > P. 1:101(100) ack 1\n90 < . 1 ack 101\n9000 > F. 101 ack 1\n" + end,
      until: 20_000)
    #expect(!found.contains { $0.kind == .mtuBlackHole }, "\(found.map(\.text))")
  }
}
