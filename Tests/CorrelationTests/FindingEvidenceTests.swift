import Correlation
import Support
import TCPModel
import TestSupport
import Testing

/// What a finding must not say of packets that say something else. Each is of a kind that public captures
/// have.
@Suite struct FindingEvidenceTests {
  private func summary(_ text: String) -> ConnectionSummary { analyse(text).summary }

  // MARK: Responses

  /// The server closes instead.
  @Test func aFINIsNoResponse() {
    let text =
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < P. 1:51(50) ack 101
        90   > P. 101:201(100) ack 51
        110  < . 51 ack 201
        4000 < F. 51 ack 201
        4020 > F. 201 ack 52
        4040 < . 52 ack 202
        """
    #expect(findings(text).isEmpty)
    let summary = summary(text)
    #expect(summary.timings.longestWait == 3_910_000_000)
    #expect(summary.landmarks.longestAnswer == 20_000_000)
    #expect(summary.landmarks.longestAnswered == 4)
  }

  /// What lies between request and response was not captured: it may have been many.
  @Test(arguments: [
    "3000 < P. 5001:5101(100) ack 101", "3000 < P. 1:101(100) ack 5101",
  ])
  func aResponseBehindAGapIsNotTimed(_ response: String) {
    let found = findings(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < . 1 ack 101
        80   < P. 1:1(0) ack 101
        \(response)
        """)
    #expect(!found.contains { $0.kind == .slowResponse })
  }

  /// Who speaks first in a capture that began later may be the one that asks.
  @Test func aServerThatAsksHasNoSlowResponse() {
    let found = findings(
      """
      0    < P. 1:9(8) ack 1
      3    > P. 1:9(8) ack 9
      4    < . 9 ack 9
      1500 < P. 9:30(21) ack 9
      1502 > P. 9:30(21) ack 30
      """)
    #expect(!found.contains { $0.kind == .slowResponse })
  }

  /// A client that closes its half with the request waits for the response all the same.
  @Test func aHalfClosedRequestHasNoResponse() throws {
    var summary = summary(
      Trace.opening + """
        50    > P. 1:101(100) ack 1
        51    > F. 101 ack 1
        70    < . 1 ack 102
        16000 < R 1
        """)
    var exchange = Exchange()
    exchange.method = "GET"
    exchange.requestFrame = 4
    exchange.requestEnd = 50_000_000
    summary.spoken = ApplicationFacts(.http)
    summary.spoken?.exchanges = [exchange]
    let found = allFindings(in: [summary], FindingContext(end: summary.end))
    #expect(found.map(\.kind) == [.slowResponse])
    #expect(found.first?.wording.key == "finding.slow_response.closed")
    #expect(
      found.first?.evidence.contains(Finding.Evidence("no_response_ns", .number(15_950_000_000)))
        == true)
  }

  // MARK: Copies

  /// A mirror port gives each frame twice, and those of a burst some frames later.
  @Test func copiesInABurstAreNotSentAgain() {
    var lines = ""
    let burst = Array(0..<8)
    for (place, number) in (burst + burst).enumerated() {
      let first = 1 + number * 1_400
      lines += "\(60 + Double(place) * 0.003) > . \(first):\(first + 1_400)(1400) ack 1\n"
    }
    let summary = summary(
      """
      0       > S 0 <mss 1460>
      0.01    > S 0 <mss 1460>
      20      < S. 0 ack 1 <mss 1460>
      20.01   < S. 0 ack 1 <mss 1460>
      20.1    > . 1 ack 1
      20.11   > . 1 ack 1

      """ + lines + "80 < . 1 ack 11201\n80.01 < . 1 ack 11201")
    #expect(summary.traffic.client.retransmittedSegments == 0)
    #expect(summary.analysis?.client.duplicateFrames == 10)
  }

  // MARK: Repeats

  /// So many segments of 100 bytes, all of them sent again after a time-out.
  private func sentTwice(_ count: Int) -> String {
    let opening = """
      0  > S 0 <mss 1460,sackOK>
      20 < S. 0 ack 1 <mss 1460,sackOK>
      20 > . 1 ack 1

      """
    return [50, 400].reduce(into: opening) { text, start in
      for number in 0..<count {
        let first = 1 + 100 * number
        text += "\(start + number) > P. \(first):\(first + 100)(100) ack 1\n"
      }
    }
  }

  /// RFC 2883: the receiver says that three of four repeats were needless.
  @Test func repeatsOfWhatHadArrivedAreToldSo() throws {
    let found = findings(
      sentTwice(4) + """
        420 < . 1 ack 301
        440 < . 1 ack 301 <sack 1:101>
        441 < . 1 ack 301 <sack 101:201>
        442 < . 1 ack 301 <sack 201:301>
        443 < . 1 ack 401
        """)
    let repeats = try #require(found.first { $0.kind == .retransmissions })
    #expect(repeats.frames == [8, 13])
    #expect(repeats.evidence.contains(Finding.Evidence("needless", .number(3))))
  }

  /// A window probe or keep-alive is reported as arrived twice, too; and a block beyond what is acknowledged
  /// tells of a loss.
  @Test(arguments: ["<sack 300:301>", "<sack 401:501>"])
  func whatIsNoReportOfARepeat(_ blocks: String) throws {
    let found = findings(
      sentTwice(3) + """
        420 < . 1 ack 301
        440 < . 1 ack 301 \(blocks)
        441 < . 1 ack 301 \(blocks)
        """)
    let repeats = try #require(found.first { $0.kind == .retransmissions })
    #expect(repeats.frames == [7])
    #expect(!repeats.evidence.contains { $0.name == "needless" })
  }

  // MARK: Resets

  /// Both ends go on: nothing ended, and somebody else sent it.
  @Test func aResetThatEndsNothingIsWorthKnowing() throws {
    let found = findings(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < P. 1:51(50) ack 101
        71   > . 101 ack 51
        100  < R 51
        1100 > P. 101:201(100) ack 51
        1120 < P. 51:101(50) ack 201
        1121 > . 201 ack 101
        """)
    let reset = try #require(found.first)
    #expect(reset.kind == .middleboxReset)
    #expect(reset.severity == .info)
    #expect(reset.frames == [7, 9])
    #expect(found.count == 1)
  }

  /// With the time to live of the end in whose name it comes.
  @Test func theEndThatGoesOnIsNotBlamed() throws {
    let found = findings(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        51   < R. 1 ack 101
        71   < P. 1:51(50) ack 101
        72   > R 101
        """)
    #expect(found.map(\.kind) == [.middleboxReset])
    #expect(found.map(\.severity) == [.error])
  }

  /// The RST itself acknowledges the request.
  @Test func whatTheRSTAcknowledgesIsNotOutstanding() {
    let found = findings(
      Trace.opening + """
        50  > P. 1:101(100) ack 1
        70  < P. 1:51(50) ack 101
        90  > P. 101:144(43) ack 51
        110 < R. 51 ack 144
        """)
    #expect(
      found.map(\.text) == [
        "Connection 1 to 10.0.0.2:80 ended by an RST of the server, which had taken the last 43 B of the "
          + "client and answered nothing."
      ])
    #expect(found.first?.evidence.last == Finding.Evidence("unacknowledged_bytes", .number(0)))
  }

  @Test func theRSTAcknowledgesAPart() {
    let found = findings(
      Trace.opening + """
        50  < P. 1:8(7) ack 1
        60  < P. 8:18(10) ack 1
        70  > R. 1 ack 8
        """)
    #expect(
      found.map(\.text) == [
        "Connection 1 to 10.0.0.2:80 ended by an RST of the client, while 10 B of the server were not "
          + "acknowledged."
      ])
  }

  /// A scan: the kernel of the scanning host knows nothing of the SYN, and the tool sends another segment.
  @Test func aSYNACKThatIsTurnedDown() {
    let found = findings(
      """
      0  > S 0
      12 < S. 0 ack 1
      12 > R 1
      37 > S 0
      """)
    #expect(
      found.map(\.text) == [
        "Connection 1 to 10.0.0.2:80 ended by an RST of the client, which answered the SYN/ACK with it: a "
          + "scan, a program that had given up meanwhile, or a host that knows nothing of the SYN."
      ])
    #expect(found.first?.severity == .info)
  }

  /// The client takes its own SYN back.
  @Test func theClientsOwnRSTRefusesNothing() {
    #expect(findings("0 > S 0\n1 > R 0").isEmpty)
    #expect(findings("0 > S 0\n1 < R 0").map(\.kind) == [.refused])
  }

  /// A browser's close that meets an answer is ordinary, but not everything had been said.
  @Test func whatCameAfterItsFINWasLost() {
    let found = findings(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < . 1 ack 101
        5000 > F. 101 ack 1
        5010 < P. 1:511(510) ack 101
        5010 > R 101
        """)
    #expect(
      found.map(\.text) == [
        "Connection 1 to 10.0.0.2:80 ended by an RST of the client, after its FIN; 510 B of the server came "
          + "too late for it and were lost."
      ])
    #expect(found.map(\.severity) == [.info])
  }

  @Test func whatWasNeverAcknowledgedIsSaidAfterAFINToo() {
    let found = findings(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < P. 1:51(50) ack 101
        80   < F. 51 ack 101
        90   > P. 101:151(50) ack 52
        100  > R. 151 ack 52
        """)
    #expect(
      found.map(\.text) == [
        "Connection 1 to 10.0.0.2:80 ended by an RST of the client, after a FIN; 50 B of the client were not "
          + "acknowledged."
      ])
  }

  /// The load balancer that answered the SYN sends the RST, the host behind it the data.
  @Test func whoAnsweredTheSYNIsNoDeviceOnThePath() {
    let found = findings(
      """
      0   > S 0
      20  < S. 0 ack 1 ttl 245
      20  > . 1 ack 1
      50  > P. 1:101(100) ack 1
      70  < P. 1:51(50) ack 101 ttl 54
      90  > . 101 ack 51
      190 < R. 51 ack 101 ttl 245
      """)
    #expect(found.map(\.kind) == [.reset])
  }

  // MARK: Closes

  /// What acknowledges more than a FIN is about something else.
  @Test func anAcknowledgmentBeyondAFINIsNoneOfIt() {
    let found = findings(
      Trace.opening + """
        50    > F. 1 ack 1
        70    < . 1 ack 58903
        20000 < . 1 ack 58903
        """)
    #expect(!found.contains { $0.kind == .halfClosed })
  }

  /// Of a probe's form, but behind its own FIN.
  @Test func whoHasClosedKeepsNothingAlive() {
    let found = findings(
      Trace.opening + """
        50 > P. 1:101(100) ack 1
        70 < . 1 ack 101
        80 > F. 101 ack 1
        99 < . 1 ack 102
        5000 > . 101 ack 1
        9000 > . 101 ack 1
        9500 > . 101 ack 1
        """)
    #expect(!found.contains { $0.kind == .keepAliveTimeout })
  }

  /// A FIN is no byte.
  @Test func aFINIsNotCountedAsAByteThatWasLost() throws {
    let found = findings(
      Trace.opening + """
        50 > P. 1:101(100) ack 1
        70 < . 1 ack 101
        81 > P. 101:165(64) ack 1
        82 > F. 165 ack 1
        101 < R 1
        """)
    let reset = try #require(found.first { $0.kind == .reset })
    #expect(reset.evidence.contains(Finding.Evidence("unacknowledged_bytes", .number(64))))
  }

  /// Nobody was idle: what the server sent was lost, and the client's own repeat comes when it has given up.
  @Test func aRepeatOnABrokenPathCrossesNoClose() {
    let found = findings(
      Trace.opening + """
        50    > P. 1:101(100) ack 1
        70    < P. 1:51(50) ack 101
        90    > . 101 ack 51
        3000  < P. 51:59(8) ack 101
        3300  < P. 51:59(8) ack 101
        3900  < P. 51:59(8) ack 101
        5100  < F. 59 ack 101
        16000 > P. 101:109(8) ack 51
        16000 < R 59
        """)
    #expect(!found.contains { $0.kind == .keepAliveRace })
  }

  /// The other way round it is the client that has no more use for the answer.
  @Test func aClientThatClosesRacesNobody() {
    let found = findings(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < P. 1:51(50) ack 101
        90   > . 101 ack 51
        5000 > F. 101 ack 51
        5010 < P. 51:82(31) ack 101
        5010 > R 101
        """)
    #expect(found.map(\.kind) == [.reset])
  }

  /// Its acknowledgment came late, and the other end closed at once.
  @Test func aFINThatWasLostIsNotHalfClosed() {
    let found = findings(
      Trace.opening + """
        100   > F. 1 ack 1 id 1
        400   > F. 1 ack 1 id 2
        1000  > F. 1 ack 1 id 3
        2200  > F. 1 ack 1 id 4
        14600 > F. 1 ack 1 id 5
        14620 < . 1 ack 2
        14621 < F. 1 ack 2
        14621 > . 2 ack 2
        """)
    #expect(!found.contains { $0.kind == .halfClosed })
  }

  /// An application that ends goes on for a second; a device that forgot the flow is silent for good.
  @Test func aShortSilenceForgetsNoFlow() {
    let text =
      Trace.opening + """
        50    > P. 1:101(100) ack 1
        70    < P. 1:51(50) ack 101
        90    > . 101 ack 51
        20000 > F. 101 ack 51 id 1
        20600 > F. 101 ack 51 id 2
        21700 > F. 101 ack 51 id 3
        """
    #expect(!findings(text).contains { $0.kind == .idlePathDropped })
    #expect(
      findings(text + "\n24000 > F. 101 ack 51 id 4").contains { $0.kind == .idlePathDropped })
  }

  // MARK: What was not captured

  /// Only what goes to the server is there: another connection to it shows that.
  @Test func noAnswerWhereNoneIsCaptured() {
    let oneWay = """
      0   > S 0
      1   > . 1 ack 1
      10  > P. 1:101(100) ack 1
      20  > P. 101:201(100) ack 51
      """
    let alone = "5000 > S 0\n7000 > S 0"
    var flow = Trace.Flow()
    flow.client.port = 40_002
    #expect(allFindings(of: Trace(alone, flow: flow).segments).map(\.kind) == [.unanswered])
    var both = Trace(oneWay)
    both.append(alone, flow)
    #expect(!allFindings(of: both.segments).contains { $0.kind == .unanswered })
  }

  /// 1 ms after the SYN/ACK nobody can have sent a million bytes.
  @Test func anImpossibleAcknowledgmentIsNoGap() {
    #expect(findings("0 > S 0\n1 < S. 0 ack 1\n2 > . 1 ack 993999").isEmpty)
    let real = Trace.opening + "900 > . 1 ack 993999"
    #expect(findings(real).map(\.kind) == [.captureDrops])
  }

  /// The frame whose acknowledgment passes over what was not captured, not one that is merely out of order.
  @Test func theFrameThatShowsTheGap() {
    let found = findings(
      Trace.opening + """
        50 < . 1:101(100) ack 1
        51 < . 201:301(100) ack 1
        52 < . 101:201(100) ack 1
        53 > . 1 ack 301
        60 < . 301:401(100) ack 1
        61 > . 1 ack 501
        """
    ).first { $0.kind == .captureDrops }
    #expect(found?.frames == [9])
  }

  /// A filter for data leaves FINs out: no byte is missing.
  @Test func aFINThatWasFilteredOutIsNoByte() {
    let text =
      Trace.opening + """
        50 > P. 1:101(100) ack 1
        70 < P. 1:51(50) ack 101
        90 > P. 101:201(100) ack 52
        """
    #expect(findings(text).isEmpty)
    let more = text.replacing("ack 52", with: "ack 54")
    #expect(findings(more).map(\.kind) == [.captureDrops])
  }

  // MARK: Times

  @Test func theFrameThatGoesBack() {
    let found = findings(
      Trace.opening + """
        50 > P. 1:101(100) ack 1
        49 < . 1 ack 101
        60 < P. 1:51(50) ack 101
        """
    ).first { $0.kind == .clockBackwards }
    #expect(found?.frames == [5])
  }

  /// Two queues of a network card.
  @Test func aLittleOutOfOrderIsNoClock() {
    let found = findings(
      Trace.opening + """
        50     > P. 1:101(100) ack 1
        49.999 < . 1 ack 101
        60     < P. 1:51(50) ack 101
        """)
    #expect(found.isEmpty)
  }

  /// What wrote the file did not know the time: nothing can be called slow.
  @Test func nothingIsSlowWhereTimesAreNonsense() {
    let text = "0 > S 0\n1000 < S. 0 ack 1\n3000 > . 1 ack 1"
    #expect(findings(text).map(\.kind) == [.slowHandshake])
    var capture = CaptureInfo(path: "odd.pcap", format: .pcap)
    capture.invalidTimes = 2
    #expect(findings(text, captures: [capture]).isEmpty)
    #expect(FindingCollector([capture]).trust.map(\.timing) == [.unsound])
  }

  // MARK: Repeats

  /// Load balancers keep a packet and send it again as it was: same identification, same time to live, but
  /// after their time-out.
  @Test func theSamePacketAgainAfterATimeoutIsARepeat() {
    let text = { (ttl: Int) in
      Trace.opening + """
        50  > P. 1:101(100) ack 1
        70  < P. 1:101(100) ack 101 id 7 ttl 60
        80  < P. 101:201(100) ack 101 id 8 ttl 60
        380 < P. 101:201(100) ack 101 id 8 ttl \(ttl)
        400 > . 101 ack 201
        """
    }
    #expect(summary(text(60)).traffic.server.retransmittedSegments == 1)
    // Captured on both sides of a router, with a slow link between.
    #expect(summary(text(59)).traffic.server.retransmittedSegments == 0)
  }

  /// Both closed within a millisecond, and the first one was gone when the other's FIN came.
  @Test func aFINInVainRightAfterTheOtherIsNotHalfClosed() {
    let found = findings(
      Trace.opening + """
        100   > F. 1 ack 1 id 1
        120   < . 1 ack 2 id 1
        120.2 < F. 1 ack 2 id 2
        420   < F. 1 ack 2 id 3
        14100 < F. 1 ack 2 id 5
        """)
    #expect(!found.contains { $0.kind == .halfClosed })
  }

  /// A FIN that nobody acknowledges is no loss.
  @Test func aFINInVain() {
    let found = findings(
      Trace.opening + """
        100   > F. 1 ack 1 id 1
        120   < . 1 ack 2 id 1
        12000 < F. 1 ack 2 id 2
        12300 < F. 1 ack 2 id 3
        12900 < F. 1 ack 2 id 4
        14100 < F. 1 ack 2 id 5
        """)
    #expect(
      found.map(\.text) == [
        "Connection 1 to 10.0.0.2:80 stayed half closed for 11.9 s: the client sent its FIN and it was "
          + "acknowledged, the server kept its side open, and its FIN, sent 4 times, was never acknowledged."
      ])
  }

  // MARK: Severity

  /// 65,535 bytes at a time are enough where the sender waits for something else.
  @Test func aWindowThatHeldNobodyIsNotOdd() {
    let slow = (0..<80).map { number in
      """
      \(100 + number * 100) < P. \(1 + number * 1000):\(1001 + number * 1000)(1000) ack 1
      \(101 + number * 100) > . 1 ack \(1001 + number * 1000)
      """
    }
    let opening = "0 > S 0 <mss 1460,ws 7>\n20 < S. 0 ack 1 <mss 1460>\n20 > . 1 ack 1\n"
    #expect(
      !findings(opening + slow.joined(separator: "\n")).contains { $0.kind == .optionOddity })
  }

  @Test func anEarlyRepeatedSYNHarmsNobody() {
    let found = findings("0 > S 0 id 1\n120 > S 0 id 2\n140 < S. 0 ack 1\n140 > . 1 ack 1")
    #expect(found.map(\.kind) == [.synRetries])
    #expect(found.map(\.severity) == [.info])
  }
}
