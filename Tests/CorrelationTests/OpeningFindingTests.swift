import Correlation
import TCPModel
import TestSupport
import Testing

/// What is said of openings that failed, and what not where answers may only not have been captured: a filter
/// leaves some of a connection.
@Suite struct OpeningFindingTests {
  /// A filter for SYNs leaves this of connections that opened.
  @Test func aSYNAloneIsNoSilence() {
    #expect(findings("0 > S 0 <mss 1460>").isEmpty)
  }

  @Test func aSYNSentAgainAndAgainIsTold() throws {
    let found = findings("0 > S 0\n1000 > S 0")
    let one = try #require(found.first)
    #expect(one.kind == .unanswered)
    #expect(one.wording.key == "finding.unanswered.unheard")
  }

  /// Others were answered meanwhile: the capture hears answers.
  @Test func aSYNWithoutAnswerAmongOthersIsTold() {
    var trace = Trace(Trace.opening + "50 > P. 1:101(100) ack 1\n70 < . 1 ack 101")
    var other = Trace.Flow()
    other.server.port = 81
    trace.append("80 > S 0\n1080 > S 0\n3080 > S 0", other)
    let found = allFindings(of: trace.segments)
    #expect(found.map(\.kind) == [.unanswered])
    #expect(found.first?.wording.key == "finding.unanswered")
  }

  private func attempts(_ count: Int, _ text: (Int) -> String) -> Trace {
    var trace = Trace([])
    for number in 0..<count {
      var flow = Trace.Flow()
      flow.client.port = UInt16(10_000 + number)
      trace.append(text(number), flow)
    }
    return trace
  }

  @Test func manySYNsAloneAreNoFlood() {
    #expect(allFindings(of: attempts(120) { "\(Double($0) * 20) > S 0" }.segments).isEmpty)
  }

  private func flood(_ gap: Double, repeats: Bool = false, others: Bool) -> [Finding] {
    var trace = attempts(120) {
      let start = Double($0) * gap
      return "\(start) > S 0\n\(start + 1) < S. 0 ack 1"
        + (repeats ? "\n\(start + 1001) < S. 0 ack 1" : "")
    }
    if others {
      var flow = Trace.Flow()
      flow.client.port = 9
      trace.append("0 > S 0\n1 < S. 0 ack 1\n2 > . 1 ack 1", flow)
    }
    return allFindings(of: trace.segments)
  }

  /// Answered, and never completed; the capture goes on until they would have tried again, or not.
  @Test(arguments: [(20.0, true), (5.0, false)])
  func aFloodNeedsTimeToBeOne(_ gap: Double, _ isFlood: Bool) {
    let found = flood(gap, others: true)
    #expect(found.map(\.kind) == (isFlood ? [.synFlood] : []))
    // One address is not forged addresses.
    if isFlood { #expect(found.first?.wording.key == "finding.syn_flood.byOne") }
  }

  /// `tcp-syn != 0` leaves this of connections that opened, unless the server says that no ACK came.
  @Test(arguments: [false, true])
  func aFloodNeedsACKsThatWereCaptured(repeats: Bool) {
    let found = flood(20, repeats: repeats, others: false)
    #expect(found.map(\.kind) == (repeats ? [.synFlood] : []))
  }

  @Test(arguments: [
    (5_000.0, "finding.refused.acceptedAfter"), (-4_000, "finding.refused.acceptedBefore"),
  ])
  func aServerThatAcceptsOthersIsThere(_ later: Double, _ key: String) throws {
    var trace = Trace([])
    var other = Trace.Flow()
    other.client.port = 41_000
    let opening = """
      \(5_000 + later)      > S 0
      \(5_000 + later + 20) < S. 0 ack 1
      \(5_000 + later + 21) > . 1 ack 1
      """
    let refusal = "5000 > S 0\n5020 < R. 0 ack 1"
    for (text, flow) in later < 0
      ? [(opening, other), (refusal, Trace.Flow())]
      : [(refusal, Trace.Flow()), (opening, other)]
    {
      trace.append(text, flow)
    }
    let one = try #require(allFindings(of: trace.segments).first { $0.kind == .refused })
    #expect(one.severity == .warning)
    #expect(one.wording.key == key)
  }

  /// SYNs, FINs and RSTs alone: the FIN's number says that the server sent something, and the client's first
  /// number that it opened long before.
  @Test func whatAFilterLeavesOutIsNotToldAsMissing() {
    let found = findings(
      """
      0    > S 0
      20   < S. 0 ack 1
      3000 < F. 901 ack 101
      3001 > F. 101 ack 902
      3021 < F. 901 ack 102
      """)
    #expect(found.map(\.kind) == [.captureDrops])
  }

  /// The numbers of the FIN and of the RST say that both sent something: that server did not end it at once, and
  /// that client is no scan.
  @Test(arguments: [
    "3000 < F. 901 ack 101\n3800 > R. 101 ack 902", "30 < F. 901 ack 101\n31 > R. 101 ack 902",
    "3000 > R. 101 ack 901", "3000 > R 101", "3000 > R. 1 ack 901",
  ])
  func aCloseWithHigherNumbersIsNotTheFirstWord(_ close: String) {
    let found = findings("0 > S 0\n20 < S. 0 ack 1\n\(close)").filter { $0.kind != .captureDrops }
    #expect(found.isEmpty, "\(found)")
  }

  /// A server that looks for idle connections once in a while: who is told the middle of its times is too late.
  @Test func theShortestIdleTimeCounts() throws {
    var trace = Trace([])
    for (number, idle) in [3600.0, 3600, 3650, 3600, 3050].enumerated() {
      var flow = Trace.Flow()
      flow.client.port = UInt16(10_000 + number)
      let start = Double(number) * 10_000
      trace.append(
        """
        \(start)      > S 0
        \(start + 20) < S. 0 ack 1
        \(start + 21) > . 1 ack 1
        \(start + 22) > P. 1:101(100) ack 1
        \(start + 42) < P. 1:201(200) ack 101
        \(start + 43) > . 101 ack 201
        \(start + 42 + idle) < F. 201 ack 101
        \(start + 43 + idle) > F. 101 ack 202
        \(start + 63 + idle) < . 202 ack 102
        """, flow)
    }
    let one = try #require(allFindings(of: trace.segments).first { $0.kind == .idleTimeout })
    #expect(one.text.contains("idle for 3.05 s to 3.65 s (4 of them)"), "\(one.text)")
    #expect(one.text.contains("before 3.05 s"), "\(one.text)")
  }

  /// A SYN/ACK once more, long after the ACK: the opening took no longer for that.
  @Test func aSYNACKAgainAfterTheACKIsNoRetry() {
    let found = findings(
      """
      0    > S 0
      192  < S. 0 ack 1
      244  > . 1 ack 1
      1182 < S. 0 ack 1
      1200 > . 1 ack 1
      1300 > P. 1:101(100) ack 1
      1500 < . 1 ack 101
      """)
    #expect(!found.contains { $0.kind == .synRetries }, "\(found)")
  }

  @Test func aScanOfWhichOnlyTheSYNsWereCaptured() throws {
    var trace = Trace([])
    for number in 0..<25 {
      var flow = Trace.Flow()
      flow.server.port = UInt16(1_000 + number)
      trace.append("\(number * 20) > S 0", flow)
    }
    let one = try #require(allFindings(of: trace.segments).first { $0.kind == .portScan })
    #expect(one.text.contains("no answer of anybody was captured"), "\(one.text)")
  }

  /// A FIN closes; the ACK that opened was left out.
  @Test func aFINIsNoLateOpening() {
    let found = findings(
      """
      0     > S 0
      20    < S. 0 ack 1
      30000 > F. 1 ack 1
      30020 < F. 1 ack 2
      30021 < F. 1 ack 2
      """)
    #expect(!found.contains { $0.kind == .slowHandshake }, "\(found)")
  }

  /// A segment with the number of its SYN does not open: the SYN is sent again, and answered at last.
  @Test func aSegmentBesideTheSYNOpensNothing() throws {
    let found = findings(
      """
      0    > S 0
      300  > . 0 ack 0
      320  < R. 0 ack 0
      1000 > S 0
      2150 < S. 0 ack 1
      2170 > . 1 ack 1
      2180 > P. 1:101(100) ack 1
      2200 < . 1 ack 101
      """)
    let retries = try #require(found.first { $0.kind == .synRetries })
    #expect(retries.severity == .warning)
    #expect(retries.text.contains("2.17 s"), "\(retries.text)")
  }

  @Test func anOpeningThatNobodySawIsOneAllTheSame() throws {
    let found = findings(
      """
      0    > S 0
      1000 > S 0
      1020 < S. 0 ack 1
      3000 > F. 101 ack 901
      3020 < F. 901 ack 102
      3021 > . 102 ack 902
      """)
    let retries = try #require(found.first { $0.kind == .synRetries })
    #expect(retries.wording.key == "finding.syn_retries.opened")
  }

  /// The ACK of one that opened is missing too.
  @Test(arguments: [true, false])
  func aMissingACKAmongMissingACKs(others: Bool) {
    var trace = Trace(
      "0 > S 0\n20 < S. 0 ack 1\n1020 < S. 0 ack 1\n3020 < S. 0 ack 1\n9000 < S. 0 ack 1")
    if others {
      var flow = Trace.Flow()
      flow.client.port = 9
      trace.append(
        "30 > S 0\n50 < S. 0 ack 1\n2000 < F. 901 ack 101\n2001 > F. 101 ack 902\n2021 < F. 901 ack 102",
        flow)
    }
    let found = allFindings(of: trace.segments)
    #expect(found.contains { $0.kind == .halfOpen } != others, "\(found)")
  }

  /// RFC 9293 3.10.7.1: an ACK that a host knows nothing of is answered by an RST with the number that it
  /// acknowledged; no more refuses what acknowledges another number, or what lies apart from the SYN.
  @Test(arguments: [
    "300 > . -5000 ack 777\n320 < R 777", "20 < R. 0 ack 5", "300 > . 0 ack 777\n320 < R 777",
    "300 > P 5000:5100(100)\n320 < R. 777 ack 5100",
  ])
  func anRSTForSomethingElseRefusesNothing(_ reset: String) {
    let found = findings("0 > S 0\n\(reset)\n1000 > S 0\n3000 > S 0")
    #expect(!found.contains { $0.kind == .refused }, "\(found)")
    #expect(found.first?.wording.key == "finding.syn_retries.vain")
  }

  /// A NAT that had tried in vain itself.
  @Test func anRSTLongAfterTheSYNIsNoRefusal() throws {
    let one = try #require(findings("0 > S 0\n1000 > S 0\n13000 < R. 0 ack 1").first)
    #expect(one.wording.key == "finding.refused.late")
    #expect(one.text.contains("an RST came 12 s after the last SYN"), "\(one.text)")
  }

  /// Who gets no answer tries again.
  @Test(arguments: [(false, Finding.Severity.warning), (true, .error)])
  func aSYNThatIsNotSentAgainMayHaveBeenAnswered(again: Bool, _ severity: Finding.Severity) {
    var trace = Trace(Trace.opening + "50 > P. 1:101(100) ack 1\n70 < . 1 ack 101")
    var other = Trace.Flow()
    other.server.port = 81
    trace.append("80 > S 0" + (again ? "\n1080 > S 0" : ""), other)
    let found = allFindings(of: trace.segments, until: 9_000)
    #expect(found.map(\.kind) == [.unanswered])
    #expect(found.map(\.severity) == [severity])
  }

  /// What the server acknowledges later does not say when it was opened.
  @Test func anOpeningOfWhichOneDirectionWasCaptured() throws {
    let one = try #require(
      findings("0 < S. 0 ack 1\n300 < S. 0 ack 1\n3008 < . 1 ack 104\n3010 < P. 1:11(10) ack 104")
        .first)
    #expect(one.wording.key == "finding.syn_retries.opened")
  }

  /// Old firewalls leave the ACK out.
  @Test func anRSTWithoutACKRefusesASYN() throws {
    let one = try #require(findings("0 > S 0\n20 < R 5\n1000 > S 0\n1020 < R 5").first)
    #expect(one.wording.key == "finding.refused.stray")
  }

  /// The client did answer the SYN/ACK, with numbers that do not fit.
  @Test func anACKThatDoesNotFitIsNotMissing() throws {
    let found = findings(
      """
      0    > S 0
      20   < S. 0 ack 1
      21   > . 994000 ack 993999
      1020 < S. 0 ack 1
      3020 < S. 0 ack 1
      9000 < S. 0 ack 1
      """)
    let one = try #require(found.first { $0.kind == .halfOpen })
    #expect(one.wording.key == "finding.half_open.misfit")
  }

  // MARK: Outages

  private static let answered = "0 > S 0\n20 < S. 0 ack 1\n20 > . 1 ack 1"
  private static let vain = "0 > S 0\n1000 > S 0"

  /// Connections of one host to several, each from a time of its own on.
  private func asked(_ attempts: [(at: Int64, host: UInt8, text: String)]) -> [Finding] {
    var segments: [Segment] = []
    for (number, attempt) in attempts.enumerated() {
      var flow = Trace.Flow()
      flow.client.port = UInt16(41_000 + number)
      flow.server.address = IPAddress(ipv4: 0x0A00_0000 | UInt32(attempt.host))
      for var segment in Trace(attempt.text, flow: flow).segments {
        segment.time = segment.time.advanced(by: attempt.at * 1_000_000)
        segments.append(segment)
      }
    }
    return allFindings(of: segments.sorted { $0.time < $1.time }, until: 60_000)
  }

  /// Who answers before and after answers nothing meanwhile, and nobody else does.
  @Test func anOutageIsNobodysFault() {
    let found = asked([
      (0, 11, Self.answered), (100, 12, Self.answered), (5_000, 11, Self.vain),
      (7_000, 12, Self.vain), (11_000, 13, Self.vain), (30_000, 12, Self.answered),
    ])
    #expect(found.map(\.kind) == [.unanswered], "\(found.map(\.text))")
    #expect(
      found.first?.text.hasSuffix(
        "In those 6 s none of 3 hosts that 10.0.0.1 asked answered it: its own link, or its way out, is "
          + "likelier the trouble than they are.") == true, "\(found.map(\.text))")
  }

  @Test(
    arguments: [
      // Somebody answers meanwhile.
      [
        (0, 11, answered), (100, 12, answered), (5_000, 11, vain), (7_000, 12, vain),
        (8_000, 14, answered), (11_000, 13, vain),
      ],
      // Hosts that never answer: a firewall drops what goes there.
      [(0, 11, answered), (5_000, 12, vain), (7_000, 13, vain), (11_000, 14, vain)],
      // All at once.
      [
        (0, 11, answered), (100, 12, answered), (5_000, 11, vain), (5_100, 12, vain),
        (5_200, 13, vain),
      ],
    ] as [[(Int64, UInt8, String)]])
  func noOutage(_ attempts: [(Int64, UInt8, String)]) {
    let found = asked(attempts.map { (at: $0.0, host: $0.1, text: $0.2) })
    #expect(!found.contains { $0.wording.key == "finding.outage" }, "\(found.map(\.text))")
    #expect(found.count { $0.kind == .unanswered } == 3)
  }
}
