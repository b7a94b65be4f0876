import TCPModel
import TestSupport
import Testing

@testable import Support

/// What is to be said, and how a language says it.
@Suite struct WordingTests {
  private let refused = Wording(
    "finding.refused",
    [
      "server": .text("10.0.0.2:80"),
      "subject": .said("subject.connections", ["count": .digits(3)]),
    ])

  @Test func aLanguageHasItsOwnWordsAndOrder() {
    #expect(
      Texts.of(.en)(refused)
        == "10.0.0.2:80 refused 3 connections: an RST answered the SYN, so nothing listens there or a "
        + "firewall rejects.")
    #expect(
      Texts.of(.ko)(refused)
        == "10.0.0.2:80이 연결 3개를 거부했다. SYN에 RST가 돌아왔으므로 듣는 프로그램이 없거나 방화벽이 거부한다.")
  }

  @Test func aNumberChoosesItsForm() {
    let one = Wording.Value.counted("unit.segments", 1)
    let many = Wording.Value.counted("unit.segments", 1200)
    #expect(Texts.of(.en).said(one) == "1 segment" && Texts.of(.en).said(many) == "1,200 segments")
    #expect(Texts.of(.ko).said(one) == "세그먼트 1개")
    #expect(Texts.of(.en).said(.numbered("unit.addresses", 65_536)) == "65536 addresses")
  }

  @Test func aListIsJoinedAsTheLanguageJoins() {
    let list = Wording.Value.both([.side(.client), .side(.server)])
    #expect(Texts.of(.en).said(list) == "client and server")
    #expect(Texts.of(.ko).said(list) == "클라이언트와 서버")
    #expect(Texts.of(.en).said(.commas([])) == "")
  }

  @Test func namesMayLookLikePlaces() {
    let hostile = Wording("subject.connection", ["id": .text("{id|은} {n} | }{")], number: 7)
    #expect(Texts.of(.ko)(hostile) == "{id|은} {n} | }{번 연결")
    #expect(Texts.of(.en)(Wording(verbatim: "{server}")) == "{server}")
  }
}
