import TCPModel
import Testing

@testable import Names

/// Two directions, spoken in turns, cut into segments.
private struct Talk {
  struct Piece {
    var from: End
    var offset: Int
    var bytes: [UInt8]
    var length: Int
    var at: Nanoseconds
  }

  var pieces: [Piece] = []
  private var sent: [Int] = [0, 0]

  init(_ turns: [(End, String)], cut: Int = .max) {
    for (from, text) in turns { say(from, Array(text.utf8), cut: cut) }
  }

  mutating func say(_ from: End, _ bytes: [UInt8], cut: Int = .max) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(cut))
      pieces.append(
        Piece(
          from: from, offset: sent[from.index], bytes: part, length: part.count,
          at: Int64(pieces.count)))
      sent[from.index] += part.count
      rest = rest.dropFirst(part.count)
    }
  }

  func facts(snap: Int = .max, paths: Bool = false) -> ApplicationFacts? {
    var readers = ApplicationReaders(ReadingOptions(keepsPaths: paths))
    var state = ApplicationReaders.State()
    let ends = (
      Endpoint(address: IPAddress(ipv4: 1), port: 1), Endpoint(address: IPAddress(ipv4: 2), port: 2)
    )
    for piece in pieces where state.wantsPayload {
      piece.bytes.withUnsafeBytes { bytes in
        _ = readers.take(
          ApplicationReaders.Payload(
            UnsafeRawBufferPointer(rebasing: bytes.prefix(snap)), length: UInt32(piece.length),
            sequence: UInt32(piece.offset) &+ 0xFFFF_FFF0, origin: 0xFFFF_FFF0, from: piece.from,
            at: piece.at, frame: piece.at + 1, time: Timestamp(nanoseconds: piece.at),
            key: FlowKey(source: ends.0, destination: ends.1)),
          client: .low, &state)
      }
    }
    readers.finish(&state, client: .low)
    return readers.facts(state, client: .low)
  }
}

struct ReaderTests {
  private static let page: [(End, String)] = [
    (.low, "GET /a HTTP/1.1\r\nHost: www.example.com:8080\r\n\r\n"),
    (.high, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    (.low, "HEAD /bb HTTP/1.1\r\nHost: www.example.com\r\n\r\n"),
    (.high, "HTTP/1.1 404 Not Found\r\nContent-Length: 500\r\n\r\n"),
    (.low, "POST /c HTTP/1.1\r\nHost: x.example\r\nTransfer-Encoding: chunked\r\n\r\n"),
    (.low, "5\r\nabcde\r\n10;x=y\r\n0123456789abcdef\r\n0\r\nA: b\r\n\r\n"),
    (.high, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
  ]

  @Test(arguments: [1, 2, 3, 7, 16, 1000])
  func exchangesAreFoundWhereverSegmentsEnd(cut: Int) throws {
    let facts = try #require(Talk(Self.page, cut: cut).facts())
    #expect(facts.application == .http)
    #expect(facts.host == "www.example.com")
    #expect(facts.exchanges.map(\.method) == ["GET", "HEAD", "POST"])
    #expect(facts.exchanges.map(\.status) == [200, 404, 204])
    #expect(facts.exchanges.map(\.pathLength) == [2, 3, 2])
    #expect(facts.exchanges.map(\.requestBytes) == [47, 44, 112])
    #expect(facts.exchanges.map(\.responseBytes) == [43, 47, 27])
    #expect(facts.exchanges.allSatisfy { $0.path == nil })
  }

  @Test func orderAndCopiesOfSegmentsDoNotMatter() throws {
    var talk = Talk(Self.page, cut: 9)
    for index in stride(from: 1, to: talk.pieces.count - 1, by: 4)
    where talk.pieces[index].from == talk.pieces[index + 1].from {
      talk.pieces.swapAt(index, index + 1)
    }
    talk.pieces.insert(talk.pieces[2], at: 6)
    let facts = try #require(talk.facts())
    #expect(facts.exchanges.map(\.status) == [200, 404, 204])
  }

  @Test func aBodyThatWasNotCapturedIsPassedOver() throws {
    let facts = try #require(
      Talk([
        (.low, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        (
          .high,
          "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + String(repeating: "x", count: 2000)
        ),
        (.low, "GET / HTTP/1.1\r\nHost: b.example\r\n\r\n"),
        (.high, "HTTP/1.1 304 Not Modified\r\n\r\n"),
      ]).facts(snap: 60))
    #expect(facts.exchanges.map(\.status) == [200, 304])
    #expect(facts.exchanges.map(\.host) == ["a.example", "b.example"])
  }

  private static func cut(
    _ response: String, method: String = "GET", snap: Int = .max, cut: Int = .max
  ) -> CutResponse? {
    Talk(
      [
        (.low, "GET /first HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        (.high, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        (.low, "\(method) / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        (.high, response),
      ], cut: cut
    ).facts(snap: snap)?.cutResponse
  }

  /// What it announced, and what came of it, wherever segments end and however much of them was captured.
  @Test(arguments: [1, 7, 16, 1000], [60, 1000])
  func aResponseThatEndsTooEarlyIsCut(_ length: Int, _ snap: Int) throws {
    if length < 16, snap == 60 { return }
    let body = String(repeating: "x", count: 300)
    let whole = try #require(
      Self.cut("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + body, snap: snap, cut: length))
    #expect(whole.announced == 2000)
    #expect(whole.sent == 300)
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    let open = try #require(Self.cut(chunks, cut: length))
    #expect(open.announced == nil)
    #expect(open.sent == 10)
    #expect(Self.cut(chunks + "64\r\nwor", cut: length)?.sent == 17)
  }

  /// Whole, without a body by nature, of unknown length, or of a request that was not captured.
  @Test(arguments: [
    ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n"),
    ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2000\r\n\r\n"),
    ("GET", "HTTP/1.1 200 OK\r\n\r\nhello"),
    ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"),
  ])
  func aResponseThatIsWholeIsNotCut(_ method: String, _ response: String) {
    #expect(Self.cut(response, method: method) == nil)
  }

  @Test func aResponseToNobodyIsNotCut() {
    let talk = Talk([(.high, "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\nhello")])
    #expect(talk.facts()?.cutResponse == nil)
  }

  @Test func aHeadThatWasCutStillSaysWhatItBeginsWith() throws {
    let facts = try #require(
      Talk([(.low, "GET /index HTTP/1.1\r\nHost: a.example\r\nCookie: secret\r\n\r\n")])
        .facts(snap: 45))
    #expect(facts.exchanges.map(\.method) == ["GET"])
    #expect(facts.host == "a.example")
    #expect(facts.exchanges.map(\.requestBytes) == [nil])
  }

  @Test func anUpgradeEndsTheRequests() throws {
    let facts = try #require(
      Talk([
        (.low, "GET /chat HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\n\r\n"),
        (.high, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n"),
        (.low, "GET /no HTTP/1.1\r\n\r\n"),
      ]).facts())
    #expect(facts.application == .websocket)
    #expect(facts.exchanges.map(\.status) == [101])
  }

  @Test func aRefusedUpgradeGoesOn() throws {
    var talk = Talk([
      (.low, "GET /chat HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\n\r\n"),
      (.low, "GET /next HTTP/1.1\r\nHost: chat.example\r\n\r\n"),
    ])
    talk.say(.high, Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".utf8))
    talk.say(.high, Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8))
    let facts = try #require(talk.facts())
    #expect(facts.exchanges.map(\.status) == [400, 200])
  }

  @Test func pathsAreKeptOnlyWhenAskedFor() throws {
    let talk = Talk([(.low, "GET /secret?q=1 HTTP/1.1\r\nHost: a.example\r\n\r\n")])
    #expect(talk.facts()?.exchanges.first?.path == nil)
    #expect(talk.facts(paths: true)?.exchanges.first?.path == "/secret?q=1")
  }

  @Test(arguments: [
    ("220 mail.example ESMTP\r\n", "EHLO a\r\n", Application.smtp),
    ("220 ready\r\n", "USER anonymous\r\n", .ftp), ("* OK ready\r\n", "a1 LOGIN a b\r\n", .imap),
    ("+OK ready\r\n", "USER a\r\n", .pop3), ("SSH-2.0-x\r\n", "SSH-2.0-y\r\n", .ssh),
    ("J\u{0}\u{0}\u{0}\u{A}8.0.36\u{0}abcdefgh", "x", .mysql),
  ])
  func serversThatSpeakFirstAreKnown(greeting: String, word: String, application: Application) {
    #expect(Talk([(.high, greeting), (.low, word)]).facts()?.application == application)
  }

  /// A host that may not connect, and too many connections.
  @Test(
    arguments: [
      ("Host '192.0.2.7' is not allowed to connect", 1130, Application.mysql),
      ("#08004Too many connections", 1040, .mysql), ("Too many connections", 40, nil),
      ("Too many\u{1}connections", 1040, nil),
    ] as [(String, Int, Application?)])
  func aDatabaseMayGreetWithAnError(words: String, code: Int, application: Application?) {
    var talk = Talk([])
    talk.say(
      .high,
      [UInt8(words.utf8.count + 3), 0, 0, 0, 0xFF, UInt8(code & 255), UInt8(code >> 8)]
        + Array(words.utf8))
    #expect(talk.facts()?.application == application)
  }

  /// The numbers of messages and lengths in every form that clients use.
  @Test(
    arguments: [
      // Active Directory's clients ask for the root first.
      (
        [
          0x30, 0x84, 0, 0, 0, 43, 2, 1, 1, 0x63, 0x84, 0, 0, 0, 34, 4, 0, 10, 1, 0, 10, 1, 0, 2, 1,
          0, 2, 1, 120, 1, 1, 0, 0x87, 11,
        ] + Array("objectclass".utf8) + [0x30, 0], Application.ldap
      ),
      (
        [0x30, 0x25, 2, 2, 0, 213, 0x63, 0x1F, 4, 7] + Array("dc=a,dc".utf8)
          + [10, 1, 2, 10, 1, 3, 2, 1, 0], .ldap
      ),
      ([0x30, 0x0C, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0], .ldap),
      ([0x30, 0x84, 0, 0, 0, 16, 2, 1, 1, 0x60, 0x84, 0, 0, 0, 7, 2, 1, 3, 4, 0, 0x80, 0], .ldap),
      // No such scope; another request; no length.
      ([0x30, 0x25, 2, 1, 1, 0x63, 0x1F, 4, 0, 10, 1, 9, 10, 1, 0, 2, 1, 0], nil),
      ([0x30, 0x25, 2, 1, 1, 0x64, 0x1F, 4, 0, 10, 1, 2, 10, 1, 0, 2, 1, 0], nil),
      ([0x30, 0x80, 2, 1, 1, 0x63, 0x1F, 4, 0, 10, 1, 2, 10, 1, 0, 2, 1, 0], nil),
    ] as [([UInt8], Application?)])
  func ldapMayBeginWithASearch(bytes: [UInt8], application: Application?) {
    var talk = Talk([])
    talk.say(.low, bytes)
    #expect(talk.facts()?.application == application)
  }

  @Test(
    arguments: [
      ("*2\r\n$3\r\nGET\r\n$1\r\na\r\n", Application.redis), ("AMQP\u{0}\u{0}\u{9}\u{1}", .amqp),
      ("\u{10}\u{C}\u{0}\u{4}MQTT\u{4}\u{2}", .mqtt), ("OPTIONS sip:a SIP/2.0\r\n\r\n", .sip),
      ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .http2),
      ("\u{0}\u{0}\u{0}\u{8}\u{4}\u{0}\u{0}\u{0}", nil), ("Hello there, what is this\r\n", nil),
    ] as [(String, Application?)])
  func clientsThatSpeakFirstAreKnown(words: String, application: Application?) {
    #expect(Talk([(.low, words)], cut: 3).facts()?.application == application)
  }

  @Test func aMessageThatDoesNotEndTakesNoSizeFromOthers() throws {
    let page =
      [
        (.low, "GET /a HTTP/1.1\r\n\r\n"),
        (.high, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        (.low, "GET /b HTTP/1.1\r\n\r\n"),
      ] as [(End, String)]
    let sizes = { (last: String) in
      Talk(page + [(.high, last)]).facts()?.exchanges.map(\.responseBytes)
    }
    #expect(sizes("HTTP/1.1 200 OK\r\n\r\nto the end") == [40, nil])
    #expect(
      sizes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\ncut") == [40, nil])
    #expect(sizes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut") == [40, nil])
    #expect(sizes("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nall") == [40, 41])
  }

  @Test func exchangesThatAreNotListedTakeNoSizeFromTheLastOne() throws {
    var turns: [(End, String)] = []
    for number in 0...64 {
      turns.append((.low, "GET / HTTP/1.1\r\n\r\n"))
      let body = number < 64 ? "abcdefghi" : "cut"
      turns.append((.high, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + body))
    }
    let facts = try #require(Talk(turns).facts())
    #expect(facts.exchanges.count == 64)
    #expect(facts.exchangesOmitted == 1)
    #expect(facts.exchanges.allSatisfy { $0.responseBytes == 47 })
  }

  // MARK: HTTP/2

  /// `:method GET`, `:scheme http`, `:path /`, then `:authority` as RFC 7541 C.4.1 writes it, with Huffman's
  /// code, and as C.3.1 does, without.
  private static let blocks: [[UInt8]] = [
    [
      0x82, 0x86, 0x84, 0x41, 0x8C, 0xF1, 0xE3, 0xC2, 0xE5, 0xF2, 0x3A, 0x6B, 0xA0, 0xAB, 0x90,
      0xF4, 0xFF,
    ],
    [0x82, 0x86, 0x84, 0x41, 0x0F] + Array("www.example.com".utf8),
  ]

  private static func frame(_ kind: UInt8, _ flags: UInt8, _ content: [UInt8]) -> [UInt8] {
    [0, 0, UInt8(content.count), kind, flags, 0, 0, 0, 1] + content
  }

  /// The block whole, with padding and priority, and over frames that continue it.
  @Test(arguments: blocks, [1, 4, 1000])
  func theAuthorityOfHTTP2IsReadWhateverItsFrames(block: [UInt8], cut: Int) throws {
    let priority: [UInt8] = [0, 0, 0, 0, 16]
    for parts in [
      Self.frame(1, 0x05, block), Self.frame(1, 0x2D, [3] + priority + block + [0, 0, 0]),
      Self.frame(1, 0x01, Array(block.prefix(6))) + Self.frame(9, 0x04, Array(block.dropFirst(6))),
      Self.frame(1, 0x29, [2] + priority + block.prefix(1) + [0, 0]) + Self.frame(9, 0, [])
        + Self.frame(9, 0x04, Array(block.dropFirst())),
    ] {
      var talk = Talk([(.low, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")])
      talk.say(.low, [0, 0, 0, 4, 0, 0, 0, 0, 0] + parts, cut: cut)
      let facts = try #require(talk.facts())
      #expect(facts.application == .http2)
      #expect(facts.host == "www.example.com")
    }
  }

  @Test func aFrameInsideABlockEndsReading() throws {
    let block = Self.blocks[1]
    var talk = Talk([(.low, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")])
    talk.say(
      .low,
      Self.frame(1, 0x01, Array(block.prefix(6))) + Self.frame(6, 0, [0, 0, 0, 0, 0, 0, 0, 0])
        + Self.frame(9, 0x04, Array(block.dropFirst(6))))
    #expect(try #require(talk.facts()).host == nil)
  }

  // MARK: TLS inside

  /// Records of a whole handshake: of TLS 1.2, or of 1.3, in which its rest looks like data.
  private static func handshake(isNew: Bool, name: String, in talk: inout Talk, cut: Int = .max) {
    func record(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
      [type, 3, 3, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
    }
    func message(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
      [type, 0, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }
    let host = Array(name.utf8)
    let list = [0, 0, UInt8(host.count)] + host
    let extensions =
      [0, 0, 0, UInt8(list.count + 2), 0, UInt8(list.count)] + list
      + (isNew ? [0, 43, 0, 3, 2, 3, 4] : [])
    let random = [UInt8](repeating: 7, count: 32)
    let hello =
      [3, 3] + random + [0, 0, 2, 0x13, 0x01, 1, 0, 0, UInt8(extensions.count)] + extensions
    talk.say(.low, record(22, message(1, hello)), cut: cut)
    let chosen: [UInt8] = isNew ? [0, 43, 0, 2, 3, 4] : []
    let answer = [3, 3] + random + [0, 0x13, 0x01, 0, 0, UInt8(chosen.count)] + chosen
    talk.say(.high, record(22, message(2, answer)), cut: cut)
    let finished = [UInt8](repeating: 9, count: 40)
    if isNew {
      talk.say(.high, record(23, finished), cut: cut)
      talk.say(.low, record(23, finished), cut: cut)
    } else {
      talk.say(.low, record(22, finished) + record(20, [1]) + record(22, finished), cut: cut)
      talk.say(.high, record(20, [1]) + record(22, finished), cut: cut)
    }
    talk.say(.low, record(23, finished), cut: cut)
    talk.say(.high, record(23, finished), cut: cut)
  }

  @Test(arguments: [true, false])
  func roundTripsOfAHandshakeAreCounted(isNew: Bool) throws {
    var talk = Talk([])
    Self.handshake(isNew: isNew, name: "a.example", in: &talk)
    let tls = try #require(talk.facts()?.tls)
    #expect(tls.version == (isNew ? 0x0304 : 0x0303))
    #expect(tls.roundTrips == (isNew ? 1 : 2))
  }

  @Test func aHandshakeWithoutDataHasNoRoundTrips() throws {
    var talk = Talk([])
    Self.handshake(isNew: false, name: "a.example", in: &talk)
    talk.pieces.removeLast(2)
    #expect(try #require(talk.facts()?.tls).roundTrips == nil)
  }

  @Test(
    arguments: [
      (
        Application.smtp,
        [
          (End.high, "220 mail.example ESMTP\r\n"), (.low, "EHLO a\r\n"),
          (.high, "250-mail.example\r\n250 STARTTLS\r\n"), (.low, "STARTTLS\r\n"),
          (.high, "220 go ahead\r\n"),
        ]
      ),
      (
        .smtp,
        [
          (.high, "220 mail.example ready\r\n"), (.low, "EHLO a\r\n"), (.high, "250 STARTTLS\r\n"),
          (.low, "STARTTLS\r\n"), (.high, "220 go ahead\r\n"),
        ]
      ),
      (.irc, [(.low, "STARTTLS\r\n"), (.high, ":irc.example 670 * :go ahead\r\n")]),
      (.imap, [(.high, "* OK ready\r\n"), (.low, "a1 STARTTLS\r\n"), (.high, "a1 OK\r\n")]),
      (.pop3, [(.high, "+OK ready\r\n"), (.low, "STLS\r\n"), (.high, "+OK begin\r\n")]),
      (.ftp, [(.high, "220 FTP ready\r\n"), (.low, "AUTH TLS\r\n"), (.high, "234 ok\r\n")]),
      (
        .xmpp,
        [
          (.low, "<?xml version='1.0'?><stream:stream to='a'>"), (.high, "<stream:stream>"),
          (.low, "<starttls/>"), (.high, "<proceed/>"),
        ]
      ),
      (
        .http,
        [
          (.low, "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"),
          (.high, "HTTP/1.1 200 OK\r\n\r\n"),
        ]
      ),
    ] as [(Application, [(End, String)])], [Int.max, 60])
  func tlsBehindADialogueInClearIsRead(dialogue: (Application, [(End, String)]), cut: Int) throws {
    var talk = Talk(dialogue.1)
    Self.handshake(isNew: true, name: "inner.example", in: &talk, cut: cut)
    let facts = try #require(talk.facts())
    #expect(facts.application == dialogue.0)
    #expect(facts.tls?.serverName == "inner.example")
    #expect(facts.tls?.version == 0x0304)
    #expect(facts.tls?.roundTrips == 1)
  }

  /// With a user's name or none, to an address or to a name.
  @Test(arguments: [
    [4, 1, 1, 0xBB, 192, 0, 2, 7, 0], [4, 1, 1, 0xBB, 192, 0, 2, 7] + Array("me\u{0}".utf8),
    [4, 1, 1, 0xBB, 0, 0, 0, 1, 0] + Array("www.example.com\u{0}".utf8),
  ])
  func tlsBehindSOCKS4IsRead(request: [UInt8]) throws {
    var talk = Talk([])
    talk.say(.low, request)
    talk.say(.high, [0, 90, 0, 0, 0, 0, 0, 0])
    Self.handshake(isNew: true, name: "inner.example", in: &talk)
    let facts = try #require(talk.facts())
    #expect(facts.application == .socks)
    #expect(facts.tls?.serverName == "inner.example")
  }

  @Test(arguments: [
    [4, 1, 0, 0, 192, 0, 2, 7, 0], [4, 3, 1, 0xBB, 192, 0, 2, 7, 0],
    [4, 1, 1, 0xBB, 192, 0, 2, 7, 0, 0], [4, 1, 1, 0xBB, 192, 0, 2, 7, 1, 0],
    [4, 1, 1, 0xBB, 0, 0, 0, 1, 0],
  ])
  func whatOnlyBeginsLikeSOCKS4IsNone(bytes: [UInt8]) {
    var talk = Talk([])
    talk.say(.low, bytes)
    #expect(talk.facts() == nil)
  }

  @Test func aDialogueInClearHasNoTLS() throws {
    let talk = Talk([
      (.high, "220 mail.example ESMTP\r\n"), (.low, "EHLO a\r\n"), (.high, "250 ok\r\n"),
      (.low, "MAIL FROM:<a@b>\r\n"), (.high, "250 ok\r\n"),
    ])
    #expect(try #require(talk.facts()).tls == nil)
  }

  @Test(
    arguments: [
      (":irc.example NOTICE AUTH :*** Looking up\r\n", Application.irc),
      (":a b\r\n", nil), (": 670 x\r\n", nil), (":x 67 y\r\n", nil),
    ] as [(String, Application?)])
  func serversOfIRCSpeakInLines(line: String, application: Application?) {
    #expect(Talk([(.high, line)], cut: 5).facts()?.application == application)
  }

  @Test(
    arguments: [
      ("VER 1 MSNP8 CVR0\r\n", Application.msn), ("VER 1 CVR0\r\n", nil), ("VER \r\n", nil),
    ] as [(String, Application?)])
  func clientsOfMSNNameItsVersions(line: String, application: Application?) {
    #expect(Talk([(.low, line)], cut: 5).facts()?.application == application)
  }

  @Test func aRequestForTLSAloneTellsNothing() {
    #expect(Talk([(.high, "\"SASL\" \"PLAIN\"\r\n"), (.low, "STARTTLS\r\n")]).facts() == nil)
  }

  @Test func ldapMayBeginWithTLS() throws {
    let oid = "1.3.6.1.4.1.1466.20037"
    var talk = Talk([
      (.low, "\u{30}\u{1d}\u{2}\u{1}\u{1}\u{77}\u{18}\u{0}\u{16}" + oid),
      (.high, "\u{30}\u{c}\u{2}\u{1}\u{1}\u{78}\u{7}\u{a}\u{1}\u{0}"),
    ])
    Self.handshake(isNew: true, name: "ldap.example", in: &talk)
    let facts = try #require(talk.facts())
    #expect(facts.application == .ldap)
    #expect(facts.tls?.serverName == "ldap.example")
  }
}

/// What the outside of an encrypted record tells.
struct TLSPieceTests {
  private static func facts(_ version: UInt16, h2: Bool = true) -> TLSFacts {
    var facts = TLSFacts()
    facts.version = version
    facts.offeredProtocols = h2 ? ["h2"] : ["http/1.1"]
    facts.selectedProtocol = version == 0x0303 && h2 ? "h2" : nil
    return facts
  }

  private static func isNoExchange(_ type: UInt8, _ length: Int, _ facts: TLSFacts?) -> Bool {
    let bytes = [type, 3, 3, 0, UInt8(length)] + [UInt8](repeating: 9, count: length)
    return bytes.withUnsafeBytes { TLSPiece.isNoExchange($0, of: bytes.count, facts) }
  }

  @Test func alertsAndKeepAlivesAskForNothing() {
    #expect(Self.isNoExchange(21, 26, Self.facts(0x0303)))
    #expect(Self.isNoExchange(24, 40, Self.facts(0x0303)))
    #expect(Self.isNoExchange(23, 19, Self.facts(0x0304, h2: false)))
    #expect(Self.isNoExchange(23, 34, Self.facts(0x0304)))
    #expect(Self.isNoExchange(23, 41, Self.facts(0x0303)))
  }

  @Test func shortRequestsAreRequests() {
    #expect(!Self.isNoExchange(23, 34, Self.facts(0x0304, h2: false)))
    #expect(!Self.isNoExchange(23, 35, Self.facts(0x0304)))
    #expect(!Self.isNoExchange(23, 26, Self.facts(0x0303)))
    #expect(!Self.isNoExchange(23, 19, nil))
    #expect(!Self.isNoExchange(22, 19, Self.facts(0x0304)))
  }

  @Test func whatIsCutTellsNothing() {
    let bytes: [UInt8] = [23, 3, 3, 0, 19]
    bytes.withUnsafeBytes { bytes in
      #expect(!TLSPiece.isNoExchange(bytes, of: 60, Self.facts(0x0304)))
      #expect(TLSPiece.isNoExchange(bytes, of: 24, Self.facts(0x0304)))
      let few = UnsafeRawBufferPointer(rebasing: bytes.prefix(4))
      #expect(!TLSPiece.isNoExchange(few, of: 24, Self.facts(0x0304)))
    }
  }
}

struct HostNameTests {
  @Test(
    arguments: [
      ("WWW.Example.COM", "www.example.com"), ("www.example.com.", "www.example.com"), ("a", "a"),
      ("..", nil), (".", nil), ("", nil), (".example", nil), ("a..example", nil),
      ("a.example..", nil), ("192.0.2.7", nil), ("a<b>", nil),
    ] as [(String, String?)])
  func aNameHasLabelsInLowerCase(text: String, name: String?) {
    #expect(HostName.name(text) == name)
  }

  /// However a client, a request and the capture spell it.
  @Test func oneHostHasOneName() {
    var facts = ApplicationFacts(.tls)
    facts.tls = TLSFacts()
    facts.tls?.serverName = "API.Example.COM"
    var summary = ConnectionSummary()
    summary.spoken = facts
    ServerNamer().name(&summary)
    #expect(summary.name == ServerName("api.example.com", .sni))
    #expect(summary.spoken?.tls?.serverName == "API.Example.COM")
    summary.spoken = nil
    ServerNamer(recorded: [summary.server.address: "API.Example.COM"]).name(&summary)
    #expect(summary.name == ServerName("api.example.com", .capture))
  }
}
