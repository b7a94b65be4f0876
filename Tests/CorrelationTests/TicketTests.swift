import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// What a server of TLS sends that answers nothing, and what answers.
@Suite struct TicketTests {
  /// A full handshake of TLS 1.3, seen at a client 20 ms away, and its request at 41 ms.
  private static func opening(h2: Bool = false, ticketInFlight: Bool = false) -> TLSTalk {
    var talk = TLSTalk()
    talk.say(.client, at: 20, .clientHello(h2: h2))
    talk.say(
      .server, at: 40, .serverHello(0x0304), .data(32), .data(900), .data(280), .data(53))
    if ticketInFlight { talk.say(.server, at: 40, .data(130)) }
    talk.say(.client, at: 41, .data(53))
    talk.say(.client, at: 41, .data(98))
    return talk
  }

  @Test func twoTicketsAreNoAnswer() {
    var talk = Self.opening()
    talk.say(.server, at: 61, .data(261), .data(261))
    talk.say(.server, at: 3041, .data(3058))
    let timings = talk.timings
    #expect(timings.wait == 3_000_000_000)
    #expect(timings.longestWait == 3_000_000_000)
    #expect(timings.serverTime == 2_980_000_000)
    #expect(timings.receive == 0)
    #expect(timings.exchanges == 1)
    #expect(talk.phases == "handshake tls send wait receive")
    #expect(talk.connection.summary.landmarks.longestAnswer == 3_000_000_000)
  }

  @Test(arguments: [[[261], [261]], [[261, 261]], [[261], [261, 261], [261]]])
  func ticketsComeInOnePieceOrInMany(pieces: [[Int]]) {
    var talk = Self.opening()
    for piece in pieces { talk.say(.server, at: 61, piece.map { .data($0) }) }
    talk.say(.server, at: 71, .data(500))
    #expect(talk.timings.wait == 30_000_000)
  }

  /// Nagle's algorithm holds the second one back until the first is acknowledged.
  @Test func theSecondTicketMayComeLate() {
    var talk = Self.opening()
    talk.say(.server, at: 61, .data(261))
    talk.say(.server, at: 101, .data(261))
    talk.say(.server, at: 141, .data(400))
    #expect(talk.timings.wait == 100_000_000)
  }

  @Test func theSecondTicketMayComeWithTheAnswer() {
    var talk = Self.opening()
    talk.say(.server, at: 61, .data(261))
    talk.say(.server, at: 101, .data(261), .data(400))
    #expect(talk.timings.wait == 60_000_000)
  }

  /// Which it is only by chance: no ticket waits so long.
  @Test(arguments: [true, false])
  func anAnswerMayBeAsLongAsATicket(isSecond: Bool) {
    var talk = Self.opening()
    talk.say(.server, at: 61, isSecond ? [.data(261)] : [.data(261), .data(261)])
    talk.say(.server, at: 1041, .data(261))
    #expect(talk.timings.wait == 1_000_000_000)
    #expect(talk.timings.exchanges == 1)
  }

  @Test func oneTicketIsNoAnswer() {
    var talk = Self.opening()
    talk.say(.server, at: 61, .data(261))
    talk.say(.server, at: 3041, .data(3058))
    #expect(talk.timings.wait == 3_000_000_000)
    #expect(talk.timings.serverTime == 2_980_000_000)
    #expect(talk.timings.exchanges == 1)
    #expect(talk.phases == "handshake tls send wait receive")
  }

  @Test func ticketsOfWhichOnlyTheBeginningWasCapturedAreCounted() {
    var talk = Self.opening()
    talk.snap = 200
    talk.say(.server, at: 61, .data(261), .data(261))
    talk.say(.server, at: 3041, .data(3058))
    #expect(talk.timings.wait == 3_000_000_000)
  }

  @Test func ticketsWithoutAnAnswerLeaveTheRequestOpen() {
    var talk = Self.opening()
    talk.say(.server, at: 61, .data(261), .data(261))
    talk.close(.server, at: 1541)
    #expect(talk.timings.wait == 1_500_000_000)
    #expect(talk.timings.exchanges == 0)
    #expect(talk.phases == "handshake tls send wait teardown")
  }

  /// Later requests of a connection have no tickets before their answers.
  @Test func laterExchangesStayAsTheyAre() {
    var talk = Self.opening()
    talk.say(.server, at: 61, .data(261), .data(261))
    talk.say(.server, at: 71, .data(400))
    talk.say(.client, at: 100, .data(98))
    talk.say(.server, at: 125, .data(261), .data(261))
    talk.say(.server, at: 200, .data(900))
    #expect(talk.timings.wait == 55_000_000)
    #expect(talk.timings.receive == 75_000_000)
    #expect(talk.timings.exchanges == 2)
  }

  /// A capture that cuts each segment shows neither all of the server's flight nor where its next record begins.
  @Test(arguments: [28, 40, 64, 100, 200], [0x0304, 0x0303] as [UInt16])
  func aFlightThatWasCutEndsNoHandshake(_ snap: Int, _ version: UInt16) {
    var talk = TLSTalk()
    talk.snap = snap
    talk.say(.client, at: 20, .clientHello(h2: false))
    if version == 0x0304 {
      talk.say(
        .server, at: 40, .serverHello(version), .data(32), .data(900), .data(280), .data(53))
      talk.say(.client, at: 61, .changeCipherSpec, .data(53))
    } else {
      talk.say(.server, at: 40, .serverHello(version), .handshake(900), .handshake(4))
      talk.say(.client, at: 41, .handshake(70), .changeCipherSpec, .handshake(40))
      talk.say(.server, at: 61, .handshake(200), .changeCipherSpec, .handshake(40))
    }
    talk.say(.client, at: 61, .data(98))
    talk.acknowledge(.server, at: 81)
    talk.say(.server, at: 3061, .data(3058))
    #expect(talk.phases == "handshake tls send wait receive")
    #expect(talk.timings.tls == 41_000_000)
    #expect(talk.timings.exchanges == 1)
    #expect(talk.timings.wait == 3_000_000_000)
  }

  /// Where nothing more can be found the handshake ends, sooner than the answer does.
  @Test func aStreamThatIsNotFoundAgainEndsTheHandshake() {
    var talk = TLSTalk()
    talk.snap = 64
    talk.say(.client, at: 20, .clientHello(h2: false))
    talk.say(.server, at: 40, .serverHello(0x0304), .data(900), .data(300))
    for time in 41..<100 { talk.say(.server, at: time, bytes: 1_400) }
    #expect(talk.phases.hasPrefix("handshake tls receive"), "\(talk.phases)")
  }

  // MARK: What looks alike

  @Test(arguments: [[60], [261], [200, 90], [700], [261, 600]])
  func aShortAnswerIsOne(records: [Int]) {
    var talk = Self.opening()
    talk.say(.server, at: 62, records.map { .data($0) })
    talk.say(.client, at: 300, .data(98))
    talk.say(.server, at: 325, records.map { .data($0) })
    #expect(talk.timings.wait == 46_000_000)
    #expect(talk.timings.exchanges == 2)
    #expect(talk.phases == "handshake tls send wait receive idle send wait receive")
  }

  @Test func aShortAnswerIsOneWhereTheConnectionCloses() {
    var talk = Self.opening()
    talk.say(.server, at: 62, .data(200))
    talk.close(.client, at: 70)
    #expect(talk.timings.wait == 21_000_000)
    #expect(talk.timings.exchanges == 1)
    #expect(talk.phases == "handshake tls send wait receive idle teardown")
  }

  /// It took longer than any ticket does.
  @Test func theHeadOfALateAnswerIsItsBeginning() {
    var talk = Self.opening()
    talk.say(.server, at: 141, .data(261))
    talk.say(.server, at: 1141, .data(3058))
    #expect(talk.timings.wait == 100_000_000)
    #expect(talk.timings.receive == 1_000_000_000)
  }

  @Test func theHeadOfAnAnswerBehindTicketsIsItsBeginning() {
    var talk = Self.opening()
    talk.say(.server, at: 61, .data(261), .data(261))
    talk.say(.server, at: 62, .data(180))
    talk.say(.server, at: 1062, .data(3058))
    #expect(talk.timings.wait == 21_000_000)
    #expect(talk.timings.receive == 1_000_000_000)
  }

  @Test func anAnswerThatComesWithTheTicketsIsSeen() {
    var talk = Self.opening()
    talk.say(.server, at: 61, .data(261), .data(261), .data(600))
    talk.say(.server, at: 500, .data(600))
    #expect(talk.timings.wait == 20_000_000)
  }

  @Test func aTicketInTheServersFlightIsTheLast() {
    var talk = Self.opening(ticketInFlight: true)
    talk.say(.server, at: 61, .data(261))
    talk.say(.server, at: 1061, .data(600))
    #expect(talk.timings.wait == 20_000_000)
  }

  @Test func ticketsBeforeTheRequestAreTheLast() {
    var talk = TLSTalk()
    talk.say(.client, at: 20, .clientHello(h2: false))
    talk.say(.server, at: 40, .serverHello(0x0304), .data(32), .data(900), .data(53))
    talk.say(.client, at: 41, .data(53))
    talk.say(.server, at: 61, .data(261), .data(261))
    talk.say(.client, at: 500, .data(98))
    talk.say(.server, at: 520, .data(261))
    talk.say(.server, at: 1520, .data(261))
    #expect(talk.timings.wait == 20_000_000)
    #expect(talk.timings.receive == 1_000_000_000)
  }

  /// SMTP and IMAP over TLS.
  @Test func aServerMaySpeakFirst() {
    var talk = TLSTalk()
    talk.say(.client, at: 20, .clientHello(h2: false))
    talk.say(.server, at: 40, .serverHello(0x0304), .data(32), .data(900), .data(53))
    talk.say(.client, at: 41, .data(53))
    talk.say(.server, at: 61, .data(261), .data(261))
    talk.say(.server, at: 90, .data(90))
    talk.say(.client, at: 100, .data(30))
    talk.say(.server, at: 120, .data(25))
    talk.say(.client, at: 130, .data(30))
    talk.say(.server, at: 150, .data(25))
    #expect(talk.timings.wait == 40_000_000)
    #expect(talk.timings.exchanges == 2)
  }

  /// The request goes on while the tickets come.
  @Test func anUploadIsOneRequest() {
    var talk = Self.opening()
    talk.say(.server, at: 61, .data(261), .data(261))
    talk.say(.client, at: 62, .data(4000))
    talk.acknowledge(.server, at: 82)
    talk.say(.server, at: 562, .data(300))
    #expect(talk.timings.send == 21_000_000)
    #expect(talk.timings.wait == 500_000_000)
    #expect(talk.timings.exchanges == 1)
    #expect(talk.phases == "handshake tls send wait receive")
  }

  @Test func inTLS12TheTicketIsPartOfTheHandshake() {
    var talk = TLSTalk()
    talk.say(.client, at: 20, .clientHello(h2: false))
    talk.say(.server, at: 40, .serverHello(0x0303))
    talk.say(.client, at: 41, .handshake(70), .handshake(40))
    talk.say(.server, at: 61, .handshake(192), .handshake(40))
    talk.say(.client, at: 62, .data(98))
    talk.say(.server, at: 82, .data(261))
    talk.say(.server, at: 1082, .data(261))
    #expect(talk.timings.wait == 20_000_000)
    #expect(talk.timings.receive == 1_000_000_000)
  }

  // MARK: HTTP/2

  @Test(arguments: [[261, 261, 57], [261, 57], [57]])
  func settingsAreNoAnswer(records: [Int]) {
    var talk = Self.opening(h2: true, ticketInFlight: records.count == 1)
    talk.say(.server, at: 61, records.map { .data($0) })
    talk.say(.client, at: 62, .data(26))
    talk.say(.server, at: 82, .data(26))
    talk.say(.server, at: 3041, .data(900))
    #expect(talk.timings.wait == 3_000_000_000)
    #expect(talk.timings.serverTime == 2_980_000_000)
    #expect(talk.timings.exchanges == 1)
    #expect(talk.phases == "handshake tls send wait receive")
  }

  @Test func settingsMayComeBehindTheTickets() {
    var talk = Self.opening(h2: true)
    talk.say(.server, at: 61, .data(261), .data(261))
    talk.say(.server, at: 61, .data(57))
    talk.say(.client, at: 62, .data(26))
    talk.acknowledge(.server, at: 82)
    talk.say(.server, at: 3041, .data(900))
    #expect(talk.timings.wait == 3_000_000_000)
    #expect(talk.timings.exchanges == 1)
  }

  /// Offered, and not taken.
  @Test func aShortAnswerOfHTTP1IsOne() {
    var talk = Self.opening(h2: true)
    talk.say(.server, at: 61, .data(261), .data(261))
    talk.say(.server, at: 61, .data(60))
    talk.say(.client, at: 300, .data(98))
    talk.say(.server, at: 320, .data(60))
    #expect(talk.timings.wait == 40_000_000)
    #expect(talk.timings.exchanges == 2)
  }

  @Test func aPingDoesNotEndTheWait() {
    var talk = Self.opening(h2: true)
    talk.say(.server, at: 61, .data(900))
    talk.say(.client, at: 100, .data(98))
    talk.say(.server, at: 600, .data(34))
    talk.say(.client, at: 600, .data(34))
    talk.acknowledge(.server, at: 620)
    talk.say(.server, at: 1600, .data(900))
    #expect(talk.timings.wait == 1_520_000_000)
    #expect(talk.timings.longestWait == 1_500_000_000)
    #expect(talk.timings.serverTime == 1_480_000_000)
    #expect(talk.timings.exchanges == 2)
  }

  // MARK: Short pieces

  /// `+OK` of Redis.
  @Test func aShortAnswerOfOtherProtocolsIsOne() {
    var talk = Self.opening()
    talk.say(.server, at: 61, .data(261), .data(261))
    for at in [100, 200, 300] {
      talk.say(.client, at: at, .data(60))
      talk.say(.server, at: at + 20, .data(22))
    }
    #expect(talk.timings.wait == 60_000_000)
    #expect(talk.timings.exchanges == 3)
  }

  @Test func aGoodbyeIsNotTheEndOfAResponse() {
    var talk = Self.opening()
    talk.say(.server, at: 61, .data(900))
    talk.say(.server, at: 61, .data(700))
    talk.say(.server, at: 5061, .data(19))
    talk.close(.server, at: 5061)
    #expect(talk.timings.receive == 0)
    #expect(talk.timings.idle == 5_000_000_000)
  }

  @Test func withEarlyDataTheServersTimeIsNotKnown() {
    var talk = TLSTalk()
    talk.say(.client, at: 20, .clientHello(h2: false, early: true), .data(98))
    talk.say(.server, at: 40, .serverHello(0x0304), .data(32), .data(53))
    talk.say(.client, at: 41, .data(21), .data(53))
    talk.say(.server, at: 1041, .data(600))
    #expect(talk.timings.serverTime == nil)
    #expect(talk.connection.summary.spoken?.tls?.version == 0x0304)
  }
}

/// Both directions of TLS, with the records' lengths.
private struct TLSTalk {
  enum Record {
    case clientHello(h2: Bool, early: Bool = false)
    case serverHello(UInt16)
    case handshake(Int)
    case changeCipherSpec
    case data(Int)
  }

  /// So many bytes of each piece that follows are captured.
  var snap = Int.max
  private var segments = Trace(Trace.opening).segments.map { $0 }
  private var payloads = SegmentPayloads()
  private var sent = PerSide<UInt32>(both: 1)

  mutating func say(_ side: Side, at time: Int, _ records: Record...) {
    say(side, at: time, records)
  }

  mutating func say(_ side: Side, at time: Int, _ records: [Record]) {
    send(side, at: time, records.flatMap { Self.bytes($0) }, "P.")
    // The client is where it is captured.
    if side == .server { acknowledge(.client, at: time) }
  }

  /// What no record begins with.
  mutating func say(_ side: Side, at time: Int, bytes count: Int) {
    send(side, at: time, [UInt8](repeating: 9, count: count), "P.")
  }

  mutating func acknowledge(_ side: Side, at time: Int) { send(side, at: time, [], ".") }

  mutating func close(_ side: Side, at time: Int) { send(side, at: time, [], "F.") }

  private mutating func send(_ side: Side, at time: Int, _ bytes: [UInt8], _ flags: String) {
    let first = sent[side]
    sent[side] += UInt32(bytes.count)
    defer { if flags == "F." { sent[side] += 1 } }
    let mark = side == .client ? ">" : "<"
    let acknowledged = side == .client ? sent.server : sent.client
    var one = Trace(
      "\(time) \(mark) \(flags) \(first):\(sent[side])(\(bytes.count)) ack \(acknowledged)"
    ).segments[0]
    one.frame = Int64(segments.count + 1)
    if flags == "P." {
      let buffer = PayloadBuffer(copying: bytes.span.bytes)
      payloads.hold(buffer)
      one.payloadAddress = UInt(bitPattern: buffer.base)
      one.capturedLength = UInt32(min(bytes.count, snap))
    }
    segments.append(one)
  }

  var connection: Connection {
    var correlator = Correlator(phaseLimit: .max)
    for segment in segments { correlator.ingest([segment].span, payloads) }
    correlator.finish()
    var connection = correlator.connection(at: 0)
    #expect(correlator.count == 1)
    #expect(connection.phaseFault == nil)
    var details = DetailCollector([connection.summary], keepsSegments: true, keepsCharts: false)
    details.ingest(segments.span, payloads)
    #expect(details.connection(at: 0).phases == connection.phases, "pass 2 says the same phases")
    connection.segments = details.connection(at: 0).segments
    return connection
  }

  var timings: Timings { connection.summary.timings }

  /// Those that take time, and the first idle millisecond apart.
  var phases: String {
    connection.phases.filter { $0.name != .idle || $0.duration > 1_000_000 }
      .filter { $0.name != .timeWait }.map(\.name.name).joined(separator: " ")
  }

  private static func bytes(_ record: Record) -> [UInt8] {
    switch record {
    case .data(let length): framed(23, [UInt8](repeating: 9, count: length))
    case .handshake(let length): framed(22, [UInt8](repeating: 9, count: length))
    case .changeCipherSpec: framed(20, [1])
    case .clientHello(let h2, let early):
      framed(
        22,
        message(
          1, [3, 3] + random + [0, 0, 2, 0x13, 0x01, 1, 0],
          [0, 43, 0, 3, 2, 3, 4] + (early ? [0, 42, 0, 0] : [])
            + (h2 ? [0, 16, 0, 5, 0, 3, 2] + "h2".utf8 : [])))
    case .serverHello(let version):
      framed(
        22,
        message(
          2, [3, 3] + random + [0, 0x13, 0x01, 0], version == 0x0304 ? [0, 43, 0, 2, 3, 4] : []))
    }
  }

  private static let random = [UInt8](repeating: 7, count: 32)

  private static func message(_ type: UInt8, _ body: [UInt8], _ extensions: [UInt8]) -> [UInt8] {
    let all = body + [0, UInt8(extensions.count)] + extensions
    return [type, 0, 0, UInt8(all.count)] + all
  }

  private static func framed(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
    [type, 3, 3, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
  }
}
