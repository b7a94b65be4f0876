import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// What the path does, and what looks like it.
@Suite struct SteadyPathTests {
  // MARK: A link without a queue

  /// An upload in rounds of 20 ms: so many segments each, of which some in the middle may be lost, and come again in the
  /// next round.
  private func upload(_ sizes: (_ round: Int) -> (sent: Int, lost: Int)) throws -> TransferLimits {
    var text = Trace.modernOpening
    var (end, at) = (1, 40)
    var again: Range<Int>?
    for round in 0..<160 {
      let (sent, lost) = sizes(round)
      var number = end
      if let hole = again {
        for segment in 0..<(hole.upperBound - hole.lowerBound) / 1448 {
          let start = hole.lowerBound + segment * 1448
          text += "\(at).2 > . \(start):\(start + 1448)(1448) ack 1 <ts \(100 + at)/900>\n"
        }
      }
      again = nil
      for _ in 0..<sent {
        text += "\(at).3 > . \(number):\(number + 1448)(1448) ack 1 <ts \(100 + at)/900>\n"
        number += 1448
      }
      at += 20
      let times = "<ts \(880 + at)/\(80 + at)>"
      if lost > 0 {
        let hole = end + (sent - lost - 5) * 1448
        text += "\(at) < . 1 ack \(hole) win 8000 \(times)\n"
        text += """
          \(at).1 < . 1 ack \(hole) win 8000 <ts \(880 + at)/\(80 + at),sack \(number - 5 * 1448):\(number)>

          """
        again = hole..<hole + lost * 1448
      } else {
        text += "\(at) < . 1 ack \(number) win 8000 \(times)\n"
      }
      end = number
    }
    return try #require(analyse(text).summary.limits.client)
  }

  /// 25 segments pass in each round, whatever is sent.
  @Test func asMuchAsThePathTakesWhateverIsSent() throws {
    let limits = try upload { round in
      switch round % 8 {
      case 6: (35, 10)
      case 7: (15, 0)
      default: (25, 0)
      }
    }
    #expect(limits.dominant == .bandwidth, "\(limits.times)")
    let rate = try #require(limits.bottleneck)
    // 25 segments of 1,500 bytes in 20 ms.
    #expect(abs(rate - 15_000_000) < 300_000)
  }

  /// A window that each loss cuts, and that grows again.
  @Test func aWindowThatLossesCutIsNoRate() throws {
    let limits = try upload { round in
      switch round % 20 {
      case 10: (26, 1)
      case 11: (12, 0)
      default: (12 + (round + 9) % 20 * 14 / 20, 0)
      }
    }
    #expect(limits.times[.bandwidth] == 0, "\(limits.times)")
    #expect(limits.bottleneck == nil)
  }

  // MARK: A send buffer

  /// A program that waits until a part of its socket's buffer is free, behind a host that spaces what it sends: pairs of
  /// segments every 2 ms, up to so many; half of them have to be acknowledged before it goes on.
  private func stopAndGo(_ most: (_ stop: Int) -> Int) throws -> TransferLimits {
    var text = """
      0   > S 0 <mss 1460,sackOK,ts 100/0,ws 7>
      100 < S. 0 ack 1 <mss 1460,sackOK,ts 900/100,ws 7>
      100 > . 1 ack 1 win 502 <ts 200/900>

      """
    var flight: [(end: Int, due: Int)] = []
    var (next, stop, due) = (1, 0, 110)
    var isStopped = false
    for at in 110..<3_500 {
      if let first = flight.first, first.due == at {
        text += "\(at) < . 1 ack \(first.end) win 8000 <ts \(900 + at)/\(at)>\n"
        flight.removeFirst()
      }
      if isStopped, flight.count * 2 <= most(stop) / 2 {
        isStopped = false
        stop += 1
        due = at
      }
      guard !isStopped, at >= due else { continue }
      for part in 1...2 {
        text += "\(at).0\(part) > . \(next):\(next + 1448)(1448) ack 1 <ts \(100 + at)/900>\n"
        next += 1448
      }
      flight.append((next, at + 100))
      due = at + 2
      if flight.count * 2 >= most(stop) { isStopped = true }
    }
    return try #require(analyse(text).summary.limits.client)
  }

  @Test func aProgramThatWaitsForRoomInItsBuffer() throws {
    let limits = try stopAndGo { _ in 48 }
    #expect(limits.dominant == .sendBuffer, "\(limits.times)")
    let buffer = try #require(limits.sendBuffer)
    #expect(buffer == 69_504)
    // A buffer does not grow each time.
    #expect(try stopAndGo { 20 + 2 * $0 }.times[.sendBuffer] == 0)
  }

  // MARK: Queues

  /// Acknowledgments 2 s after the segments: what they echo says whether these took so long.
  @Test(arguments: [(false, true), (true, false)])
  func aHoleThatIsFilledLateIsNoQueue(_ isFilledLate: Bool, _ isFound: Bool) {
    var text = Trace.modernOpening
    var (end, at) = (1, 40)
    // The round before is acknowledged, so that much is under way all the time.
    var (sent, done) = (40, 1)
    for round in 0..<16 {
      let number = end
      for _ in 0..<10 {
        text += "\(at).1 > . \(end):\(end + 1448)(1448) ack 1 <ts \(100 + at)/900>\n"
        end += 1448
      }
      let now = at
      at += round < 10 ? 20 : 2000
      let echo = isFilledLate && round >= 10 ? 100 + at - 20 : 100 + sent
      text += "\(at) < . 1 ack \(done) win 8000 <ts \(880 + at)/\(echo)>\n"
      (sent, done) = (now, number + 14_480)
    }
    #expect(findings(text).contains { $0.kind == .bufferbloat } == isFound)
  }

  // MARK: Nagle

  /// Seen at the server: what it sent crosses the client's first piece, whose rest waits for the acknowledgment and
  /// has nothing to do with it.
  @Test func whatCrossedIsNoReasonToSend() throws {
    var text = """
      0    > S 0 <mss 1460>
      0.1  < S. 0 ack 1 <mss 1460>
      0.3  > . 1 ack 1

      """
    var (sent, heard) = (1, 1)
    for round in 0..<4 {
      let at = 100 + 1000 * round
      text += """
        \(at)     < P. \(heard):\(heard + 4)(4) ack \(sent)
        \(at).1   > P. \(sent):\(sent + 4)(4) ack \(heard)
        \(at + 40) < . \(heard + 4) ack \(sent + 4)
        \(at + 40).3 > P. \(sent + 4):\(sent + 64)(60) ack \(heard + 4)
        \(at + 80) < . \(heard + 4) ack \(sent + 64)

        """
      sent += 64
      heard += 4
    }
    let one = try #require(findings(text).first { $0.kind == .nagleDelayedACK })
    #expect(one.text.contains("the client's small segments waited 4 times"), "\(one.text)")
  }

  // MARK: Scans

  /// Of 16 ports, of which one accepts and goes on so.
  private func scan(goingOn rest: String) -> [Finding] {
    var trace = Trace("")
    for port in 1...16 {
      var flow = Trace.Flow()
      flow.server.port = UInt16(port)
      trace.append(
        port == 9
          ? "0 > S 0\n20 < S. 0 ack 1\n20 > . 1 ack 1\n" + rest : "0 > S 0\n20 < R. 0 ack 1",
        flow)
    }
    return allFindings(of: trace.segments.sorted { $0.time < $1.time })
  }

  /// The port that is open is what a scan is for; a greeting that nobody reads is no use of it.
  @Test(arguments: [
    "20.1 > R. 1 ack 1", "21 > F. 1 ack 1\n41 < F. 1 ack 2\n41.1 > . 2 ack 2",
    "30 < P. 1:21(20) ack 1\n30.1 > R. 1 ack 21",
  ])
  func theOpenPortIsOneOfAScan(_ rest: String) {
    let found = scan(goingOn: rest)
    #expect(
      found.map(\.text) == [
        "10.0.0.1 tried 16 ports of 10.0.0.2 (1 to 16) within 0 s, in 16 attempts: 15 refused, 1 "
          + "accepted (9)."
      ])
  }

  /// Who asks for something is no scan.
  @Test func aPortThatIsUsedIsNoneOfAScan() {
    let found = scan(
      goingOn: "30 > P. 1:11(10) ack 1\n50 < P. 1:11(10) ack 11\n51 > F. 11 ack 11\n"
        + "71 < F. 11 ack 12\n71.1 > . 12 ack 12")
    #expect(found.map(\.text).contains { $0.hasSuffix("in 15 attempts: 15 refused.") })
  }

  /// What the server offers stands in its SYN/ACK.
  @Test func theCitedFrameHasTheOption() {
    let found = findings(
      """
      0  > S 0 <mss 1460,ws 7>
      20 < S. 0 ack 1 <mss 1460,ws 20>
      20 > . 1 ack 1
      """)
    #expect(found.filter { $0.kind == .optionOddity }.map(\.frames) == [[2]])
  }

  // MARK: Answers

  /// A server that speaks unasked: what comes after the client's message may have come anyway.
  @Test(arguments: [(6_000, false), (500, true)])
  func aPushIsNoSlowResponse(_ silence: Int, _ isFound: Bool) {
    let found = findings(
      Trace.opening + """
        30               > P. 1:101(100) ack 1
        60               < P. 1:101(100) ack 101
        61               > . 101 ack 101
        \(60 + silence)  < P. 101:151(50) ack 101
        \(61 + silence)  > P. 101:161(60) ack 151
        \(81 + silence)  < . 151 ack 161
        \(8100 + silence) < P. 151:201(50) ack 161
        \(8101 + silence) > . 161 ack 201
        """)
    #expect(found.contains { $0.kind == .slowResponse } == isFound, "\(found)")
  }

  /// So many exchanges, one after another, each a round trip of 20 ms and what the server takes.
  private func exchanges(_ server: Int) -> [Finding] {
    var text = Trace.opening
    var (number, at) = (1, 30)
    for _ in 0..<80 {
      text += """
        \(at)               > P. \(number):\(number + 10)(10) ack \(number)
        \(at + 20 + server) < P. \(number):\(number + 10)(10) ack \(number + 10)

        """
      number += 10
      at += 21 + server
    }
    return findings(text).filter { $0.kind == .limitedByPath }
  }

  @Test func manyExchangesOneAfterAnother() throws {
    let one = try #require(exchanges(0).first)
    #expect(
      one.text
        == "Connection 1 to 10.0.0.2:80: 80 exchanges, one after another, waited 1.60 s of 1.71 s, hardly "
        + "for the server: each takes a round trip of 20 ms. Ask for more at once, or several things at "
        + "a time.")
    #expect(exchanges(15).isEmpty)
  }

  // MARK: Silences

  /// What is sent again for seconds, until the peer is heard again.
  private func silence(until end: Int, _ between: String = "") -> [Finding] {
    findings(
      Trace.opening + """
        100  > P. 1:101(100) ack 1
        300  > P. 1:101(100) ack 1
        700  > P. 1:101(100) ack 1

        """ + between + """
          1500 > P. 1:101(100) ack 1
          \(end) < . 1 ack 101
          \(end + 10) > P. 101:201(100) ack 1
          \(end + 30) < . 1 ack 201
          """
    ).filter { $0.kind == .stalled }
  }

  @Test func aPathThatComesBack() throws {
    let one = try #require(silence(until: 3120).first)
    #expect(
      one.text
        == "Connection 1 to 10.0.0.2:80: for 3.02 s nothing of the server came, and what the client sent "
        + "again 3 times was in vain; then both went on. The path was interrupted, or the server's host "
        + "stood still.")
    #expect(one.severity == .warning && one.frames == [4, 8])
    // For a shorter time nobody calls it an outage, and who is heard is there.
    #expect(silence(until: 1900).isEmpty)
    #expect(silence(until: 3120, "1400 < . 1 ack 1\n").isEmpty)
  }
}
