import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// What looks like trouble and is none, and beside each what is.
@Suite struct HarmlessTests {
  private func kinds(_ text: String) -> [FindingKind] { findings(text).map(\.kind) }

  // MARK: Closed windows

  /// The server's window closes while the client has nothing to say, and is open again long before it has.
  private func closed(_ meanwhile: String, again at: Int, last: String = "") -> [FindingKind] {
    kinds(
      Trace.opening + """
        50    > P. 1:101(100) ack 1
        70    < . 1 ack 101 \(last)
        75    < . 1 ack 101 win 0
        \(meanwhile)
        1000  < . 1 ack 101 win 64240
        \(at) > P. 101:201(100) ack 1
        \(at + 20) < . 1 ack 201
        """)
  }

  @Test func aWindowThatNobodyAskedFor() {
    #expect(closed("", again: 20_000) == [])
  }

  @Test func aWindowThatTheClientWaitedFor() {
    #expect(closed("", again: 1_020) == [.zeroWindowStall])
  }

  /// Linux probes with the last byte that was acknowledged.
  @Test func aWindowThatTheClientProbed() {
    #expect(
      closed("400 > . 100 ack 1\n420 < . 1 ack 101 win 0", again: 20_000) == [.zeroWindowStall])
  }

  @Test func aWindowThatWasUsedUp() {
    #expect(closed("", again: 20_000, last: "win 1000") == [.zeroWindowStall])
  }

  @Test func aWindowThatStaysClosedUnasked() {
    #expect(
      kinds(
        Trace.opening + """
          50   > P. 1:101(100) ack 1
          70   < . 1 ack 101 win 0
          5000 > F. 101 ack 1
          5020 < F. 1 ack 102
          5021 > . 102 ack 2
          """
      ).isEmpty)
  }

  // MARK: Polls

  /// Requests that are answered after these times, each as soon as the one before was.
  private func polls(_ waits: [Int], _ length: Int = 200) -> String {
    var text = Trace.opening
    var (now, asked, said) = (100, 1, 1)
    for wait in waits {
      text += """
        \(now)      > P. \(asked):\(asked + 100)(100) ack \(said)
        \(now + 20) < . \(said) ack \(asked + 100)
        \(now + wait) < P. \(said):\(said + length)(\(length)) ack \(asked + 100)
        \(now + wait + 1) > . \(asked + 100) ack \(said + length)

        """
      (now, asked, said) = (now + wait + 50, asked + 100, said + length)
    }
    return text
  }

  @Test(arguments: [
    ([30_000, 30_010, 4_000, 30_020], true), ([55_000, 25_000, 55_500, 54_900], true),
    ([30_000, 12_000, 21_000], false), ([5_000, 5_000, 5_000, 5_000], false), ([30_000], false),
  ])
  func aServerThatAnswersAfterAFixedTime(_ waits: [Int], isPoll: Bool) {
    #expect(kinds(polls(waits)) == (isPoll ? [] : [.slowResponse]))
  }

  @Test func longAnswersAreNoPolls() {
    #expect(kinds(polls([30_000, 30_000, 30_000], 20_000)).contains(.slowResponse))
  }

  /// One poll a connection.
  @Test(arguments: [([30_000, 30_100, 29_900], true), ([30_000, 30_100], false)])
  func aServerThatAnswersEachConnectionAfterAFixedTime(_ waits: [Int], isPoll: Bool) {
    var trace = Trace([])
    for (number, wait) in waits.enumerated() {
      var flow = Trace.Flow()
      flow.client.port = UInt16(41_000 + number)
      trace.append(polls([wait]), flow)
    }
    let found = allFindings(of: trace.segments.sorted { $0.time < $1.time })
    #expect(found.map(\.kind) == (isPoll ? [] : [.slowResponse]))
  }

  /// A capture may state any times.
  @Test func timesAsFarApartAsNumbersCanBe() {
    #expect(!PhaseRecord.isAlike(.max, -1))
    #expect(PhaseRecord.isAlike(30_000_000_000, 29_000_000_000))
  }

  // MARK: Repeats

  /// The acknowledgment was captured, and lost behind the capture.
  @Test func whatWasAcknowledgedNeedsNoRepair() throws {
    var text = Trace.opening
    for number in 0..<4 {
      let (at, first) = (100 + 400 * number, 1 + 100 * number)
      text += """
        \(at) > P. \(first):\(first + 100)(100) ack 1
        \(at + 20) < . 1 ack \(first + 100)
        \(at + 300) > P. \(first):\(first + 100)(100) ack 1
        \(at + 320) < . 1 ack \(first + 100)

        """
    }
    let repeats = try #require(findings(text).first { $0.kind == .retransmissions })
    #expect(
      repeats.text.contains("; 4 repeats arrived although the first copy had"), "\(repeats.text)")
    let limits = try #require(analyse(text).summary.limits.client)
    #expect(limits.times[.recovery] == 0)
  }

  // MARK: Chats

  /// What comes is another person's message.
  @Test(arguments: [(1863, false), (5222, false), (8080, true)])
  func aServerThatSpeaksUnasked(_ port: UInt16, isTold: Bool) {
    var flow = Trace.Flow()
    flow.server.port = port
    let trace = Trace(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < . 1 ack 101
        9000 < P. 1:201(200) ack 101
        9001 > . 101 ack 201
        """, flow: flow)
    #expect(allFindings(of: trace.segments).map(\.kind) == (isTold ? [.slowResponse] : []))
  }

  // MARK: Closes

  /// The capture begins with the end of a close: who is said to keep its side open may have closed before.
  @Test(arguments: [false, true])
  func aCloseWhoseBeginningWasNotCaptured(speaks: Bool) {
    let found = kinds(
      (speaks ? "-50 < P. -99:1(100) ack 1\n-40 > . 1 ack 1\n" : "")
        + "0 > F. 1 ack 1\n1 < . 1 ack 2\n15000 < . 1 ack 2")
    #expect(found.contains(.halfClosed) == speaks, "\(found)")
  }

  /// A filter for payload leaves out the FIN of an end that has nothing more to say.
  @Test(arguments: [false, true])
  func aCloseOfWhichOnlyPayloadWasCaptured(holdsACKs: Bool) {
    let close = Trace(
      """
      0 > P. 1:40(39) ack 1
      1 > FP. 40:67(27) ack 1
      230 < P. 1:5(4) ack 68
      \(holdsACKs ? "231 < . 5 ack 68" : "")
      """)
    var flow = Trace.Flow()
    flow.client.port += 1
    let later = Trace("15000 > P. 1:40(39) ack 1\n15001 < P. 1:5(4) ack 40", flow: flow)
    let found = allFindings(of: close.segments + later.segments).map(\.kind)
    #expect(found.contains(.halfClosed) == holdsACKs, "\(found)")
  }

  /// TLS: the server's close_notify and FIN, the client's close_notify after them.
  @Test func anAnswerToTheCloseIsNoRequest() {
    let found = kinds(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < P. 1:101(100) ack 101
        71   > . 101 ack 101
        3000 > P. 101:201(100) ack 101
        3020 < P. 101:201(100) ack 201
        3021 > . 201 ack 201
        5000 < P. 201:225(24) ack 201
        5000 < F. 225 ack 201
        5001 > . 201 ack 226
        5002 > P. 201:225(24) ack 226
        5003 > F. 225 ack 226
        5030 < R 226
        """)
    #expect(!found.contains(.keepAliveRace), "\(found)")
  }

  /// A client that has left, and a server that repeats its FIN.
  @Test func whoSentAnRSTIsNotSilent() {
    let found = kinds(
      Trace.opening + """
        50    > P. 1:101(100) ack 1
        70    < P. 1:101(100) ack 101
        71    > . 101 ack 101
        80    > R. 131 ack 101 ttl 64
        100   < F. 101 ack 101
        400   < F. 101 ack 101
        1000  < F. 101 ack 101
        2200  < F. 101 ack 101
        4600  < F. 101 ack 101
        """)
    #expect(found == [.reset] || found.isEmpty, "\(found)")
  }

  // MARK: Lost on the way

  /// The server's own number says that it had answered.
  @Test func anAnswerThatWasLostIsNotMissing() {
    var summary = analyse(
      Trace.opening + """
        50    > P. 1:101(100) ack 1
        70    < . 1 ack 101
        9000  > F. 101 ack 1
        9020  < . 15001 ack 102
        """
    ).summary
    var exchange = Exchange()
    exchange.method = "GET"
    exchange.requestFrame = 4
    exchange.requestEnd = 50_000_000
    summary.spoken = ApplicationFacts(.http)
    summary.spoken?.exchanges = [exchange]
    let found = allFindings(in: [summary], FindingContext(end: summary.end)).map(\.kind)
    #expect(!found.contains(.slowResponse), "\(found)")
  }

  /// The first segment that the server sends is a full one, and never arrives; a client that lives says so.
  @Test(arguments: [true, false])
  func aFirstSegmentThatIsTooLarge(lives: Bool) throws {
    let found = findings(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        51   < . 1 ack 101
        60   < . 1:1461(1460) ack 101
        300  < . 1:1461(1460) ack 101
        900  < . 1:1461(1460) ack 101
        2100 < . 1:1461(1460) ack 101
        4500 < . 1:1461(1460) ack 101
        """ + (lives ? "\n5000 > F. 101 ack 1\n5001 < . 1461 ack 102" : ""))
    #expect(found.map(\.kind) == [lives ? .mtuBlackHole : .stalled])
    let text = try #require(found.first?.text)
    #expect(
      text.contains(
        lives
          ? "while smaller ones did"
          : "or the path is gone, or segments with 1,460 bytes do not get through"), "\(text)")
  }

  // MARK: Resets

  /// One direction alone, and a segment that looks like an RST, with any number.
  @Test func anRSTFarFromEverythingEndsNothing() {
    let text = """
      0   < P. 1:101(100) ack 1 ttl 60
      100 < P. 101:201(100) ack 1 ttl 60
      200 < R 900000000 ttl 200
      300 < P. 201:301(100) ack 1 ttl 60
      """
    #expect(findings(text).isEmpty)
    #expect(analyse(text).summary.outcome == .open)
  }

  // MARK: Ends that are gone

  /// The server loses power, and is there again without knowing of any connection.
  private func restart(_ reset: String, last: Int = 7_560) -> [Finding] {
    findings(
      Self.exchange + """
        3000 > P. 101:201(100) ack 101
        3220 > P. 101:201(100) ack 101
        3660 > P. 101:201(100) ack 101
        4560 > P. 101:201(100) ack 101
        \(last) > P. 101:201(100) ack 101
        \(reset)
        """)
  }

  private static let exchange =
    Trace.opening + """
      50 > P. 1:101(100) ack 1
      70 < P. 1:101(100) ack 101
      71 > . 101 ack 101

      """

  @Test func aServerThatComesBackEmpty() {
    let found = restart("7580 < R 101")
    #expect(
      found.map(\.text) == [
        "Connection 1 to 10.0.0.2:80 ended by an RST of the server, which answered with it what the client had "
          + "sent again 4 times over 4.34 s; it knows nothing of the connection any more: a restart, or a "
          + "device on the way that forgot it."
      ])
    #expect(found.map(\.kind) == [.reset])
    #expect(found.map(\.severity) == [.warning])
  }

  /// A program that gives up does so at any time; and what the RST acknowledges had arrived.
  @Test(arguments: ["8000 < R. 101 ack 101", "7580 < R. 101 ack 201"])
  func aServerThatGivesUp(_ reset: String) {
    let found = restart(reset)
    #expect(found.contains { $0.kind == .reset }, "\(found.map(\.text))")
    #expect(!found.contains { $0.text.contains("restart") }, "\(found.map(\.text))")
  }
}
