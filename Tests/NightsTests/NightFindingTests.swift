import Support
import TCPModel
import TestSupport
import Testing

@testable import Nights

@Suite struct NightFindingTests {
  private let listener = "LISTEN 10.0.0.1:9090 0.0.0.0:0 recv=0 send=128 process=web cookie=1"

  private func kinds(_ report: NightReport) -> [String] { report.findings.map(\.kind.rawValue) }

  @Test func closeWaitThatGrowsAndStaysIsALeak() {
    var night = NightFixture()
    for hour in 1...6 {
      let leaked = (0..<(hour * 4)).map {
        "CLOSE_WAIT 10.0.0.1:9090 10.0.1.\($0):4000 process=web cookie=\(100 + $0) uid=33"
      }
      night.instant([listener] + leaked)
    }
    let report = night.report()
    #expect(kinds(report) == ["close_wait_growth"])
    let finding = report.findings[0]
    #expect(finding.severity == .error)
    #expect(finding.text("process") == "web" && finding.number("pid") == 100)
    #expect(finding.text("local") == "10.0.0.1:9090")
    #expect(finding.number("first") == 4 && finding.number("last") == 24)
    #expect(
      finding.text == "web (pid 100) leaves connections on port 9090 unclosed: CLOSE_WAIT grew "
        + "from 4 to 24 from 2026-10-12 00:05:00 to 2026-10-12 00:30:00 UTC")
  }

  @Test func aClientsLeakIsNamedByTheRemotePort() {
    var night = NightFixture()
    for hour in 1...4 {
      night.instant(
        (0..<(hour * 5)).map {
          "CLOSE_WAIT 10.0.0.1:\(40000 + $0) 10.0.9.9:5432 cookie=\(1 + $0)"
        })
    }
    let finding = night.report().findings[0]
    #expect(finding.kind == .closeWaitGrowth)
    #expect(finding.text("peer") == "10.0.9.9:5432")
    #expect(finding.text.hasPrefix("An unnamed process leaves connections towards port 5432"))
  }

  @Test func closeWaitOfOtherSocketsEveryTimeIsNoLeak() {
    var night = NightFixture()
    for hour in 1...6 {
      night.instant(
        [listener]
          + (0..<(hour * 4)).map {
            "CLOSE_WAIT 10.0.0.1:9090 10.0.1.\($0):\(4000 + hour) cookie=\(1000 * hour + $0)"
          })
    }
    #expect(kinds(night.report()).isEmpty)
  }

  @Test func closeWaitThatComesAndGoesIsNoLeak() {
    var night = NightFixture()
    for count in [0, 12, 0, 14, 0, 16] {
      night.instant(
        [listener]
          + (0..<count).map { "CLOSE_WAIT 10.0.0.1:9090 10.0.1.\($0):4000 cookie=\(2 + $0)" })
    }
    #expect(kinds(night.report()).isEmpty)
  }

  @Test func aLeakIsFoundAlthoughTheProcessWasRestartedInTheEnd() {
    var night = NightFixture()
    for count in [3, 9, 15, 21, 0, 1] {
      night.instant(
        [listener]
          + (0..<count).map { "CLOSE_WAIT 10.0.0.1:9090 10.0.1.\($0):4000 cookie=\(2 + $0)" })
    }
    let finding = night.report().findings[0]
    #expect(finding.kind == .closeWaitGrowth && finding.number("last") == 21)
  }

  @Test(arguments: [(80, true), (79, false)])
  func portsInTimeWaitNearTheRange(count: Int, isFound: Bool) {
    var night = NightFixture(options: NightOptions(portRange: 40_000...40_099))
    night.instant((0..<count).map { "TIME_WAIT 10.0.0.1:\(40_000 + $0) 10.0.9.9:80" })
    let report = night.report()
    #expect(kinds(report) == (isFound ? ["time_wait_near_port_range"] : []))
    #expect(report.findings.first?.number("percent") == (isFound ? 80 : nil))
    #expect(report.findings.first?.text("peer") == (isFound ? "10.0.9.9:80" : nil))
  }

  /// The server closed first: its TIME_WAIT holds the ports of a peer that has few.
  @Test func portsOfAPeerInTimeWait() {
    var night = NightFixture(options: NightOptions(portRange: 40_000...40_099))
    night.instant([listener] + (0..<100).map { "TIME_WAIT 10.0.0.1:9090 10.0.9.9:\(40_000 + $0)" })
    let finding = night.report().findings[0]
    #expect(finding.kind == .timeWaitNearPortRange && finding.severity == .error)
    #expect(finding.text("peer") == "10.0.9.9" && finding.text("local") == "10.0.0.1:9090")
  }

  @Test func timeWaitOfManyPeersIsNothing() {
    var night = NightFixture(options: NightOptions(portRange: 40_000...40_099))
    night.instant((0..<200).map { "TIME_WAIT 10.0.0.1:80 10.0.9.\($0):40001" })
    #expect(kinds(night.report()).isEmpty)
  }

  @Test(arguments: [(64, true), (63, false)])
  func halfOpenConnectionsNearTheLimit(count: Int, isFound: Bool) {
    var night = NightFixture()
    night.instant(
      [listener] + (0..<count).map { "SYN_RECEIVED 10.0.0.1:9090 10.0.9.\($0 % 7):\(5000 + $0)" })
    let report = night.report()
    #expect(kinds(report) == (isFound ? ["syn_received_backlog"] : []))
    if isFound {
      #expect(report.findings[0].number("limit") == 128)
      #expect(report.findings[0].text("process") == "web")
      #expect(report.findings[0].text("peer") == "10.0.9.0")
    }
  }

  @Test func aFullAcceptQueue() {
    var night = NightFixture()
    night.instant(["LISTEN 10.0.0.1:80 0.0.0.0:0 recv=29 send=30 process=web"])
    night.instant(["LISTEN 10.0.0.1:80 0.0.0.0:0 recv=31 send=30 process=web"])
    night.instant(["LISTEN 10.0.0.1:80 0.0.0.0:0 recv=30 send=30 process=web"])
    let report = night.report()
    #expect(kinds(report) == ["accept_queue_full"])
    #expect(report.findings[0].number("waiting") == 31)
    #expect(report.findings[0].number("instants") == 2)
    #expect(report.listeners[0].mostWaiting == 31 && report.listeners[0].queueLimit == 30)
  }

  @Test func aSendQueueThatDoesNotMove() {
    var night = NightFixture(everySeconds: 20)
    for _ in 0..<3 {
      night.instant(["ESTABLISHED 10.0.0.1:80 10.0.9.9:5000 send=4096 acked=7 sent=3 cookie=9"])
    }
    let report = night.report()
    #expect(kinds(report) == ["send_queue_stuck"])
    #expect(report.findings[0].number("bytes") == 4096)
  }

  @Test func aSendQueueThatIsAcknowledgedMoves() {
    var night = NightFixture(everySeconds: 20)
    for round in 0..<4 {
      night.instant([
        "ESTABLISHED 10.0.0.1:80 10.0.9.9:5000 send=4096 acked=\(round) sent=3 cookie=9"
      ])
    }
    #expect(kinds(night.report()).isEmpty)
  }

  @Test func aReceiveQueueThatIsNotRead() {
    var night = NightFixture(everySeconds: 20)
    for bytes in [100, 200, 200] {
      night.instant(["ESTABLISHED 10.0.0.1:80 10.0.9.9:5000 recv=\(bytes) process=slow cookie=9"])
    }
    let report = night.report()
    #expect(kinds(report) == ["receive_queue_stuck"])
    #expect(report.findings[0].text("process") == "slow")
  }

  @Test func aReceiveQueueThatIsReadMoves() {
    var night = NightFixture(everySeconds: 20)
    for (bytes, received) in [(100, 1000), (100, 2000), (50, 3000), (60, 4000)] {
      night.instant([
        "ESTABLISHED 10.0.0.1:80 10.0.9.9:5000 recv=\(bytes) received=\(received) sent=3 cookie=9"
      ])
    }
    #expect(kinds(night.report()).isEmpty)
  }

  @Test(arguments: [
    ("FIN_WAIT_2", "fin_wait_2_stuck"), ("LAST_ACK", "last_ack_stuck"),
  ])
  func closingStatesThatStay(state: String, kind: String) {
    var night = NightFixture(everySeconds: 60)
    for _ in 0..<3 { night.instant(["\(state) 10.0.0.1:80 10.0.9.9:5000 cookie=9"]) }
    #expect(kinds(night.report()) == [kind])
    var short = NightFixture(everySeconds: 59)
    for _ in 0..<3 { short.instant(["\(state) 10.0.0.1:80 10.0.9.9:5000 cookie=9"]) }
    #expect(kinds(short.report()).isEmpty)
  }

  @Test func retransmissionsThatRise() {
    var night = NightFixture()
    for round in 0..<10 {
      let again = round <= 5 ? round : 5 + (round - 5) * 60
      night.instant([
        "ESTABLISHED 10.0.0.1:80 10.0.9.9:5000 sent=\(round * 1000) again=\(again) cookie=9"
      ])
    }
    let report = night.report()
    #expect(kinds(report) == ["retransmissions_rising"])
    #expect(report.findings[0].number("first_per_mille") == 1)
    #expect(report.findings[0].number("last_per_mille") == 60)
    #expect(report.instants[9].segmentsSent == 1000)
    #expect(report.instants[9].segmentsRetransmitted == 60)
    #expect(report.instants[0].segmentsSent == nil)
  }

  @Test func onePeerOfManyThatDominates() {
    var night = NightFixture()
    let usual = (0..<30).map { "ESTABLISHED 10.0.0.1:80 10.0.9.\($0):5000 process=web" }
    let flood = (0..<40).map { "ESTABLISHED 10.0.0.1:80 10.0.66.6:\(6000 + $0)" }
    for hour in 0..<6 { night.instant(hour == 3 ? usual + flood : usual) }
    let report = night.report()
    #expect(kinds(report) == ["peer_dominates"])
    let finding = report.findings[0]
    #expect(finding.severity == .warning && finding.number("percent") == 57)
    #expect(finding.text("peer") == "10.0.66.6" && finding.text("local") == "10.0.0.1:80")
    #expect(report.peers.first?.address.description == "10.0.66.6")
  }

  /// The host's own connections over loopback or its address are no peers.
  @Test func theHostItselfIsNoPeer() {
    var night = NightFixture()
    let own = (0..<60).flatMap {
      [
        "ESTABLISHED 10.0.0.1:80 10.0.0.1:\(6000 + $0)",
        "ESTABLISHED 10.0.0.1:\(6000 + $0) 10.0.0.1:80",
        "ESTABLISHED 127.0.0.1:80 127.0.0.1:\(6000 + $0)",
      ]
    }
    night.instant(own + (0..<5).map { "ESTABLISHED 10.0.0.1:80 10.0.9.\($0):5000" })
    let report = night.report()
    #expect(kinds(report).isEmpty)
    #expect(report.peers.count == 5)
  }

  @Test func listenersThatComeAndGo() {
    var night = NightFixture()
    night.instant([listener, "LISTEN 0.0.0.0:22 0.0.0.0:0"])
    night.instant([listener])
    night.instant([listener, "LISTEN 0.0.0.0:4444 0.0.0.0:0 process=what"])
    let report = night.report()
    #expect(kinds(report) == ["listener_vanished", "listener_appeared"])
    #expect(report.findings[0].text("local") == "0.0.0.0:22")
    #expect(report.findings[1].text("process") == "what")
  }

  /// `ss -tn` shows no listeners; that they are not there is not a fact about the host.
  @Test func anInstantWithoutAnyListenerSaysNothing() {
    var night = NightFixture()
    night.instant([listener])
    night.instant(["ESTABLISHED 10.0.0.1:9090 10.0.9.9:5000"])
    night.instant([listener])
    #expect(kinds(night.report()).isEmpty)
  }

  @Test func seriousFindingsComeFirst() {
    var night = NightFixture()
    night.instant(["LISTEN 0.0.0.0:22 0.0.0.0:0"])
    night.instant(["LISTEN 0.0.0.0:80 0.0.0.0:0 recv=9 send=9"])
    #expect(
      kinds(night.report()) == ["accept_queue_full", "listener_vanished", "listener_appeared"])
  }
}

@Suite struct NightRuleTests {
  /// A kind without a rule would never be found, and one out of order be told out of order.
  @Test func everyKindOfNightsHasItsRule() {
    #expect(NightRules.all.map { $0.kind } == FindingKind.ofNights)
  }
}
