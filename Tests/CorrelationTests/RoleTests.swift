import Support
import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// Which SYN/ACK, which connection, who sent it: answers that a rule of thumb gets wrong.
@Suite struct TwoAnswersTests {
  private func conversation(_ first: Int64, _ second: Int64) -> Connection {
    analyse(
      """
      0  > S 0 <mss 1460>
      20 < S. \(first) ack 1 <mss 1400>
      25 < S. \(second) ack 1 <mss 1460>
      26 > . 1 ack 1
      27 > P. 1:301(300) ack 1
      37 < P. 1:1001(1000) ack 301
      38 > . 301 ack 1001
      39 > F. 301 ack 1001
      49 < F. 1001 ack 302
      50 > . 302 ack 1002
      """)
  }

  /// A load balancer, a SYN proxy or an old segment answers first: what the client acknowledges counts.
  @Test(arguments: [4_000, -100, -1_000_000, 2_000_000_000])
  func theSecondIsAcknowledged(first: Int64) {
    let one = conversation(first, 0)
    #expect(one.summary.handshake.kind == .threeWay)
    #expect(one.summary.handshake.isn.server == 4_000_000_000)
    #expect(one.summary.handshake.options.server?.mss == 1460)
    #expect(one.summary.handshake.serverRTT == 25_000_000)
    #expect(one.summary.traffic.server.uniqueBytes == 1_000)
    #expect(one.summary.traffic.server.missingBytes == 0)
    #expect(one.summary.handshake.synACKRetransmissions == 0)
    #expect(
      one.path(.client) == "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED")
    #expect(one.summary.outcome == .closed)
  }

  @Test(arguments: [4_000, -100, -1_000_000, 2_000_000_000])
  func theFirstIsAcknowledged(second: Int64) {
    let one = conversation(0, second)
    #expect(one.summary.handshake.isn.server == 4_000_000_000)
    #expect(one.summary.handshake.options.server?.mss == 1400)
    #expect(one.summary.handshake.serverRTT == 20_000_000)
    #expect(one.summary.traffic.server.uniqueBytes == 1_000)
    #expect(one.summary.traffic.server.missingBytes == 0)
    #expect(one.summary.outcome == .closed)
  }

  /// Both send again what they said: what the other one repeats is no repeat of the one that counts.
  @Test(arguments: [(0, 4_000), (4_000, 0), (0, -1_000_000)])
  func eachRepeatsItsOwn(_ first: Int, _ second: Int) {
    let one = analyse(
      """
      0    > S 0
      9    < S. \(first) ack 1
      20   < S. \(second) ack 1
      1009 < S. \(first) ack 1
      1020 < S. \(second) ack 1
      3009 < S. \(first) ack 1
      3010 > . 1 ack 1
      3020 > P. 1:101(100) ack 1
      3021 < S. \(first == 0 ? second : first) ack 1
      3040 < P. 1:11(10) ack 101
      3041 > . 101 ack 11
      """)
    #expect(one.summary.handshake.isn.server == 4_000_000_000)
    #expect(one.summary.handshake.serverRTT == (first == 0 ? 9_000_000 : 20_000_000))
    #expect(one.summary.handshake.synACKRetransmissions == (first == 0 ? 2 : 1))
    #expect(one.summary.traffic.server.retransmittedSegments == (first == 0 ? 2 : 1))
    #expect(one.summary.traffic.server.missingBytes == 0)
    #expect(one.summary.traffic.server.uniqueBytes == 10)
  }

  /// RFC 9293 figure 8: an old duplicate SYN was answered, and the client reset that.
  @Test func oldDuplicateSYN() {
    let one = analyse(
      """
      0    > S 0
      10   < S. -100 ack -9
      10.1 > R -9
      1000 > S 0
      1010 < S. 0 ack 1
      1010.1 > . 1 ack 1
      1011 > P. 1:51(50) ack 1
      1021 < P. 1:61(60) ack 51
      """)
    #expect(one.summary.handshake.isn.server == 4_000_000_000)
    #expect(one.summary.traffic.server.missingBytes == 0)
    #expect(one.summary.traffic.server.uniqueBytes == 60)
    #expect(one.summary.handshake.synRetransmissions == 1)
    #expect(one.summary.outcome == .open)
  }

  /// The server still has a connection on these ports: half-open connection discovery (RFC 9293 3.5.1).
  @Test func acknowledgmentsInsteadOfAnAnswer() {
    let one = analyse(
      """
      0    > S 0
      1    < . 70000 ack 90000
      1000 > S 0
      1001 < . 70000 ack 90000
      2000 > S 0
      2001 < . 70000 ack 90000
      """)
    #expect(one.summary.outcome == .halfOpen)
    #expect(one.summary.handshake.synACK == nil)
    #expect(one.counts(.server).challengeACKs == 3)
  }

  @Test func aSYNThatIsLastInTheFile() {
    let one = analyse(
      """
      10   < S. 0 ack 1
      10.1 > . 1 ack 1
      11   > P. 1:101(100) ack 1
      21   < . 1 ack 101
      0    > S 0
      """)
    #expect(one.summary.handshake.serverRTT == 10_000_000)
    #expect(one.summary.handshake.rtt == 10_100_000)
    #expect(one.summary.vantage == .client)
    #expect(one.frames(.challengeACK).isEmpty)
  }
}

@Suite struct ReconnectTests {
  private let conversation = """
    0  > S 0
    1  < S. 0 ack 1
    2  > . 1 ack 1
    3  > P. 1:13(12) ack 1
    13 < P. 1:13(12) ack 13
    14 > F. 13 ack 13
    25 < F. 13 ack 14
    26 > . 14 ack 14
    """

  private func again(_ text: String, serverISN: UInt32) -> [Connection] {
    var trace = Trace(conversation)
    trace.append(text, Trace.Flow(serverISN: serverISN))
    return analyseAll(trace.segments)
  }

  /// Small stacks begin every connection with the same number and port.
  @Test(arguments: [30, 500, 60_000]) func aNewAnswerBeginsAConnection(at start: Int) {
    let all = again(
      """
      \(start)   > S 0
      \(start + 1) < S. 0 ack 1
      \(start + 2) > . 1 ack 1
      \(start + 3) > P. 1:13(12) ack 1
      \(start + 13) < P. 1:13(12) ack 13
      \(start + 14) > F. 13 ack 13
      \(start + 25) < F. 13 ack 14
      \(start + 26) > . 14 ack 14
      """, serverISN: 77)
    #expect(all.count == 2)
    #expect(all.allSatisfy { $0.summary.outcome == .closed })
    #expect(all.allSatisfy { $0.summary.traffic.server.missingBytes == 0 })
    #expect(all.map(\.summary.handshake.isn.server) == [4_000_000_000, 77])
    #expect(all.last?.summary.reusesPorts == true)
    #expect(all.last?.summary.firstFrame == 9)
    #expect(all.first?.summary.traffic.client.segments == 5)
  }

  /// The whole connection again, as another interface saw it later.
  @Test func theSameAnswerRepeatsTheConnection() {
    let all = again("60 > S 0\n61 < S. 0 ack 1\n62 > . 1 ack 1", serverISN: 4_000_000_000)
    #expect(all.count == 1)
    #expect(all.first?.summary.traffic.client.syn == 2)
  }

  @Test func anAcknowledgmentBeginsNothing() {
    let all = again("60 > S 0\n61 < . 14 ack 14", serverISN: 4_000_000_000)
    #expect(all.count == 1)
    #expect(all.first?.summary.traffic.client.segments == 6)
  }

  @Test func nothingMoreBeginsNothing() {
    let all = again("60000 > S 0", serverISN: 77)
    #expect(all.count == 1)
    #expect(all.first?.summary.traffic.client.syn == 2)
  }

  @Test func aRefusalAndARepeatBeginAConnection() {
    #expect(
      again("600 > S 0\n601 < R. -77 ack 1", serverISN: 77).map(\.summary.outcome) == [
        .closed, .refused,
      ])
    #expect(
      again("600 > S 0\n1600 > S 0", serverISN: 77).map(\.summary.outcome) == [
        .closed, .unanswered,
      ])
  }
}

@Suite struct OneDirectionTests {
  /// The server may send data only when the client has answered.
  @Test func onlyTheServerWasCaptured() {
    let one = analyse(
      """
      10 < S. 0 ack 1
      21 < . 1 ack 101
      41 < P. 1:1001(1000) ack 101
      90 < P. 1001:2001(1000) ack 201
      """)
    #expect(one.summary.outcome == .open)
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED")
  }

  @Test func dataThatAcknowledgesARequest() {
    let one = analyse("10 < S. 0 ack 1\n21 < P. 1:1461(1460) ack 101")
    #expect(one.summary.outcome == .open)
  }

  /// Without the SYN nobody knows whether this is Fast Open.
  @Test func dataAloneShowsNothing() {
    let one = analyse("10 < S. 0 ack 1\n21 < P. 1:1461(1460) ack 1")
    #expect(one.path(.client) == "CLOSED SYN_SENT")
  }

  /// The client's ACK was not captured, but the server's data says that it came.
  @Test func anAcknowledgmentThatWasNotCaptured() {
    let one = analyse("0 > S 0 <mss 1460>\n10 < S. 0 ack 1\n30 < P. 1:101(100) ack 1")
    #expect(one.summary.outcome == .open)
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
  }

  /// A FIN again and again, and nobody acknowledges it: its peer is gone.
  @Test func aFINThatNobodyAcknowledges() {
    let one = analyse(
      Trace.opening + """
        100 > F. 1 ack 1
        110 < F. 1 ack 2
        400 < F. 1 ack 2
        900 < F. 1 ack 2
        """)
    #expect(one.summary.outcome == .halfClosed)
  }
}

@Suite struct FrameCopyTests {
  /// Both sides of a router: the time to live is one less, the identification the same.
  @Test(arguments: [0.15, 8]) func framesOfTwoHops(_ later: Double) {
    var text = ""
    let lines: [(Double, String)] = [
      (0, "> S 0 id 2"), (18, "< S. 0 ack 1 id 1001"), (26.05, "> . 1 ack 1 id 3"),
      (34.1, "> P. 1:101(100) ack 1 id 4"), (52.1, "< P. 1:1461(1460) ack 101 id 1002"),
    ]
    for (at, line) in lines {
      text += "\(at) \(line) ttl 64\n\(at + later) \(line) ttl 63\n"
    }
    let one = analyse(text)
    #expect(one.summary.handshake.synRetransmissions == 0)
    #expect(one.summary.handshake.synACKRetransmissions == 0)
    #expect(one.summary.handshake.rtt != nil)
    #expect(one.summary.traffic.client.retransmittedSegments == 0)
    #expect(one.summary.traffic.server.retransmittedSegments == 0)
    #expect(one.counts(.client).duplicateFrames == 3)
    #expect(one.counts(.server).duplicateFrames == 2)
  }

  /// Neither identifications nor time stamps: what counts is the time since the twin, not since the
  /// segment before.
  @Test func aBurstSentAgainIsNoCopy() {
    let one = analyse(
      Trace.opening + """
        50     < . 1:1441(1440) ack 1
        50.02  < . 1441:2881(1440) ack 1
        50.04  < . 2881:4321(1440) ack 1
        350.04 < . 1:1441(1440) ack 1
        350.06 < . 1441:2881(1440) ack 1
        350.08 < . 2881:4321(1440) ack 1
        """)
    #expect(one.summary.traffic.server.retransmittedSegments == 3)
    #expect(one.counts(.server).duplicateFrames == 0)
  }

  @Test func duplicateACKsAreNoCopies() {
    let one = analyse(
      Trace.opening + """
        50     < . 1:1441(1440) ack 1
        51     > . 1 ack 1
        51.012 > . 1 ack 1
        51.024 > . 1 ack 1
        """)
    #expect(one.counts(.client).duplicateFrames == 0)
  }
}

@Suite struct ForgedResetTests {
  private let request = """
    0   > S 0
    100 < S. 0 ack 1 ttl 50
    101 > . 1 ack 1
    102 > P. 1:401(400) ack 1
    """

  /// The end in whose name the RST came goes on: it did not send it.
  @Test func theSenderGoesOn() {
    let one = analyse(
      request + """

        109 < R. 1 ack 401 ttl 90
        201 < . 1 ack 401 ttl 50
        202 > R 401
        206 < P. 1:1461(1460) ack 401 ttl 50
        207 > R 401
        """)
    #expect(one.states(.server).allSatisfy { !$0.hasSuffix("#5 observed") })
    #expect(one.states(.client).last == "CLOSED 109 #5 inferred")
    #expect(one.summary.outcome == .reset)
    #expect(one.summary.landmarks.rstIsForged)
    #expect(one.summary.teardown.initiator == nil)
  }

  /// The target does not care either.
  @Test func bothGoOn() {
    let one = analyse(
      request + """

        109 < R. 1 ack 401 ttl 90
        201 < P. 1:101(100) ack 401 ttl 50
        202 > . 401 ack 101
        """)
    #expect(one.summary.outcome == .open)
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
    #expect(one.path(.client) == "CLOSED SYN_SENT ESTABLISHED")
  }

  /// Kernels send RSTs with a time to live of their own: what counts is the number of hops.
  @Test(arguments: [(255, 64), (1, 64), (50, 114), (50, 241)])
  func anotherInitialTimeToLive(usual: Int, reset: Int) {
    let one = analyse(
      request + """

        110 < . 1 ack 401 ttl \(usual)
        120 < R. 1 ack 401 ttl \(reset)
        """)
    #expect(one.states(.server).last == "CLOSED 120 #6 observed")
    #expect(one.summary.outcome == .reset)
    #expect(one.summary.teardown.initiator == .server)
  }
}

/// An RST at the right number and with the right time to live, after which its sender goes on.
@Suite struct ResetTakenBackTests {
  private let request =
    Trace.opening + """
      50 > P. 1:101(100) ack 1
      70 < . 1 ack 101
      80 < P. 1:51(50) ack 101
      81 > . 101 ack 51

      """

  @Test func bothGoOnAndClose() {
    let one = analyse(
      request + """
        100  < R 51
        1000 > P. 101:201(100) ack 51
        1020 < . 51 ack 201
        1030 < P. 51:101(50) ack 201
        1031 > . 201 ack 101
        2000 > F. 201 ack 101
        2020 < F. 101 ack 202
        2021 > . 202 ack 102
        """)
    #expect(one.summary.outcome == .closed)
    #expect(
      one.path(.client) == "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED")
    #expect(one.summary.teardown.start == 2_000_000_000)
    #expect(one.summary.landmarks.goesOnAfterReset == 10)
    #expect(one.phases.map(\.duration).reduce(0, +) - 60_000_000_000 == one.summary.duration)
  }

  /// The RST in the server's name closed the client; the server did not send it.
  @Test func theSenderGoesOnAlone() {
    let one = analyse(
      request + """
        100 > P. 101:201(100) ack 51
        101 < R 51
        120 < P. 51:151(100) ack 201
        120 > R 201
        """)
    #expect(one.summary.outcome == .reset)
    #expect(one.summary.landmarks.rstIsForged)
    #expect(one.states(.client).last == "CLOSED 101 #9 inferred")
    #expect(one.states(.server).last == "CLOSED 120 #11 inferred")
  }

  /// What was under way when the RST was captured is answered by RSTs, or by nothing.
  @Test func whatWasUnderWayTakesNothingBack() {
    let one = analyse(
      request + """
        100 < R 51
        101 > P. 101:201(100) ack 51
        102 > P. 201:301(100) ack 51
        121 < R 51
        """)
    #expect(one.summary.outcome == .reset)
    #expect(!one.summary.landmarks.rstIsForged)
    #expect(one.states(.server).last == "CLOSED 100 #8 observed")
  }

  /// Nor does a copy of older data that was captured late.
  @Test func olderDataTakesNothingBack() {
    let one = analyse(request + "100 < R 51\n101 < P. 1:51(50) ack 101")
    #expect(one.summary.outcome == .reset)
    #expect(!one.summary.landmarks.rstIsForged)
  }

  /// The client went on sending its data for a round trip; it has not gone on.
  @Test func theTargetsDataUnderWayDoNotOpenItAgain() {
    let one = analyse(
      request + """
        100 < R 51
        101 > P. 101:201(100) ack 51
        121 < . 51 ack 201
        122 > P. 201:301(100) ack 51
        """)
    #expect(one.summary.outcome == .reset)
    #expect(one.states(.client).last == "CLOSED 100 #8 inferred")
    #expect(one.path(.server) == "LISTEN SYN_RECEIVED ESTABLISHED")
  }
}

/// An RST answers the SYN, and then the server does.
@Suite struct RefusalTakenBackTests {
  /// Forged, with numbers of its own and a FIN behind it, as tools that hide from intrusion detection send it.
  @Test func aConnectionThatOpensAllTheSame() {
    let one = analyse(
      """
      0   > S 0
      60  < R. -26175 ack 1
      61  < F. -26175 ack 1
      63  < S. 0 ack 1
      64  > . 1 ack 1
      65  > P. 1:301(300) ack 1
      180 < P. 1:101(100) ack 301
      181 > F. 301 ack 101
      190 < F. 101 ack 302
      191 > . 302 ack 102
      """)
    #expect(one.summary.outcome == .closed)
    #expect(one.summary.traffic.server.missingBytes == 0)
    #expect(one.summary.handshake.serverRTT == 63_000_000)
    #expect(one.summary.teardown.initiator == .client)
    #expect(
      one.path(.client) == "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED")
    #expect(one.phases.map(\.duration).reduce(0, +) - 60_000_000_000 == one.summary.duration)
  }

  @Test func aRefusalStays() {
    #expect(
      analyse("0 > S 0\n1 < R. 0 ack 1\n500 > S 0\n501 < R. 0 ack 1").summary.outcome == .refused)
  }
}

/// Roles of connections whose beginning was not captured.
@Suite struct KnownServerTests {
  private func summaries(_ parts: [(String, Trace.Flow)]) -> [ConnectionSummary] {
    var trace = Trace([])
    for (text, flow) in parts { trace.append(text, flow) }
    return analyseAll(trace.segments).map(\.summary)
  }

  private var flow: Trace.Flow {
    var flow = Trace.Flow()
    flow.client.port = 1_025
    flow.server.port = 50_051
    return flow
  }

  private let middle = "100 > P. 1:101(100) ack 1\n110 < P. 1:51(50) ack 101"

  /// Another connection shows who serves, before the ports do.
  @Test(arguments: [false, true])
  func aServerOfAnotherConnection(isMirrored: Bool) {
    var other = flow
    other.client.port = 60_000
    let (one, two) = isMirrored ? (other.mirrored, flow.mirrored) : (other, flow)
    let found = summaries([("0 > S 0\n10 < S. 0 ack 1", one), (middle, two)])
    #expect(found.map(\.server) == [one.server, two.server])
    #expect(found.map(\.roleBasis) == [.syn, .port])
    #expect(found.last?.timings.exchanges == 1)
  }

  /// Nothing else is known: the lower port serves.
  @Test func aloneThePortsDecide() {
    #expect(summaries([(middle, flow)]).map(\.server.port) == [1_025])
  }

  /// Both serve elsewhere: that tells nothing.
  @Test func twoServersLeaveItToThePorts() {
    var other = flow
    other.client.port = 60_000
    var third = flow
    third.server = flow.client
    third.client = Endpoint(address: IPAddress(ipv4: 0x0A00_0003), port: 61_000)
    let found = summaries([("0 > S 0", other), ("1 > S 0", third), (middle, flow)])
    #expect(found.last?.server.port == 1_025)
  }
}

/// What the ports tell where no SYN was captured.
@Suite struct PortRoleTests {
  @Test(arguments: [
    (2049, 860, 860), (2049, 40_000, 40_000), (2049, 443, 2049), (80, 50_000, 50_000),
    (1433, 139, 1433),
  ])
  func theClientByItsPort(_ one: UInt16, _ other: UInt16, _ client: UInt16) throws {
    let key = FlowKey(
      source: Endpoint(address: IPAddress(ipv4: 0x0A00_0001), port: one),
      destination: Endpoint(address: IPAddress(ipv4: 0x0A00_0002), port: other))
    let end = try #require(key.clientByPorts)
    #expect(key[end].port == client)
  }
}
