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
}
