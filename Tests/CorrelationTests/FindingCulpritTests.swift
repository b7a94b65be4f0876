import Support
import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// Who is to blame, and what follows from what: one cause is one finding, with the culprit that the packets show.
@Suite struct FindingCulpritTests {
  // MARK: Translated addresses

  private func endpoint(_ last: UInt32, _ port: UInt16) -> Endpoint {
    Endpoint(address: IPAddress(ipv4: 0x0A00_0000 | last), port: port)
  }

  /// The client closes, and behind the translator the server does, too, 300 ms later.
  private func legs(inner numbers: (UInt32, UInt32)) -> [Finding] {
    let close =
      Trace.opening
      + "50 > P. 1:101(100) ack 1\n51 > F. 101 ack 1\n71 < . 1 ack 101\n72 < . 1 ack 102\n"
    var outer = Trace.Flow(clientISN: 7_000_000, serverISN: 9_000_000)
    (outer.client, outer.server) = (endpoint(1, 40_000), endpoint(2, 80))
    var inner = Trace.Flow(clientISN: numbers.0, serverISN: numbers.1)
    (inner.client, inner.server) = (endpoint(1, 40_000), endpoint(77, 80))
    var trace = Trace(close, flow: outer)
    trace.append(close + "372 < F. 1 ack 102\n600 < F. 1 ack 102\n20000 < F. 1 ack 102", inner)
    var segments = trace.segments.sorted { $0.time < $1.time }
    for index in segments.indices { segments[index].frame = Int64(index + 1) }
    return allFindings(of: segments).filter { $0.kind == .halfClosed }
  }

  @Test func aCloseThatATranslatorKeepsToItself() throws {
    let one = try #require(legs(inner: (7_000_000, 9_000_000)).first { $0.connections == [1] })
    #expect(
      one.text
        == "Connection 1 to 10.0.0.2:80 stayed half closed to the end: the client sent its FIN and it was "
        + "acknowledged. The server closed its side, too (frame 15, connection 2), but the translator of "
        + "addresses between both did not pass that on.")
    #expect(one.frames == [10, 13, 15] || one.frames == [9, 13, 15], "\(one.frames)")
    #expect(one.evidence.contains(Finding.Evidence("other_leg", .number(2))))
  }

  @Test func anotherConnectionsCloseIsNoneOfThis() throws {
    let one = try #require(legs(inner: (7_000_001, 9_000_001)).first { $0.connections == [1] })
    #expect(one.wording.key == "finding.half_closed")
  }

  // MARK: Refused by ICMP

  /// Segments of 1460 bytes are sent, some are refused, and what was refused is sent again in smaller ones.
  private func refused(_ messages: Int, after pause: Int) throws -> [Finding] {
    let (again, next) = (50 + pause, 70 + pause)
    var segments = Trace(
      Trace.opening + """
        21        > P. 1:101(100) ack 1
        41        < . 1 ack 101
        50        > . 101:1561(1460) ack 1
        50        > . 1561:3021(1460) ack 1
        \(again)  > . 101:1541(1440) ack 1
        \(next)   < . 1 ack 1541
        \(next)   > . 1541:2981(1440) ack 1
        \(next)   > . 2981:3021(40) ack 1
        \(next + 20) < . 1 ack 3021
        """
    ).segments
    for index in segments.indices where index >= 7 { segments[index].frame += 10 }
    let first = try #require(segments.first)
    let context = FindingContext(end: try #require(segments.last).time)
    let icmp = ICMPIndex(
      (0..<messages).map {
        ICMPMessage(
          kind: .packetTooBig(mtu: 1480), code: 4, sender: IPAddress(ipv4: 0x0A00_00FE),
          time: first.time.advanced(by: 51_000_000), frame: 8 + Int64($0),
          source: Trace.Flow().client, destination: Trace.Flow().server)
      })
    var collector = FindingCollector(context: context, icmp: icmp)
    for one in analyseAll(segments) { collector.add(one.summary) }
    return collector.findings()
  }

  @Test func whatICMPRefusedIsNoLoss() throws {
    let found = try refused(2, after: 700)
    #expect(found.map(\.kind) == [.pathMTU])
    let one = try #require(found.first)
    #expect(
      one.text
        == "Connection 1 to 10.0.0.2:80: 10.0.0.254 takes packets of at most 1480 bytes towards 10.0.0.2 (ICMP "
        + "\"fragmentation needed\"). What was too large, the client sent again in smaller ones, 3 segments; "
        + "that held it back for 720 ms.")
    #expect(one.frames == [8, 18])
  }

  /// More was sent again than the messages are about.
  @Test func lossesBesideICMPStayLosses() throws {
    let found = try refused(1, after: 700).map(\.kind)
    #expect(found.contains(.pathMTU) && found.contains(.retransmissions), "\(found)")
  }

  // MARK: Windows

  /// A window of 100 bytes, or a closed one, for 755 ms.
  private func slowReader(_ window: Int) throws -> Finding {
    let found = findings(
      """
      0     > S 0 <mss 1460>
      20    < S. 0 ack 1 win 2920 <mss 1460>
      20.1  > . 1 ack 1
      21    > . 1:1461(1460) ack 1
      21    > . 1461:2921(1460) ack 1
      45    < . 1 ack 2921 win \(window)
      800   < . 1 ack 2921 win 2920
      800.1 > . 2921:4381(1460) ack 1
      800.1 > F. 4381:5841(1460) ack 1
      820   < F. 1 ack 5842 win 2920
      820.1 > . 5842 ack 2
      """)
    return try #require(found.first { $0.kind == .limitedByReceiver }, "\(found.map(\.text))")
  }

  @Test func aWindowThatIsTooSmallIsNotClosed() throws {
    #expect(try slowReader(0).text.contains("(its window closed) for"))
    #expect(
      try slowReader(100).text.contains("(its window closed, or too small for a segment) for"))
  }

  // MARK: Handshakes

  @Test func aSYNThatWasAnsweredIsNotCalledLost() {
    expectOne(
      .synRetries, .warning,
      "Connection 1 to 10.0.0.2:80 needed 1 SYN retransmission and 1 SYN/ACK retransmission to open after "
        + "1.02 s. The first SYN had been answered after 20 ms, so it had arrived: the SYN/ACK was lost on its "
        + "way to the client, or the client did not take it.",
      frames: [3],
      in: "0 > S 0\n20 < S. 0 ack 1\n1000 > S 0\n1020 < S. 0 ack 1\n1020 > . 1 ack 1")
  }

  /// The client tried again before the answer could be there.
  @Test func anImpatientClientIsNoLoss() throws {
    let found = findings("0 > S 0\n250 > S 0\n300 < S. 0 ack 1\n700 > . 1 ack 1")
    let one = try #require(found.first { $0.kind == .synRetries })
    #expect(!one.text.contains("answered"), "\(one.text)")
  }

  @Test func twoHostsThatAnswerOneSYN() throws {
    var other = Trace.Flow()
    other.serverISN &-= 50_000_000
    var trace = Trace("0 > S 0\n20 < S. 0 ack 1\n1000 > S 0")
    trace.append("1030 < S. 0 ack 1\n1031 > . 1 ack 1", other)
    let one = try #require(allFindings(of: trace.segments).first { $0.kind == .synRetries })
    #expect(one.text.contains("answered after 20 ms, and two SYN/ACKs with different numbers"))
  }

  // MARK: Repeats

  /// Three segments, each sent twice within a moment, and what comes back.
  private func sentTwice(_ answers: String) throws -> Finding {
    let found = findings(
      Trace.opening + """
        50   > . 1:101(100) ack 1
        50   > . 101:201(100) ack 1
        50   > . 201:301(100) ack 1
        51   > . 1:101(100) ack 1
        51.1 > . 101:201(100) ack 1
        51.2 > . 201:301(100) ack 1
        \(answers)
        """)
    return try #require(found.first { $0.kind == .retransmissions })
  }

  private func needless(_ finding: Finding) -> Finding.Evidence? {
    finding.evidence.first { $0.name == "needless" }
  }

  /// RFC 9293 3.10.7.4: a host answers what it has already by an ACK.
  @Test func duplicateACKsWithNothingUnderWayTellOfNeedlessRepeats() throws {
    let told = try sentTwice(
      "70 < . 1 ack 301\n71 < . 1 ack 301\n71.1 < . 1 ack 301\n71.2 < . 1 ack 301")
    #expect(needless(told)?.value == .number(3))
    #expect(told.frames == [7, 11])
    // Beside one of which the capture knew that it had arrived when it was sent again.
    let more = try sentTwice(
      "70 < . 1 ack 301\n71 < . 1 ack 301\n71.1 < . 1 ack 301\n71.2 < . 1 ack 301\n"
        + "90 > . 201:301(100) ack 1\n110 < . 1 ack 301")
    #expect(needless(more)?.value == .number(4))
  }

  /// Of a download only the client's acknowledgments were captured; one place is no loss to speak of.
  @Test func holesThatTheOnlySideReports() throws {
    func report(_ places: Int) -> [Finding] {
      var text = "0 > P. 1:101(100) ack 1\n"
      for place in 0..<40 {
        let number = 1461 + 2920 * place
        text += "\(40 + place * 4) > . 101 ack \(number)\n"
        if place < places {
          text +=
            "\(41 + place * 4) > . 101 ack \(number) <sack \(number + 1460):\(number + 2920)>\n"
          text +=
            "\(42 + place * 4) > . 101 ack \(number) <sack \(number + 1460):\(number + 2920)>\n"
        }
      }
      return findings(text)
    }
    let one = try #require(report(5).first { $0.kind == .retransmissions })
    #expect(
      one.text
        == "Connection 1 to 10.0.0.2:80: only the client's direction was captured, and its acknowledgments tell "
        + "in 5 places of something missing in what the server sent (SACK): lost on the way, or out of order."
    )
    #expect(one.frames == [3])
    #expect(!report(2).contains { $0.kind == .retransmissions })
  }

  /// Something is under way behind a hole, or the window changes.
  @Test(arguments: [
    "60 > . 301:401(100) ack 1\n70 < . 1 ack 301\n71 < . 1 ack 301\n72 < . 1 ack 301",
    "70 < . 1 ack 301\n71 < . 1 ack 301 win 9000\n72 < . 1 ack 301 win 9100",
  ])
  func otherACKsTellOfNoNeedlessRepeats(_ answers: String) throws {
    #expect(needless(try sentTwice(answers)) == nil)
  }

  // MARK: Delayed acknowledgments

  /// Heads of three bytes, whose acknowledgment the server holds back for 150 ms, and rests that it answers.
  private func heads(_ answer: Int, client: Bool = true, server: Bool = false) -> [Finding] {
    var text = Trace.opening
    var (sent, heard) = (1, 1)
    for round in 0..<3 {
      let at = 100 + 1000 * round
      text += """
        \(at)        > P. \(sent):\(sent + 3)(3) ack \(heard)
        \(at + 170)    < . \(heard) ack \(sent + 3)
        \(at + 170).05 > P. \(sent + 3):\(sent + 27)(24) ack \(heard)
        \(at + 170 + answer).05 < P. \(heard):\(heard + 10)(10) ack \(sent + 27)

        """
      sent += 27
      heard += 10
      guard server else { continue }
      text += """
        \(at + 390).05 > . \(sent) ack \(heard)
        \(at + 410).1 < P. \(heard):\(heard + 24)(24) ack \(sent)
        \(at + 410).2 > . \(sent) ack \(heard + 24)

        """
      heard += 24
    }
    return findings(text).filter { $0.kind == .nagleDelayedACK }
  }

  @Test func acknowledgmentsHeldBackByATickOfATimer() throws {
    let one = try #require(heads(20).first)
    #expect(one.text.contains("the client's small segments waited 3 times"), "\(one.text)")
    #expect(one.text.contains("450 ms in all beyond the round trips"), "\(one.text)")
    // What comes next takes as long: a queue may be there.
    #expect(heads(120).isEmpty)
  }

  @Test func bothSidesWaited() throws {
    let one = try #require(heads(20, server: true).first)
    #expect(one.text.contains("TCP_NODELAY at both ends"), "\(one.text)")
    #expect(one.frames.count == 2)
  }

  // MARK: Resets

  @Test func anEndThatResetsForEver() throws {
    let text = (0..<12).map { "\($0 * 60_000) > R 1" }.joined(separator: "\n")
    expectOne(
      .reset, .info,
      "Connection 1 to 10.0.0.2:80 ended by an RST of the client, sent 12 times in 11 min, and nothing else "
        + "of it was captured: a host or a device that never has done with it, or a peer that was not captured "
        + "and asks again and again.",
      frames: [1], in: text)
    #expect(findings("0 > R 1\n10 > R 1\n20 > R 1").isEmpty)
  }

  /// The prober's host gives up: that is no second thing to know.
  @Test func anRSTAfterUnansweredProbesIsNoFindingOfItsOwn() {
    let text =
      Trace.opening + """
        50    > P. 1:101(100) ack 1
        70    < . 1 ack 101
        10070 > . 100 ack 1
        20070 > . 100 ack 1
        30070 > R. 101 ack 1
        """
    #expect(findings(text).map(\.kind) == [.keepAliveTimeout])
  }

  // MARK: What was not captured

  /// The SYN was missed: the client's numbers may be any, and its FIN counts.
  @Test(arguments: [1_000_000, 2_500_000_000, 4_294_967_290] as [UInt32])
  func numbersOfAClientWithoutSYN(_ number: UInt32) throws {
    let close = """
      20    < S. 0 ack 1
      20    > . 1 ack 1
      50    > P. 1:101(100) ack 1
      70    < . 1 ack 101
      100   < F. 1 ack 101
      101   > F. 101 ack 2
      121   < . 2 ack 102
      15000 < R 2
      """
    let trace = Trace(close, flow: Trace.Flow(clientISN: number, serverISN: 9_000_000))
    let one = try #require(analyseAll(trace.segments).first).summary
    #expect(one.outcome == .closed)
    #expect(one.traffic.client.fin == 1)
    #expect(!allFindings(of: trace.segments).contains { $0.kind == .halfClosed })
  }

  /// The server's FIN was missed, and the client acknowledges it; or some of what the server sent was.
  @Test(arguments: ["72 > . 102 ack 52", "72 > . 102 ack 151"])
  func aFINThatWasMissedIsNoHalfOpenEnd(_ last: String) {
    func isFound(_ text: String) -> Bool {
      findings(text, until: 20_000).contains { $0.kind == .halfClosed }
    }
    let text =
      Trace.opening + """
        50 > P. 1:101(100) ack 1
        60 < P. 1:51(50) ack 101
        61 > F. 101 ack 51
        71 < . 51 ack 102

        """
    #expect(isFound(text))
    #expect(!isFound(text + last))
  }

  /// A filter for payload left no acknowledgment: nothing was lost, and nobody fell silent.
  @Test func withoutACKsNothingIsToldOfWhatWasNotAcknowledged() {
    let text = """
      0     > S 0 <mss 1460>
      20    < S. 0 ack 1 <mss 1460>
      50    > P. 1:101(100) ack 1
      300   > P. 1:101(100) ack 1
      900   > P. 1:101(100) ack 1
      2900  > P. 1:101(100) ack 1
      """
    #expect(findings(text + "\n").map(\.kind).allSatisfy { $0 != .stalled && $0 != .limitedByPath })
    #expect(
      findings(text.replacing("50    >", with: "20    > . 1 ack 1\n50    >")).map(\.kind)
        == [.stalled])
  }

  /// A message of one byte, sent again before it was acknowledged; and a copy of a probe.
  @Test(arguments: [
    "50 > P. 1:2(1) ack 1\n400 > P. 1:2(1) ack 1\n1000 > P. 1:2(1) ack 1",
    "50 > P. 1:2(1) ack 1\n70 < . 1 ack 2\n9000 > . 1:2(1) ack 1 id 7\n9000.01 > . 1:2(1) ack 1 id 7",
  ])
  func whatIsNoKeepAlive(_ text: String) {
    #expect(!findings(Trace.opening + text).contains { $0.kind == .keepAliveTimeout })
  }

  /// The capture begins with the end of a connection: nothing but FINs is sent, again and again.
  @Test func repeatsOfAFINAreNoLosses() {
    let text = "0 < F. 1 ack 1\n200 < F. 1 ack 1\n600 < F. 1 ack 1\n1400 < F. 1 ack 1\n1410 > R 1"
    #expect(!findings(text).contains { $0.kind == .retransmissions })
  }

  // MARK: Windows without scaling

  @Test(arguments: [("", true), (",ws 7", false)])
  func aWindowThatCannotGrow(_ scale: String, _ isUnscaled: Bool) throws {
    var text = """
      0   > S 0 <mss 1460\(scale)>
      200 < S. 0 ack 1 win 65535 <mss 1460\(scale)>
      200.1 > . 1 ack 1

      """
    var next = 1
    for round in 0..<8 {
      for number in 0..<44 {
        text += "\(201 + round * 200).\(100 + number) > . \(next):\(next + 1460)(1460) ack 1\n"
        next += 1460
      }
      text += "\(400 + round * 200).9 < . 1 ack \(next) win \(isUnscaled ? 65_535 : 511)\n"
    }
    let one = try #require(findings(text).first { $0.kind == .limitedByReceiver })
    #expect(one.text.contains("scale windows (RFC 7323)") == isUnscaled, "\(one.text)")
    #expect(one.text.contains("SO_RCVBUF") != isUnscaled)
  }
}
