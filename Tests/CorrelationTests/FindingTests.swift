import Correlation
import Support
import TCPModel
import TestSupport
import Testing

/// Each kind of finding in a capture, once, with its sentence.
@Suite struct FindingTests {
  private func findings(_ text: String) -> [Finding] {
    var collector = FindingCollector()
    for connection in analyseAll(Trace(text).segments) { collector.add(connection.summary) }
    return collector.findings()
  }

  private func expectOne(
    _ kind: FindingKind, _ severity: Finding.Severity, _ sentence: String, frames: [Int64],
    in text: String, at location: SourceLocation = #_sourceLocation
  ) {
    let matching = findings(text).filter { $0.kind == kind }
    #expect(matching.count == 1, sourceLocation: location)
    guard let one = matching.first else { return }
    #expect(one.severity == severity, sourceLocation: location)
    #expect(one.text == sentence, sourceLocation: location)
    #expect(one.frames == frames, sourceLocation: location)
    #expect(one.connections == [1], sourceLocation: location)
    #expect(
      one.evidence.prefix(3) == [
        Finding.Evidence("server", .text("10.0.0.2:80")),
        Finding.Evidence("connections", .number(1)), Finding.Evidence("example", .number(1)),
      ], sourceLocation: location)
  }

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
      "10.0.0.2:80 never answered connection 1: 3 SYNs without a reply.",
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
      frames: [3], in: "0 > S 0\n20 < S. 0 ack 1\n1020 < S. 0 ack 1")
  }

  @Test func keepAliveTimeout() {
    expectOne(
      .keepAliveTimeout, .error,
      "Connection 1 to 10.0.0.2:80: 3 keep-alive probes of the client got no answer; the server "
        + "or the path is gone.",
      frames: [8],
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
      "Connection 1 to 10.0.0.2:80 ended by an RST of the client instead of FINs.",
      frames: [4], in: Trace.opening + "100 > R. 1 ack 1")
  }

  @Test func synRetries() {
    expectOne(
      .synRetries, .warning,
      "Connection 1 to 10.0.0.2:80 needed 2 SYN retransmissions to open.",
      frames: [2], in: "0 > S 0\n1000 > S 0\n2000 > S 0\n2020 < S. 0 ack 1\n2020 > . 1 ack 1")
  }

  @Test func synRetriesInVain() {
    expectOne(
      .synRetries, .warning,
      "Connection 1 to 10.0.0.2:80 did not open in spite of 1 SYN retransmission.",
      frames: [2], in: "0 > S 0\n1000 > S 0")
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
        """)
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
        == "Connection 1 to 10.0.0.2:80: the client sent 4 of 10 segments (40.0 %) again.")
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
      .slowHandshake, .warning, "Connection 1 to 10.0.0.2:80 took 620 ms to open.",
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
      "Connection 1 to 10.0.0.2:80 stayed half closed for 12 s: the client sent its FIN, the "
        + "other end kept its side open.",
      frames: [4],
      in: Trace.opening + """
        100   > F. 1 ack 1
        120   < . 1 ack 2
        12100 < F. 1 ack 2
        12100 > . 2 ack 2
        """)
  }

  @Test func missingFromTheCapture() {
    expectOne(
      .captureDrops, .warning,
      "Connection 1 to 10.0.0.2:80: 100 bytes were acknowledged but are not in the capture, so it "
        + "is incomplete.",
      frames: [1],
      in: Trace.opening + """
        50 > . 1:101(100) ack 1
        51 > . 201:301(100) ack 1
        70 < . 1 ack 301
        """)
  }

  @Test func oneByteMissing() {
    expectOne(
      .captureDrops, .warning,
      "Connection 1 to 10.0.0.2:80: 1 byte was acknowledged but is not in the capture, so it is "
        + "incomplete.",
      frames: [1],
      in: Trace.opening + """
        50 > . 2:101(99) ack 1
        70 < . 1 ack 101
        """)
  }

  /// Of several connections one is named only when it stands out.
  @Test(arguments: [
    (1, "2 SYNs without a reply."), (2, "3 SYNs without a reply; the worst is connection 2."),
  ])
  func theWorstOfTwo(_ retries: Int, _ end: String) {
    var collector = FindingCollector()
    for (id, retries) in [(1, 1), (2, retries)] {
      var summary = ConnectionSummary(
        id: id, client: Endpoint(address: IPAddress(ipv4: 1), port: UInt16(id)),
        server: Endpoint(address: IPAddress(ipv4: 0x0A00_0002), port: 80), roleBasis: .syn,
        start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 0), firstFrame: Int64(id),
        lastFrame: Int64(id))
      summary.outcome = .unanswered
      summary.handshake.synRetransmissions = retries
      collector.add(summary)
    }
    let finding = collector.findings().first { $0.kind == .unanswered }
    #expect(finding?.text == "10.0.0.2:80 never answered 2 connections: " + end)
  }

  @Test func droppedByTheInterface() {
    var collector = FindingCollector()
    var capture = CaptureInfo(path: "busy.pcapng", format: .pcapng)
    capture.interfaceDrops = 17
    collector.add(capture)
    #expect(
      collector.findings() == [
        Finding(
          kind: .captureDrops, severity: .warning, connections: [], frames: [],
          text:
            "The capture lost 17 frames before they were written; what looks missing may only not "
            + "have been captured.",
          evidence: [
            Finding.Evidence("path", .text("busy.pcapng")),
            Finding.Evidence("interface_drops", .number(17)),
          ])
      ])
  }

  @Test func clockBackwards() {
    expectOne(
      .clockBackwards, .info,
      "Connection 1 to 10.0.0.2:80 has segments with earlier times than the ones before them: the "
        + "capture is out of order or its clock was set back.",
      frames: [1], in: Trace.opening + "10 > P. 1:101(100) ack 1")
  }

  @Test(
    arguments: [
      ("mss 200", "mss 1460", "the client offers an MSS of 200, below the default of 536"),
      (
        "mss 1460,ws 7", "mss 1460",
        "the server does not scale windows, so none is larger than 65,535 bytes"
      ),
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
      .optionOddity, .info, "Connection 1 to 10.0.0.2:80: \(words).", frames: [1],
      in: "0 > S 0 <\(client)>\n20 < S. 0 ack 1 <\(server)>\n20 > . 1 ack 1")
  }

  /// A service that is down is one thing to know; the worst connection stands for all.
  @Test func theSameAtOneServerIsOneFinding() {
    var trace = Trace("")
    for port in 1...5 {
      var flow = Trace.Flow()
      flow.client.port = UInt16(port)
      trace.append("0 > S 0\n20 < R. 0 ack 1", flow)
    }
    var collector = FindingCollector()
    for connection in analyseAll(trace.segments) { collector.add(connection.summary) }
    let findings = collector.findings()
    #expect(findings.count == 1)
    #expect(findings[0].connections == [1, 2, 3, 4, 5])
    #expect(findings[0].frames == [2, 4, 6, 8, 10])
    #expect(findings[0].text.hasPrefix("10.0.0.2:80 refused 5 connections"))
  }

  @Test func theMostSeriousComeFirst() {
    var trace = Trace(Trace.opening + "100 > R. 1 ack 1")
    var flow = Trace.Flow()
    flow.server.port = 81
    trace.append("200 > S 0\n220 < R. 0 ack 1", flow)
    flow.server.port = 82
    trace.append("300 > S 0 <mss 100>\n320 < S. 0 ack 1\n320 > . 1 ack 1", flow)
    var collector = FindingCollector()
    for connection in analyseAll(trace.segments) { collector.add(connection.summary) }
    #expect(collector.findings().map(\.kind) == [.refused, .reset, .optionOddity])
  }
}
