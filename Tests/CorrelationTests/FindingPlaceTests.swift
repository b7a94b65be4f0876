import Support
import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// One thing to know is told once: a connection with both of its legs, a client with the same trouble everywhere, a
/// capture with its clock. And nothing is told of what nobody may have sent.
@Suite struct FindingPlaceTests {
  private func flow(
    client: Endpoint? = nil, server: Endpoint? = nil,
    numbers: (UInt32, UInt32) = (7_000_000, 9_000_000)
  ) -> Trace.Flow {
    var flow = Trace.Flow(clientISN: numbers.0, serverISN: numbers.1)
    if let client { flow.client = client }
    if let server { flow.server = server }
    return flow
  }

  private func endpoint(_ last: UInt32, _ port: UInt16) -> Endpoint {
    Endpoint(address: IPAddress(ipv4: 0x0A00_0000 | last), port: port)
  }

  private func sorted(_ trace: Trace) -> [Segment] {
    var segments = trace.segments.sorted { $0.time < $1.time }
    for index in segments.indices { segments[index].frame = Int64(index + 1) }
    return segments
  }

  private func trust(_ segments: [Segment], _ info: CaptureInfo? = nil) -> CaptureTrust? {
    var collector = FindingCollector([info ?? CaptureInfo(path: "a.pcap", format: .pcap)])
    for one in analyseAll(segments) { collector.add(one.summary) }
    return collector.trust.first
  }

  // MARK: Sides

  /// The opening was not captured: the finding names a client and a server all the same.
  @Test func sidesThatPortsTellAreAssumed() {
    let text = "0 > P. 1:101(100) ack 1\n20 < . 1 ack 101\n3000 < P. 1:101(100) ack 101"
    #expect(
      trust(Trace(text).segments)?.reasons == [
        "the opening of 1 connection with findings not captured: which end is the client is assumed from "
          + "ports, or from who speaks first"
      ])
    var known = Trace("0 > S 0\n20 < S. 0 ack 1\n20 > . 1 ack 1")
    known.append(text, flow(client: endpoint(1, 50_000), server: Trace.Flow().server))
    #expect(trust(known.segments)?.reasons == [])
  }

  // MARK: Late beginnings

  /// The capture begins while a hole is open: what the server sends once more, and what the client had of what lies
  /// behind, was sent before it.
  @Test func whatWasSentBeforeTheCaptureIsNotMissing() {
    let late = """
      0  < . 5001:6001(1000) ack 1
      1  > . 1 ack 1 <sack 2001:6001>
      40 < . 1:1001(1000) ack 1
      41 > . 1 ack 1001 <sack 2001:6001>
      42 < . 1001:2001(1000) ack 1
      43 > . 1 ack 6001
      """
    #expect(trust(Trace(late).segments)?.loss == .sound)
    let behind = late + "\n50 < . 9001:10001(1000) ack 1\n51 > . 1 ack 10001"
    #expect(trust(Trace(behind).segments)?.loss != .sound)
  }

  // MARK: Damage

  private func corrupted(_ text: String) -> [Segment] {
    var segments = Trace(text).segments
    segments[0].isCorrupt = true
    // Others are answered, and the capture goes on.
    var trace = Trace(segments)
    trace.append(
      "0 > S 0\n20 < S. 0 ack 1\n20 > . 1 ack 1\n9000 > P. 1:11(10) ack 1\n9020 < . 1 ack 11",
      flow(client: endpoint(9, 5), server: endpoint(8, 81)))
    return trace.segments
  }

  @Test func aCorruptSYNAloneIsNoAttempt() {
    let segments = corrupted("0 > S 0")
    #expect(allFindings(of: segments).isEmpty)
    #expect(
      trust(segments)?.reasons == [
        "a wrong IPv4 header checksum in the only segment of 1 connection"
      ])
    var sound = segments
    sound[0].isCorrupt = false
    #expect(allFindings(of: sound).map(\.kind) == [.unanswered])
    #expect(trust(sound)?.reasons == [])
  }

  /// Damage does not repeat itself: the same SYN once more, or an answer to it, shows that it was sent.
  @Test(arguments: [
    ("0 > S 0\n1000 > S 0", FindingKind.unanswered), ("0 > S 0\n20 < R. 0 ack 1", .refused),
  ])
  func whatASecondSegmentConfirmsIsTold(_ text: String, _ kind: FindingKind) {
    #expect(allFindings(of: corrupted(text)).map(\.kind) == [kind])
  }

  // MARK: Translated addresses

  private static let refusal =
    "0 > S 0\n20 < S. 0 ack 1\n20 > . 1 ack 1\n30 < F. 1 ack 1\n"
    + "30 > . 1 ack 2\n40 > F. 1 ack 2\n60 < . 2 ack 2"

  private func legs(_ text: String, _ second: Trace.Flow) -> [Segment] {
    var trace = Trace(text, flow: flow(client: endpoint(1, 40_000), server: endpoint(2, 80)))
    trace.append(text, second)
    return sorted(trace)
  }

  @Test func bothLegsOfAConnectionAreOneFinding() {
    let found = allFindings(
      of: legs(Self.refusal, flow(client: endpoint(99, 1024), server: endpoint(2, 80))))
    #expect(found.map(\.kind) == [.immediateClose])
    #expect(found.first?.connections == [1])
    #expect(
      trust(legs(Self.refusal, flow(client: endpoint(99, 1024), server: endpoint(2, 80))))?.reasons
        == ["1 connection captured before and behind a translator of addresses"])
    // The server's address was translated.
    let other = allFindings(
      of: legs(Self.refusal, flow(client: endpoint(1, 40_000), server: endpoint(77, 8080))))
    #expect(other.map(\.connections) == [[1]])
  }

  @Test func otherNumbersAreAnotherConnection() {
    let found = allFindings(
      of: legs(
        Self.refusal,
        flow(client: endpoint(99, 1024), server: endpoint(2, 80), numbers: (7_000_000, 9_000_001))))
    #expect(found.first?.connections == [1, 2])
  }

  /// Another port alone is no translator; and who makes packets gives all of them the same small numbers.
  @Test func sameNumbersAloneAreNoTranslator() {
    let port = legs(Self.refusal, flow(client: endpoint(1, 40_001), server: endpoint(2, 80)))
    #expect(allFindings(of: port).map(\.connections) == [[1, 2]])
    var made = Trace(
      Self.refusal, flow: flow(client: endpoint(1, 5), server: endpoint(2, 80), numbers: (100, 200))
    )
    made.append(
      Self.refusal, flow(client: endpoint(3, 5), server: endpoint(2, 80), numbers: (100, 200)))
    #expect(allFindings(of: sorted(made)).map(\.connections) == [[1, 2]])
  }

  /// A SYN that goes through and is not answered: sent as often, and it offers the same.
  @Test func bothLegsOfAnAttemptAreOneFinding() {
    let text = "0 > S 0 <mss 1460,ws 7>\n1000 > S 0 <mss 1460,ws 7>\n3000 > S 0 <mss 1460,ws 7>"
    let second = flow(client: endpoint(99, 1024), server: endpoint(2, 80))
    #expect(allFindings(of: legs(text, second)).map(\.connections) == [[1]])
    // One number for all SYNs, each sent once, as scanners have it; others are answered.
    var scan = Trace(legs("0 > S 0 <mss 1460,ws 7>", second))
    scan.append(
      "5000 > S 0\n5020 < S. 0 ack 1\n5020 > . 1 ack 1",
      flow(client: endpoint(9, 5), server: endpoint(8, 81)))
    #expect(allFindings(of: scan.segments).map(\.connections) == [[1, 2]])
    let hosts = allFindings(
      of: legs(text, flow(client: endpoint(1, 40_000), server: endpoint(3, 80))))
    #expect(hosts.map(\.connections) == [[1], [2]])
  }

  // MARK: One client everywhere

  private func refusals(at servers: Int, by clients: Int) -> [Segment] {
    var trace = Trace([])
    for number in 0..<servers {
      let client = endpoint(UInt32(100 + number % clients), 40_000)
      trace.append(
        "\(number * 50) > S 0\n\(number * 50 + 20) < R. 0 ack 1",
        flow(
          client: client, server: endpoint(UInt32(10 + number), 80),
          numbers: (UInt32(1000 * number), 9000)))
    }
    return trace.segments
  }

  @Test func theSameTroubleEverywhereIsOneFinding() throws {
    let found = allFindings(of: refusals(at: 6, by: 1))
    let one = try #require(found.first)
    #expect(found.count == 1)
    #expect(one.connections == [1, 2, 3, 4, 5, 6])
    #expect(one.frames == [2, 4, 6, 8, 10, 12])
    #expect(
      one.text
        == "10.0.0.10:80 refused connection 1: an RST answered the SYN, so nothing listens there or a "
        + "firewall rejects. It is the worst of 6 connections of 10.0.0.100 with the like, to 6 "
        + "addresses and ports.")
    #expect(one.evidence.contains(Finding.Evidence("places", .number(6))))
    #expect(one.evidence.contains(Finding.Evidence("connections", .number(6))))
  }

  @Test func fewServersAndSeveralClientsStandByThemselves() {
    #expect(allFindings(of: refusals(at: 4, by: 1)).count == 4)
    #expect(allFindings(of: refusals(at: 6, by: 2)).count == 6)
  }

  // MARK: Words at the door

  private func close(_ words: String, port: UInt16 = 25) -> [Finding] {
    allFindings(
      of: Trace(
        Trace.opening + words, flow: flow(client: endpoint(1, 40_000), server: endpoint(2, port))
      ).segments)
  }

  private static let away = """
    900 < P. 1:61(60) ack 1
    901 < F. 61 ack 1
    902 > . 1 ack 62
    903 > F. 1 ack 62
    923 < . 62 ack 2
    """

  @Test func aClientThatIsTurnedAway() throws {
    let found = close(Self.away)
    #expect(found.map(\.kind) == [.immediateClose])
    #expect(found.first?.frames == [4, 5])
    #expect(
      found.first?.text
        == "10.0.0.2:25 turned connection 1 away: it sent 60 B (frame 4) and ended it (a FIN) before the "
        + "client had said anything. A limit of connections or access control; those bytes say which."
    )
  }

  /// What is spoken there is not known to let the client speak next; the client said something; the server waited for
  /// it to; the words are a file.
  @Test func whatLooksLikeTurningAway() {
    #expect(close(Self.away, port: 13).isEmpty)
    #expect(
      close("40 > P. 1:5(4) ack 1\n60 < P. 1:61(60) ack 5\n61 < F. 61 ack 5\n62 > F. 5 ack 62")
        .isEmpty)
    #expect(
      close(
        Self.away.replacing("90", with: "990").replacing("9900 <", with: "900 <")
          .replacing("923", with: "9923")
      ).isEmpty)
    #expect(
      close(Self.away.replacing("1:61(60)", with: "1:1201(1200)").replacing("61", with: "1201"))
        .isEmpty)
  }

  @Test func aFINAndAnRSTAreTwoStories() throws {
    var trace = Trace(
      Self.refusal, flow: flow(client: endpoint(1, 40_000), server: endpoint(2, 80)))
    trace.append(
      "200 > S 0\n220 < S. 0 ack 1\n220 > . 1 ack 1\n230 < R. 1 ack 1",
      flow(client: endpoint(1, 40_001), server: endpoint(2, 80), numbers: (1, 2)))
    let found = allFindings(of: trace.segments)
    #expect(found.map(\.kind) == [.immediateClose])
    #expect(found.first?.wording.key == "finding.mixed")
  }

  // MARK: Times

  private func stepped(_ size: Nanoseconds, _ text: String) -> [Finding] {
    var info = CaptureInfo(path: "a.pcap", format: .pcap)
    info.stepBack = CaptureInfo.StepBack(size: size, frame: 8)
    info.tcpSegments = 8
    return allFindings(of: Trace(text).segments, [info])
  }

  private static let backwards = Trace.opening + "10 > P. 1:101(100) ack 1\n30 < . 1 ack 101"

  @Test func theLargestStepOfACaptureIsTold() throws {
    let found = stepped(2_000_000_000, Self.backwards)
    let one = try #require(found.first)
    #expect(found.map(\.kind) == [.clockBackwards])
    // And where the connection goes back.
    #expect(one.frames == [4, 7, 8])
    #expect(one.connections == [1])
    #expect(one.evidence.contains(Finding.Evidence("by_ns", .number(2_000_000_000))))
    #expect(
      one.text
        == "Frame 8 is 2 s earlier than the one before it, the largest step back there is: the capture is "
        + "out of order or its clock was set back. Steps back of any size are within 1 connection.")
  }

  /// A file that begins anew between connections; what is shorter than a second spoils nobody's times.
  @Test func aLeapBetweenConnectionsIsTold() throws {
    let text = Trace.opening + "40 > P. 1:101(100) ack 1\n60 < . 1 ack 101"
    let found = stepped(2_073_600_000_000_000, text)
    #expect(found.map(\.kind) == [.clockBackwards])
    #expect(
      found.first?.text
        == "Frame 8 is 24 d earlier than the one before it, though times go backwards within no "
        + "connection: the capture was put together in another order, or its clock was set back.")
    #expect(stepped(20_000_000, text).isEmpty)
    var info = CaptureInfo(path: "a.pcap", format: .pcap)
    info.stepBack = CaptureInfo.StepBack(size: 2_073_600_000_000_000, frame: 8)
    // Nobody's times but those of other protocols.
    #expect(allFindings(of: Trace(text).segments, [info]).isEmpty)
    info.tcpSegments = 8
    #expect(trust(Trace(text).segments, info)?.timing == .care)
  }

  // MARK: Fast Open

  /// What a SYN carried in vain is sent again though it was not lost (RFC 7413 4.2.2).
  @Test func dataOfASYNInVainIsNoLoss() {
    let text = """
      20   > P. 1:101(100) ack 1
      400  > P. 101:201(100) ack 1
      440  < . 1 ack 101
      700  > P. 101:201(100) ack 1
      720  < . 1 ack 201
      800  > P. 201:301(100) ack 1
      1100 > P. 201:301(100) ack 1
      1120 < . 1 ack 301
      """
    let isTold = { (text: String) in
      allFindings(of: Trace(text).segments).contains { $0.kind == .retransmissions }
    }
    let opening = "0 > S 0:100(100)\n20 < S. 0 ack 1\n"
    #expect(summary(opening + text).traffic.client.retransmittedSegments == 3)
    #expect(!isTold(opening + text))
    #expect(isTold(opening + text + "\n1130 > P. 301:401(100) ack 1\n1500 > P. 301:401(100) ack 1"))
  }

  private func summary(_ text: String) -> ConnectionSummary { analyse(text).summary }
}
