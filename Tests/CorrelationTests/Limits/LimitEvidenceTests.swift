import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// What looks alike, and is told apart or not told at all.
@Suite struct LimitEvidenceTests {
  private func client(_ text: String) throws -> (limits: TransferLimits, blame: Blame) {
    let summary = analyse(text).summary
    return (try #require(summary.limits.client), try #require(summary.blame))
  }

  private func client(_ model: UploadModel, at place: UploadModel.Place) throws -> (
    limits: TransferLimits, blame: Blame
  ) {
    let summary = try #require(
      Analysis(model.segments(at: place)).connections.first?.summary)
    return (try #require(summary.limits.client), try #require(summary.blame))
  }

  // MARK: Congestion window

  /// A program writes ten segments every 10 ms: acknowledgments come as often, and release nothing.
  @Test(arguments: [UploadModel.Place.sender, .receiver])
  func aSteadyWriterFillsNoCongestionWindow(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.writes = (0..<200).map { (Int64($0) * 10_000_000, 14_480) }
    let (limits, blame) = try client(model, at: place)
    #expect(limits.times[.congestionWindow] + limits.times[.bandwidth] < limits.times.total / 10)
    #expect(blame.network < blame.total / 4)
  }

  /// The sender paces itself below what the path takes.
  @Test(arguments: [UploadModel.Place.sender, .receiver])
  func aPacedSenderIsNotTheNetworks(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.pacing = 3_200_000
    model.writes = [(0, 1_200_000)]
    let (limits, blame) = try client(model, at: place)
    #expect(limits.times[.congestionWindow] < limits.times.total / 10)
    #expect(blame.network < blame.total / 4)
  }

  /// The congestion window grows by one segment a round trip, as it does once slow start is over.
  @Test func aCongestionWindowThatGrowsIsOne() throws {
    var text = Trace.modernOpening
    var (end, at) = (1, 20)
    for round in 0..<30 {
      for _ in 0..<10 + round {
        text += "\(at).1 > . \(end):\(end + 1448)(1448) ack 1 <ts \(100 + at)/900>\n"
        end += 1448
      }
      at += 20
      text += "\(at) < . 1 ack \(end) win 8000 <ts \(880 + at)/\(80 + at)>\n"
    }
    let (limits, blame) = try client(text)
    #expect(limits.times[.congestionWindow] > limits.times.total * 3 / 4)
    #expect(blame.dominant == .network)
  }

  /// After a loss or a mark a congestion window grows again: what stays as it was for many round trips has another pace.
  @Test(arguments: [true, false])
  func whatDoesNotGrowAfterAMarkIsNoCongestionWindow(grows: Bool) throws {
    var text = Trace.modernOpening
    var (end, at) = (1, 20)
    for round in 0..<60 {
      for _ in 0..<(grows ? 8 + round / 2 : 14) {
        text += "\(at).1 > . \(end):\(end + 1448)(1448) ack 1 <ts \(100 + at)/900>\n"
        end += 1448
      }
      at += 20
      let flags = round % 14 == 4 ? ".E" : "."
      text += "\(at) < \(flags) 1 ack \(end) win 8000 <ts \(880 + at)/\(80 + at)>\n"
    }
    let (limits, blame) = try client(text)
    if grows {
      #expect(limits.times[.congestionWindow] > limits.times.total * 3 / 4, "\(limits.times)")
    } else {
      #expect(limits.times[.unknown] > limits.times.total / 2, "\(limits.times)")
    }
    #expect(blame.dominant == (grows ? .network : .unknown))
  }

  /// As much in each round trip as losses left, and no queue: nothing is known of a bottleneck.
  @Test func withoutAQueueThereIsNoBottleneck() throws {
    var text = Trace.modernOpening
    var (end, at) = (1, 20)
    for round in 0..<40 {
      for _ in 0..<[4, 5, 5, 6, 6, 7, 5, 4][round % 8] {
        text += "\(at).1 > . \(end):\(end + 1448)(1448) ack 1 <ts \(100 + at)/900>\n"
        end += 1448
      }
      at += 20
      text += "\(at) < . 1 ack \(end) win 8000 <ts \(880 + at)/\(80 + at)>\n"
    }
    let (limits, _) = try client(text)
    #expect(limits.times[.bandwidth] == 0 && limits.bottleneck == nil)
  }

  // MARK: Silence

  /// At the receiver a full segment, all acknowledged, then silence: more may have been lost before the
  /// capture, unless identifications count.
  @Test(arguments: [false, true])
  func silenceAfterAFullSegmentIsNotThePrograms(countsPackets: Bool) throws {
    var text = """
      0   > S 0 id 1 <mss 1460,sackOK,ts 100/0>
      0   < S. 0 ack 1 <mss 1460,sackOK,ts 500/100>
      40  > . 1 ack 1 id 2 <ts 120/500>

      """
    var (end, id) = (1, 3)
    for at in [40, 80, 120, 1_900, 1_940] {
      for _ in 0..<4 {
        text += "\(at) > . \(end):\(end + 1448)(1448) ack 1 id \(id) <ts \(at + 80)/\(at + 460)>\n"
        end += 1448
        id += 1
        text += "\(at) < . 1 ack \(end) <ts \(at + 500)/\(at + 80)>\n"
      }
    }
    if !countsPackets { text = text.replacing(#/ id \d+/#, with: "") }
    let (limits, blame) = try client(text)
    if countsPackets {
      #expect(limits.times[.application] > 1_600_000_000 && blame.dominant == .client)
    } else {
      #expect(limits.times[.application] < 100_000_000 && blame.dominant == .unknown)
    }
  }

  /// A host that counts its packets to all others together, and no clock: what was acknowledged was no lost tail.
  @Test func anAcknowledgedTailWasNotLost() throws {
    let (limits, _) = try client(
      """
      0   > S 0 id 10 <mss 1460,sackOK>
      0   < S. 0 ack 1 <mss 1460,sackOK>
      40  > . 1 ack 1 id 11
      40  > P. 1:501(500) ack 1 id 12
      40  < . 1 ack 501
      80  > P. 501:1001(500) ack 1 id 13
      80  < . 1 ack 1001
      120 > P. 1001:1501(500) ack 1 id 14
      120 < . 1 ack 1501
      270 > P. 1501:2001(500) ack 1 id 19
      270 < . 1 ack 2001
      """)
    #expect(limits.times[.tailProbe] == 0 && limits.times[.unknown] >= 140_000_000)
  }

  /// An answer, silence, and then the end that gave it closes, or resets: nobody waited for anything.
  @Test(arguments: ["F.", "R."])
  func anIdleConnectionThatIsClosedIsNobodysTime(_ flags: String) throws {
    let (_, blame) = try client(
      Trace.opening + """
        20   > P. 1:101(100) ack 1
        40   < P. 1:201(200) ack 101
        40   > . 101 ack 201
        5040 < \(flags) 201 ack 101
        """)
    #expect(blame.server < 100_000_000 && blame.unknown > 4_900_000_000)
  }

  /// A question, silence, and a close instead of an answer: that was the server's time.
  @Test func aCloseInsteadOfAnAnswerIsTheServersTime() throws {
    let (_, blame) = try client(
      Trace.opening + """
        20   > P. 1:101(100) ack 1
        40   < . 1 ack 101
        5040 < F. 1 ack 101
        5040 > . 101 ack 2
        """)
    #expect(blame.server > 4_900_000_000)
  }

  /// The server stops in the middle of its answer, and the client gives up: who made it wait, nothing tells.
  @Test(arguments: ["F.", "R."])
  func aClientThatGivesUpIsNotToBlame(_ flags: String) throws {
    let (_, blame) = try client(
      Trace.opening + """
        20   > P. 1:101(100) ack 1
        40   < . 1:1461(1460) ack 101 win 8000
        40   > . 101 ack 1461 win 8000
        5040 > \(flags) 101 ack 1461 win 8000
        """)
    #expect(blame.client < 100_000_000 && blame.server < 100_000_000)
    #expect(blame.unknown > 4_900_000_000 && blame.total == 5_040_000_000)
  }

  /// A client that closes half a second after the answer had something to do with it.
  @Test func aClientThatClosesSoonTakesItsTime() throws {
    let (_, blame) = try client(
      Trace.opening + """
        20  > P. 1:101(100) ack 1
        40  < P. 1:1461(1460) ack 101 win 8000
        40  > . 101 ack 1461 win 8000
        540 > F. 101 ack 1461 win 8000
        """)
    #expect(blame.client > 450_000_000)
  }

  /// The window that comes with its FIN is larger: until then the client was reading.
  @Test func aClientThatReadsToTheEndTakesItsTime() throws {
    var text = Trace.opening + "20 > P. 1:101(100) ack 1 win 20000\n"
    for number in 0..<8 {
      text += "40 < . \(1 + 1460 * number):\(1461 + 1460 * number)(1460) ack 101\n"
    }
    text += "40 > . 101 ack 11681 win 8320\n3040 > F. 101 ack 11681 win 20000\n"
    let (_, blame) = try client(text)
    #expect(blame.client > 2_900_000_000)
  }

  // MARK: Reordering

  /// Every fifth segment comes late, and nothing is sent again: no loss is repaired.
  @Test func reorderingAloneIsNoRecovery() throws {
    var text = Trace.modernOpening
    var (end, at) = (1, 20)
    for round in 0..<20 {
      let first = end
      for _ in 0..<10 + round {
        text += "\(at).1 > . \(end):\(end + 1448)(1448) ack 1 <ts \(100 + at)/900>\n"
        end += 1448
      }
      at += 20
      text += "\(at) < . 1 ack \(first) win 8000 "
      text += "<sack \(first + 1448):\(first + 2896),ts \(880 + at)/\(80 + at)>\n"
      text += "\(at).1 > . \(end):\(end + 1448)(1448) ack 1 <ts \(100 + at)/\(880 + at)>\n"
      end += 1448
      at += 8
      text += "\(at) < . 1 ack \(end - 1448) win 8000 <ts \(880 + at)/\(72 + at)>\n"
    }
    let (limits, _) = try client(text)
    #expect(limits.times[.recovery] == 0 && limits.times[.loss] == 0)
    #expect(limits.times[.congestionWindow] + limits.times[.slowStart] > limits.times.total / 2)
  }

  // MARK: Windows and small segments

  /// The receiver never reads, the sender probes, and gives up.
  @Test func aWindowThatStaysClosedHeldItsSenderBack() throws {
    let (limits, blame) = try client(
      Trace.opening + """
        30   < . 1 ack 1 win 2920
        30   > . 1:1461(1460) ack 1
        30   > . 1461:2921(1460) ack 1
        50   < . 1 ack 2921 win 0
        250  > . 2920 ack 1
        270  < . 1 ack 2921 win 0
        650  > . 2920 ack 1
        670  < . 1 ack 2921 win 0
        3050 > R. 2921 ack 1
        """)
    #expect(limits.dominant == .zeroWindow && limits.times[.zeroWindow] > 2_900_000_000)
    #expect(blame.dominant == .server)
  }

  /// Ten times a program writes three times 700 bytes: that is no path with a small MTU.
  @Test func equalWritesAreNoFullSegments() throws {
    var text = Trace.modernOpening
    for number in 0..<20 {
      let (at, start) = (30 + 25 * number, 1 + 2_100 * number)
      if number > 1 {
        text += "\(at - 9) < . 1 ack \(start - 2_100) win 502 <ts \(891 + at)/\(50 + at)>\n"
      }
      for part in 0..<3 {
        let begin = start + 700 * part
        text += "\(at).\(part + 1) > P. \(begin):\(begin + 700)(700) ack 1 <ts \(100 + at)/900>\n"
      }
    }
    let (limits, blame) = try client(text)
    #expect(limits.times[.application] > limits.times.total * 9 / 10)
    #expect(blame.dominant == .client)
  }

  /// The window is larger than what the path takes, and full: so is the path, and a larger window would only
  /// lengthen the queue.
  @Test(arguments: [UploadModel.Place.sender, .receiver])
  func aFullPathComesBeforeAFullWindow(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.rate = 10_000_000
    model.window = 400_000
    model.writes = [(0, 3_000_000)]
    let (limits, blame) = try client(model, at: place)
    #expect(limits.dominant == .bandwidth && limits.times[.receiverWindow] < 100_000_000)
    #expect(blame.dominant == .network && blame.server < blame.total / 10)
  }

  /// The program reads 4 kB at a time out of a buffer of 64 kB that is full otherwise.
  @Test func aSlowReaderIsNoSmallBuffer() throws {
    var text = Trace.opening
    text += "20 > . 1:1461(1460) ack 1\n"
    text += "40 < . 1 ack 1461 win 65000\n"
    for number in 1..<44 {
      text += "41 > . \(1 + 1460 * number):\(1461 + 1460 * number)(1460) ack 1\n"
    }
    var end = 1 + 1460 * 44
    text += "61 < . 1 ack \(end) win 2920\n"
    for round in 0..<20 {
      let at = 62 + 40 * round
      for _ in 0..<2 {
        text += "\(at) > . \(end):\(end + 1460)(1460) ack 1\n"
        end += 1460
      }
      text += "\(at + 39).5 < . 1 ack \(end) win 2920\n"
    }
    let (limits, _) = try client(text)
    #expect(limits.dominant == .receiverWindow && limits.isReadSlowly)
    var model = UploadModel()
    model.window = 16_384
    model.writes = [(0, 400_000)]
    #expect(try !client(model, at: .sender).limits.isReadSlowly)
  }

  /// A short answer that acknowledges a new question waited for the question, not for an acknowledgment.
  @Test func anAnswerIsNeverNagles() throws {
    let summary = analyse(
      """
      0   > S 0 <mss 1460,sackOK,ts 100/0>
      60  < S. 0 ack 1 <mss 1460,sackOK,ts 500/100>
      60  > . 1 ack 1 <ts 160/500>
      60  > P. 1:401(400) ack 1 <ts 160/500>
      120 < P. 1:301(300) ack 401 <ts 560/160>
      120 > . 401 ack 301 <ts 220/560>
      122 > P. 401:801(400) ack 301 <ts 222/560>
      182 < P. 301:601(300) ack 801 <ts 620/220>
      182 > . 801 ack 601 <ts 282/620>
      """
    ).summary
    #expect(try #require(summary.limits.server).times[.nagle] == 0)
  }

  /// No SYN said how long a full segment is: a small one that follows an acknowledgment may be Nagle's, or not.
  @Test func withoutASizeASmallSegmentIsNotThePrograms() throws {
    var text = ""
    for number in 0..<20 {
      let (at, start) = (100 * number, 1 + 240 * number)
      text += "\(at) > P. \(start):\(start + 120)(120) ack 1\n"
      text += "\(at + 40) < . 1 ack \(start + 120)\n"
      text += "\(at + 40) > P. \(start + 120):\(start + 240)(120) ack 1\n"
      text += "\(at + 60) < . 1 ack \(start + 240)\n"
    }
    let (limits, _) = try client(text)
    #expect(limits.times[.tailProbe] == 0 && limits.times[.nagle] == 0)
    #expect(limits.times[.unknown] > 600_000_000)
  }

  /// More was sent than the window allowed that was seen last: the acknowledgment between was missed.
  @Test func beyondTheWindowNothingIsTheWindows() throws {
    let (limits, _) = try client(
      Trace.opening + """
        20 < . 1 ack 1 win 2920
        21 > . 1:1461(1460) ack 1
        21 > . 1461:2921(1460) ack 1
        41 > . 2921:4381(1460) ack 1
        61 < . 1 ack 4381 win 2920
        61 > . 4381:5841(1460) ack 1
        81 < . 1 ack 5841 win 2920
        """)
    #expect(limits.times[.receiverWindow] == 0 && limits.times[.zeroWindow] == 0)
  }
}
