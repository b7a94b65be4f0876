import Correlation
import Support
import TCPModel
import TestSupport
import Testing

/// Each kind of finding in a capture, once, with its sentence.
@Suite struct FindingTests {
  @Test func nothingToFind() {
    #expect(findings(Trace.opening + Trace.close).isEmpty)
  }

  @Test func refused() {
    expectOne(
      .refused, .error,
      "10.0.0.2:80 refused connection 1: an RST answered the SYN, so nothing listens there or a "
        + "firewall rejects.",
      frames: [2], in: "0 > S 0\n20 < R. 0 ack 1")
  }

  @Test func unanswered() {
    expectOne(
      .unanswered, .error,
      "Connection 1 to 10.0.0.2:80: 3 SYNs, and no answer of anybody was captured.",
      frames: [1], in: "0 > S 0\n1000 > S 0\n3000 > S 0")
  }

  @Test func middleboxReset() {
    expectOne(
      .middleboxReset, .error,
      "Connection 1 to 10.0.0.2:80 ended by an RST in the name of the server whose time to live "
        + "is 240 instead of 52: a device on the path sent it.",
      frames: [4],
      in: """
        0   > S 0 ttl 64
        20  < S. 0 ack 1 ttl 52
        20  > . 1 ack 1 ttl 64
        100 < R 1 ttl 240
        """)
  }

  @Test func halfOpen() {
    expectOne(
      .halfOpen, .error,
      "Connection 1 to 10.0.0.2:80 stayed half open: the SYN/ACK was sent 2 times and the "
        + "client's ACK was never captured.",
      frames: [3, 3], in: "0 > S 0\n20 < S. 0 ack 1\n1020 < S. 0 ack 1")
  }

  @Test func keepAliveTimeout() {
    expectOne(
      .keepAliveTimeout, .error,
      "Connection 1 to 10.0.0.2:80: 3 keep-alive probes of the client got no answer; the server "
        + "or the path is gone.",
      frames: [6, 8],
      in: Trace.opening + """
        50    > P. 1:101(100) ack 1
        70    < . 1 ack 101
        10070 > . 100 ack 1
        20070 > . 100 ack 1
        30070 > . 100 ack 1
        """)
  }

  @Test func reset() {
    expectOne(
      .reset, .warning,
      "Connection 1 to 10.0.0.2:80 ended by an RST of the client, while 100 B of the server were not "
        + "acknowledged.",
      frames: [6],
      in: Trace.opening + """
        50  > P. 1:101(100) ack 1
        90  < P. 1:101(100) ack 101
        100 > R. 101 ack 1
        """)
  }

  @Test func synRetries() {
    expectOne(
      .synRetries, .warning,
      "Connection 1 to 10.0.0.2:80 needed 2 SYN retransmissions to open after 2.02 s.",
      frames: [2], in: "0 > S 0\n1000 > S 0\n2000 > S 0\n2020 < S. 0 ack 1\n2020 > . 1 ack 1")
  }

  /// The capture ends before an answer can have come.
  @Test func synRetriesInVain() {
    expectOne(
      .synRetries, .warning,
      "Connection 1 to 10.0.0.2:80 did not open in spite of 1 SYN retransmission.",
      frames: [2], in: "0 > S 0\n900 > S 0")
  }

  /// One cause, one finding.
  @Test func whatFollowsIsNotToldAgain() {
    #expect(findings("0 > S 0\n1000 > S 0").map(\.kind) == [.unanswered])
    #expect(
      findings("0 > S 0\n1000 > S 0\n1020 < S. 0 ack 1\n1020 > . 1 ack 1").map(\.kind)
        == [.synRetries])
  }

  @Test func zeroWindowStall() {
    expectOne(
      .zeroWindowStall, .warning,
      "Connection 1 to 10.0.0.2:80: the server could take no more data for 930 ms (window 0), so "
        + "the client had to wait.",
      frames: [5],
      in: Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < . 1 ack 101 win 0
        1000 < . 1 ack 101 win 64240
        1020 > P. 101:201(100) ack 1
        """)
  }

  /// The longest stop is told, with its frame, and how many there were.
  @Test func severalZeroWindowStalls() {
    expectOne(
      .zeroWindowStall, .warning,
      "Connection 1 to 10.0.0.2:80: the server could take no more data for up to 500 ms (window 0, "
        + "2 times, 600 ms in all), so the client had to wait.",
      frames: [8],
      in: Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < . 1 ack 101 win 0
        170  < . 1 ack 101 win 100
        180  > P. 101:201(100) ack 1
        200  < . 1 ack 201 win 0
        700  < . 1 ack 201 win 64240
        """)
  }

  @Test func manyShortZeroWindowsAreNoStall() {
    var text = Trace.opening
    for count in 0..<20 {
      let start = 1 + 100 * count
      text += """
        \(100 + 100 * count) > P. \(start):\(start + 100)(100) ack 1
        \(101 + 100 * count) < . 1 ack \(start + 100) win 0
        \(120 + 100 * count) < . 1 ack \(start + 100) win 100

        """
    }
    #expect(!findings(text).contains { $0.kind == .zeroWindowStall })
  }

  /// An upload gets no answer; what was under way is what it lost.
  @Test func anUploadThatIsResetLosesWhatWasUnderWay() throws {
    let found = findings(
      Trace.opening + """
        50  > . 1:40001(40000) ack 1
        90  < . 1 ack 40001
        91  > . 40001:80001(40000) ack 1
        131 < R. 1 ack 40001
        """)
    let one = try #require(found.first { $0.kind == .reset })
    #expect(one.text.contains("while 40 kB of the client were not acknowledged"), "\(one.text)")
  }

  /// The FIN came after the RST: it is no byte, and nothing was lost.
  @Test func aFINAfterTheRSTIsNoByte() throws {
    let found = findings(
      Trace.opening + """
        50  > P. 1:101(100) ack 1
        60  > F. 101 ack 1
        70  < . 1 ack 101
        90  < P. 1:488(487) ack 101
        91  > R. 102 ack 488
        95  < F. 488 ack 102
        """)
    let one = try #require(found.first { $0.kind == .reset })
    #expect(!one.text.contains("1 B"), "\(one.text)")
  }

  @Test func retransmissions() {
    var text = Trace.opening
    for count in 0..<4 {
      let start = 1 + 100 * count
      text += """
        \(100 + 500 * count) > P. \(start):\(start + 100)(100) ack 1 id \(10 * count + 1)
        \(400 + 500 * count) > P. \(start):\(start + 100)(100) ack 1 id \(10 * count + 2)
        \(420 + 500 * count) < . 1 ack \(start + 100)

        """
    }
    expectOne(
      .retransmissions, .warning,
      "Connection 1 to 10.0.0.2:80: the client sent 4 of 10 segments (40.0 %) again.",
      frames: [5], in: text)
  }

  /// One direction, from a host that hands large segments to its card: the repeats are single ones, and the SYN
  /// that would say how large was not captured.
  @Test func retransmissionsOfSegmentsOfUnknownSize() {
    var text = ""
    for number in 0..<100 {
      let start = 1 + number * 14_600
      text += "\(number) < . \(start):\(start + 14_600)(14600) ack 1\n"
      if number % 25 == 24 { text += "\(number).5 < . \(start):\(start + 1460)(1460) ack 1\n" }
    }
    #expect(!findings(text).map(\.kind).contains(.retransmissions))
  }

  /// The frame is of the side the sentence is about: not the SYN of frame 2, nor frame 6 of the server.
  @Test func retransmissionsOfOneSide() {
    var text = """
      0 > S 0 id 1
      1000 > S 0 id 2
      1020 < S. 0 ack 1 id 1
      1020 > . 1 ack 1 id 3
      1100 < P. 1:101(100) ack 1 id 2
      1200 < P. 1:101(100) ack 1 id 3
      1220 > . 1 ack 101 id 4

      """
    for count in 0..<3 {
      let start = 1 + 100 * count
      text += """
        \(2000 + 500 * count) > P. \(start):\(start + 100)(100) ack 101 id \(10 * count + 11)
        \(2300 + 500 * count) > P. \(start):\(start + 100)(100) ack 101 id \(10 * count + 12)
        \(2320 + 500 * count) < . 101 ack \(start + 100) id \(count + 4)

        """
    }
    let findings = findings(text)
    let finding = findings.first { $0.kind == .retransmissions }
    #expect(
      finding?.text
        == "Connection 1 to 10.0.0.2:80: the client sent 3 of 9 segments (33.3 %) again.")
    #expect(finding?.frames == [9])
    #expect(findings.first { $0.kind == .synRetries }?.frames == [2])
  }

  @Test func retransmissionsOfBothSides() {
    var text = Trace.opening
    for count in 0..<3 {
      let start = 1 + 100 * count
      text += """
        \(100 + 900 * count) < P. \(start):\(start + 100)(100) ack \(start) id \(10 * count + 1)
        \(200 + 900 * count) < P. \(start):\(start + 100)(100) ack \(start) id \(10 * count + 2)
        \(220 + 900 * count) > . \(start) ack \(start + 100) id \(10 * count + 1)
        \(400 + 900 * count) > P. \(start):\(start + 100)(100) ack \(start + 100) id \(10 * count + 2)
        \(700 + 900 * count) > P. \(start):\(start + 100)(100) ack \(start + 100) id \(10 * count + 3)
        \(720 + 900 * count) < . \(start + 100) ack \(start + 100) id \(10 * count + 3)

        """
    }
    expectOne(
      .retransmissions, .warning,
      "Connection 1 to 10.0.0.2:80: the client sent 3 of 11 segments (27.3 %) again, the server 3 of "
        + "10 (30.0 %).",
      frames: [5, 8], in: text)
  }

  @Test func slowHandshake() {
    expectOne(
      .slowHandshake, .warning,
      "Connection 1 to 10.0.0.2:80 took 620 ms to open, most of it until "
        + "the SYN/ACK: the server or its side of the path.",
      frames: [1], in: "0 > S 0\n600 < S. 0 ack 1\n620 > . 1 ack 1")
  }

  @Test func slowResponse() {
    expectOne(
      .slowResponse, .warning,
      "Connection 1 to 10.0.0.2:80 waited up to 2.50 s for the first byte of a response.",
      frames: [4],
      in: Trace.opening + """
        50   > P. 1:101(100) ack 1
        70   < . 1 ack 101
        2550 < P. 1:101(100) ack 101
        """)
  }

  @Test func halfClosed() {
    expectOne(
      .halfClosed, .warning,
      "Connection 1 to 10.0.0.2:80 stayed half closed for 12 s: the client sent its FIN and it "
        + "was acknowledged, the server kept its side open.",
      frames: [4, 5],
      in: Trace.opening + """
        100   > F. 1 ack 1
        120   < . 1 ack 2
        12100 < F. 1 ack 2
        12100 > . 2 ack 2
        """)
  }

  @Test func missingFromTheCapture() {
    let findings = findings(
      Trace.opening + """
        50 > . 1:101(100) ack 1
        51 > . 201:301(100) ack 1
        70 < . 1 ack 301
        """)
    #expect(findings.map(\.kind) == [.captureDrops])
    #expect(
      findings.first?.text
        == "The capture is incomplete: 100 bytes acknowledged but not captured, in connection 1. What looks "
        + "lost may only not have been captured.")
    #expect(findings.first?.frames == [6])
  }

  /// Of several connections one is named only when it stands out.
  @Test(arguments: [
    (1, "2 SYNs, and no answer of anybody was captured."),
    (2, "up to 3 SYNs, and no answer of anybody was captured; the worst is connection 2."),
  ])
  func theWorstOfTwo(_ retries: Int, _ end: String) {
    var collector = FindingCollector()
    for (id, retries) in [(1, 1), (2, retries)] {
      var summary = ConnectionSummary(
        id: id, client: Endpoint(address: IPAddress(ipv4: 1), port: UInt16(id)),
        server: Endpoint(address: IPAddress(ipv4: 0x0A00_0002), port: 80), roleBasis: .syn,
        start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 3_000_000_000),
        firstFrame: Int64(id),
        lastFrame: Int64(id))
      summary.outcome = .unanswered
      summary.handshake.synRetransmissions = retries
      collector.add(summary)
    }
    let finding = collector.findings().first { $0.kind == .unanswered }
    #expect(finding?.text == "2 connections to 10.0.0.2:80: " + end)
  }

  @Test func droppedByTheInterface() {
    var capture = CaptureInfo(path: "busy.pcapng", format: .pcapng)
    capture.interfaceDrops = 17
    let collector = FindingCollector([capture])
    #expect(
      collector.findings() == [
        Finding(
          kind: .captureDrops, severity: .warning, connections: [], frames: [],
          wording: Wording(
            "finding.capture_drops",
            ["parts": .list([.counted("capture.dropped", 17)], joined: "list.semicolon")]),
          evidence: [
            Finding.Evidence("path", .text("busy.pcapng")),
            Finding.Evidence("interface_drops", .number(17)),
          ])
      ])
    #expect(
      collector.findings()[0].text
        == "The capture is incomplete: 17 frames dropped before they were written. What looks lost may "
        + "only not have been captured.")
    #expect(collector.trust.map(\.loss) == [.unsound])
    #expect(collector.trust.map(\.timing) == [.sound])
  }

  /// A firewall changes the sequence numbers and forgets the blocks.
  @Test func sackNotTranslated() {
    let text = { (offset: Int64) in
      Trace.modernOpening + """
        50 > . 1:1001(1000) ack 1 win 502 <ts 130/900>
        51 > . 2001:3001(1000) ack 1 win 502 <ts 131/900>
        70 < . 1 ack 1001 win 502 <ts 950/130,sack \(offset + 2001):\(offset + 3001)>
        71 > . 3001:4001(1000) ack 1 win 502 <ts 132/900>
        90 < . 1 ack 1001 win 502 <ts 951/130,sack \(offset + 2001):\(offset + 4001)>
        """
    }
    expectOne(
      .sackNotTranslated, .error,
      "Connection 1 to 10.0.0.2:80: 2 segments of the server carry SACK blocks with numbers that the "
        + "client never sent; a device on the path changes sequence numbers and does not translate the "
        + "blocks, so every loss waits for a time-out. Let it leave the numbers alone, or switch SACK off "
        + "there.",
      frames: [6], in: text(800_000_000))
    #expect(!findings(text(0)).contains { $0.kind == .sackNotTranslated })
  }

  /// As many ports of one host as only a scan tries.
  @Test(arguments: [(14, false), (15, true)])
  func portScan(_ ports: Int, _ isFound: Bool) {
    var trace = Trace("")
    for port in 1...ports {
      var flow = Trace.Flow()
      flow.server.port = UInt16(port)
      trace.append("0 > S 0\n20 < R. 0 ack 1", flow)
    }
    let found = allFindings(of: trace.segments)
    #expect(found.contains { $0.kind == .portScan } == isFound)
    #expect(found.contains { $0.kind == .refused } != isFound)
    if isFound {
      #expect(found.count == 1)
      #expect(
        found[0].text
          == "10.0.0.1 tried 15 ports of 10.0.0.2 (1 to 15) within 0 s, in 15 attempts: 15 refused."
      )
    }
  }

  /// All was said, or something was lost.
  @Test func aResetThatHarmsNobody() {
    expectOne(
      .reset, .info,
      "Connection 1 to 10.0.0.2:80 ended by an RST of the client, instead of a FIN; nothing was "
        + "outstanding.",
      frames: [4], in: Trace.opening + "100 > R. 1 ack 1")
  }

  /// Before the second is over nobody knows whether an answer comes.
  @Test(arguments: [(500, false), (1500, true)])
  func anAnswerMayStillCome(_ end: Int64, _ isFound: Bool) {
    var other = Trace.Flow()
    other.server.port = 81
    var trace = Trace("0 > S 0")
    trace.append(Trace.opening, other)
    #expect(
      allFindings(of: trace.segments, until: end).contains { $0.kind == .unanswered } == isFound)
  }

  @Test func clockBackwards() {
    expectOne(
      .clockBackwards, .info,
      "Connection 1 to 10.0.0.2:80 has segments with earlier times than the ones before them: the "
        + "capture is out of order or its clock was set back.",
      frames: [4], in: Trace.opening + "10 > P. 1:101(100) ack 1")
  }

  @Test(
    arguments: [
      ("mss 200", "mss 1460", "the client offers an MSS of 200, below the default of 536"),
      (
        "mss 1460", "mss 1460,ws 7",
        "the server scales its window though the client did not offer to"
      ),
      (
        "mss 1460,ws 15", "mss 1460,ws 7",
        "the client offers a window scale of 15; RFC 7323 allows 14"
      ),
    ])
  func optionOddity(_ client: String, _ server: String, _ words: String) {
    expectOne(
      .optionOddity, .info, "Connection 1 to 10.0.0.2:80: \(words).",
      frames: [words.hasPrefix("the server") ? 2 : 1],
      in: """
        0  > S 0 <\(client)>
        20 < S. 0 ack 1 <\(server)>
        20 > . 1 ack 1
        30 < . 1:201(200) ack 1
        31 < . 201:401(200) ack 1
        50 > . 1 ack 401
        """)
  }

  /// Nothing pushed against it.
  @Test(arguments: [("mss 200", "mss 1460"), ("mss 1460,ws 7", "mss 1460")])
  func optionsThatDidNotMatter(_ client: String, _ server: String) {
    #expect(
      findings("0 > S 0 <\(client)>\n20 < S. 0 ack 1 <\(server)>\n20 > . 1 ack 1").isEmpty)
  }

  /// A service that is down is one thing to know; the worst connection stands for all.
  @Test func theSameAtOneServerIsOneFinding() {
    var trace = Trace("")
    for port in 1...5 {
      var flow = Trace.Flow()
      flow.client.port = UInt16(port)
      trace.append("0 > S 0\n20 < R. 0 ack 1", flow)
    }
    let findings = allFindings(of: trace.segments)
    #expect(findings.count == 1)
    #expect(findings[0].connections == [1, 2, 3, 4, 5])
    #expect(findings[0].frames == [2, 4, 6, 8, 10])
    #expect(findings[0].text.hasPrefix("10.0.0.2:80 refused 5 connections"))
  }

  @Test func theMostSeriousComeFirst() {
    var trace = Trace(Trace.opening + "50 < P. 1:101(100) ack 1\n60 > R. 1 ack 1")
    var flow = Trace.Flow()
    flow.server.port = 81
    trace.append("200 > S 0\n220 < R. 0 ack 1", flow)
    flow.server.port = 82
    trace.append(
      "300 > S 0 <mss 100>\n320 < S. 0 ack 1\n320 > . 1 ack 1\n330 < . 1:201(200) ack 1", flow)
    #expect(allFindings(of: trace.segments).map(\.kind) == [.refused, .reset, .optionOddity])
  }
}
