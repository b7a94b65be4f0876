import Correlation
import Support
import TCPModel
import TestSupport
import Testing

/// What a finding must not say of packets that say something else. Each is of a kind that public captures
/// have.
@Suite struct FindingEvidenceTests {
  private func findings(_ text: String, captures: [CaptureInfo] = []) -> [Finding] {
    findings(of: Trace(text).segments, captures)
  }

  private func findings(of segments: [Segment], _ captures: [CaptureInfo] = []) -> [Finding] {
    let context = FindingContext(end: segments.map(\.time).max())
    var collector = FindingCollector(captures, context: context)
    for summary in analyseAll(segments).map(\.summary) {
      collector.sample(summary, of: 1)
      collector.add(summary)
    }
    return collector.findings()
  }

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

  // MARK: Resets

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
          + "scan, or a host that knows nothing of the SYN."
      ])
    #expect(found.first?.severity == .info)
  }

  /// The client takes its own SYN back.
  @Test func theClientsOwnRSTRefusesNothing() {
    #expect(findings("0 > S 0\n1 > R 0").isEmpty)
    #expect(findings("0 > S 0\n1 < R 0").map(\.kind) == [.refused])
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
    #expect(findings(of: Trace(alone, flow: flow).segments).map(\.kind) == [.unanswered])
    var both = Trace(oneWay)
    both.append(alone, flow)
    #expect(!findings(of: both.segments).contains { $0.kind == .unanswered })
  }

  /// 1 ms after the SYN/ACK nobody can have sent a million bytes.
  @Test func anImpossibleAcknowledgmentIsNoGap() {
    #expect(findings("0 > S 0\n1 < S. 0 ack 1\n2 > . 1 ack 993999").isEmpty)
    let real = Trace.opening + "900 > . 1 ack 993999"
    #expect(findings(real).map(\.kind) == [.captureDrops])
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

  @Test func anEarlyRepeatedSYNHarmsNobody() {
    let found = findings("0 > S 0 id 1\n120 > S 0 id 2\n140 < S. 0 ack 1\n140 > . 1 ack 1")
    #expect(found.map(\.kind) == [.synRetries])
    #expect(found.map(\.severity) == [.info])
  }
}
