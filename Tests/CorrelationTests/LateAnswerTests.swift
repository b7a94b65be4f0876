import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// What came too late, and beside each what did not.
@Suite struct LateAnswerTests {
  private static let request = Trace.opening + "50 > P. 1:101(100) ack 1\n70 < . 1 ack 101\n"

  // MARK: Answers

  /// The client gave up, as its own capture shows it and that of the server.
  @Test func anAnswerForWhichNobodyWaits() {
    let found = findings(
      Self.request + """
        2050 > F. 101 ack 1
        2070 < . 1 ack 102
        6050 < P. 1:1001(1000) ack 102
        6051 > R 102
        """)
    #expect(
      found.map(\.text) == [
        "Connection 1 to 10.0.0.2:80: a request was answered after 6 s, 4 s after the client had given up."
      ])
    #expect(found.map(\.kind) == [.slowResponse])
    #expect(found.map(\.severity) == [.warning])
    #expect(found.first?.frames == [4, 6, 9])
  }

  /// Who closes at once does not want to know.
  @Test func aClientThatClosesAtOnceWaitsForNothing() {
    let found = findings(
      Self.request + """
        80   > F. 101 ack 1
        100  < . 1 ack 102
        6050 < P. 1:1001(1000) ack 102
        6051 > R 102
        """)
    #expect(found.map(\.kind) == [.reset])
    #expect(found.map(\.severity) == [.info])
  }

  /// It closes its half with the request, as `nc -N` does, and takes the answer.
  @Test(arguments: [(6_050, [FindingKind.slowResponse]), (12_050, [.slowResponse]), (900, [])])
  func aClientThatClosesItsHalf(_ at: Int, _ kinds: [FindingKind]) {
    let found = findings(
      Self.request + """
        80   > F. 101 ack 1
        100  < . 1 ack 102
        \(at) < P. 1:1001(1000) ack 102
        \(at) < F. 1001 ack 102
        \(at + 1) > . 102 ack 1002
        """)
    #expect(found.map(\.kind) == kinds, "\(found.map(\.text))")
  }

  /// Nothing came of it any more: a program that does not close.
  @Test func aHalfThatIsKeptOpenForNothing() {
    let found = findings(
      Self.request + """
        75    < P. 1:101(100) ack 101
        80    > F. 101 ack 101
        100   < . 101 ack 102
        12050 < F. 101 ack 102
        12051 > . 102 ack 102
        """)
    #expect(found.map(\.kind) == [.halfClosed], "\(found.map(\.text))")
  }

  // MARK: Greetings

  private func greeted(after time: Int, _ application: Application, first: String = "") -> [Finding]
  {
    var summary = analyse(
      Trace.opening + first + """
        \(time + 20) < P. 1:31(30) ack 1
        \(time + 21) > . 1 ack 31
        """
    ).summary
    summary.spoken = ApplicationFacts(application)
    return allFindings(in: [summary], FindingContext(end: summary.end))
  }

  @Test func aLateGreeting() {
    let found = greeted(after: 11_000, .smtp)
    #expect(
      found.map(\.text) == [
        "Connection 1 to 10.0.0.2:80: the server’s greeting came 11 s after the connection had opened."
      ])
    #expect(found.map(\.kind) == [.slowResponse])
  }

  @Test(arguments: [
    (1_500, Application.smtp), (11_000, .http), (11_000, .websocket), (300, .ssh),
  ])
  func noLateGreeting(_ time: Int, _ application: Application) {
    #expect(greeted(after: time, application).isEmpty)
  }

  // MARK: Openings

  /// A firewall swallows what the client sends behind its SYN; for the client it is open.
  private func deaf(_ end: String = "") -> [Finding] {
    findings(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        250  > P. 1:101(100) ack 1
        660  > P. 1:101(100) ack 1
        1020 < S. 0 ack 1
        1020 > . 101 ack 1
        1500 > P. 1:101(100) ack 1
        3020 < S. 0 ack 1
        3020 > . 101 ack 1
        3200 > P. 1:101(100) ack 1

        """ + end)
  }

  @Test func nothingBehindTheSYNArrives() {
    let found = deaf()
    #expect(found.map(\.kind) == [.halfOpen], "\(found.map(\.text))")
    #expect(found.map(\.severity) == [.error])
    #expect(
      found.first?.text.hasPrefix(
        "Connection 1 to 10.0.0.2:80 never opened for the server: it sent its SYN/ACK 3 times though the client "
          + "had acknowledged it") == true, "\(found.map(\.text))")
  }

  @Test func aServerThatIsLateIsNotDeaf() {
    #expect(!deaf("3220 < . 1 ack 101").map(\.kind).contains(.halfOpen))
  }

  /// It waits for data before it accepts (TCP_DEFER_ACCEPT).
  @Test func aServerThatWaitsForDataIsNotDeaf() {
    let found = findings(
      Trace.opening + """
        1020 < S. 0 ack 1
        1020 > . 1 ack 1
        3020 < S. 0 ack 1
        3020 > . 1 ack 1
        """)
    #expect(!found.map(\.kind).contains(.halfOpen))
  }

  /// Nothing comes of the server any more: that is another trouble.
  @Test func aPathThatDiesIsNotDeaf() {
    let found = findings(
      Trace.opening + """
        50   > P. 1:101(100) ack 1
        250  > P. 1:101(100) ack 1
        660  > P. 1:101(100) ack 1
        1500 > P. 1:101(100) ack 1
        3200 > P. 1:101(100) ack 1
        """)
    #expect(found.map(\.kind) == [.stalled])
  }
}
