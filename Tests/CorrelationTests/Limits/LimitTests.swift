import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// What limited a transfer, where that is known by construction: the same from both ends.
@Suite struct LimitTests {
  private typealias Place = UploadModel.Place

  /// Of an upload: what limited the client, and whose time it was.
  private func told(_ model: UploadModel, at place: UploadModel.Place) throws -> (
    limits: TransferLimits, blame: Blame, connection: Connection
  ) {
    let connection = try #require(told(model.segments(at: place)))
    return (
      try #require(connection.summary.limits.client), try #require(connection.summary.blame),
      connection
    )
  }

  private func told(_ segments: [Segment]) -> Connection? {
    Analysis(segments).connections.first
  }

  @Test(arguments: [Place.sender, .receiver])
  func receiverWindow(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.window = 16_384
    model.writes = [(0, 400_000)]
    let (limits, blame, _) = try told(model, at: place)
    #expect(limits.dominant == .receiverWindow)
    #expect(limits.receiverWindow > limits.busy / 2)
    #expect(limits.limitingWindow == 16_384)
    #expect(blame.dominant == .server)
    #expect(limits.basis == (place == .sender ? .sender : .receiver))
  }

  /// The window has room for less than a segment: the sender waits for its persist timer, and fills it.
  @Test(arguments: [(168, Limit.zeroWindow), (100, .application)])
  func theRestOfAWindow(_ bytes: Int, _ limit: Limit) throws {
    let connection = try #require(
      told(
        Trace(
          Trace.opening + """
            30  > . 1:1461(1460) ack 1
            30  > . 1461:2921(1460) ack 1
            50  < . 1 ack 2921 win 168
            270 > P. 2921:\(2921 + bytes)(\(bytes)) ack 1
            290 < . 1 ack \(2921 + bytes) win 2920
            """
        ).segments))
    let limits = try #require(connection.summary.limits.client)
    #expect(limits.times[limit] >= 220_000_000)
  }

  /// A server that answers a Fast Open's request sends before it has heard of anything.
  @Test func anAnswerToAFastOpen() throws {
    var text = """
      0 > S 0:100(100) win 64240 <mss 1460,fo>
      0.05 < S. 0 ack 101 <mss 1460>

      """
    func data(_ at: Double, _ first: Int, _ count: Int) -> String {
      (0..<count).map { number in
        let start = first + number * 1460
        return "\(at) < . \(start):\(start + 1460)(1460) ack 101\n"
      }.joined()
    }
    text += data(31, 1, 10) + "81 > . 101 ack 1\n112 > . 101 ack 14601\n"
    text += data(112.02, 14601, 3) + "193 > . 101 ack 18981\n194 > F. 101 ack 18981\n"
    text += "194.02 < F. 18981 ack 102\n275 > . 102 ack 18982\n"
    let connection = try #require(told(Trace(text).segments))
    let limits = try #require(connection.summary.limits.server)
    let blame = try #require(connection.summary.blame)
    #expect(limits.times[.slowStart] &+ limits.times[.congestionWindow] >= 80_000_000)
    // The server closes when the client has.
    #expect(limits.times[.application] < 83_000_000)
    #expect(blame.server >= 30_000_000 && blame.server < 35_000_000)
    #expect(blame.unknown < 2_000_000, "\(blame)")
    connection.expectWholeTimes("")
  }

  /// A server that speaks of its own accord: what it says first is no sign that a client's clock is wrong, which has
  /// not heard of it yet.
  @Test func anUploadBesideDataOfTheOtherEnd() throws {
    let size = 1448
    var segments = """
      0 > S 0 <mss 1460,sackOK,ts 1000/0>
      0.02 < S. 0 ack 1 <mss 1460,sackOK,ts 5000/1000>
      20 > . 1 ack 1 <ts 1020/5000>

      """
    var lines: [(at: Double, text: String)] = []
    // At 4 ms each they come through a queue, one of which is sent when an acknowledgment has come back.
    for number in 0..<200 {
      let at = 26 + 4 * Double(number)
      let (sent, heard) =
        number < 15 ? (1020, 5000) : (1000 + Int(at) - 40, 5000 + Int(at) - 4 * 15)
      let first = number * size
      lines.append(
        (at, "> . \(first + 1):\(first + size + 1)(\(size)) ack 1 <ts \(sent)/\(heard)>"))
      lines.append((at + 0.01, "< . ack \(first + size + 1) <ts \(5000 + Int(at))/\(sent)>"))
    }
    lines.append((21, "< P. 1:501(500) ack 1 <ts 5021/1020>"))
    for line in lines.sorted(by: { $0.at < $1.at }) { segments += "\(line.at) \(line.text)\n" }
    let limits = try #require(told(Trace(segments).segments)?.summary.limits.client)
    #expect(limits.basis == .receiver)
    #expect(limits.times[.unknown] < limits.times.total / 10, "\(limits.times)")
    #expect(limits.times[.bandwidth] > limits.times.total / 2, "\(limits.times)")
  }

  /// As much is under way in every round trip, but no acknowledgment releases it: no buffer is full.
  @Test func whatIsSpacedEvenlyFillsNoBuffer() throws {
    var text = "0 > S 0 <mss 1460>\n3 < S. 0 ack 1 <mss 1460>\n3 > . 1 ack 1\n"
    var acknowledged = 0
    for number in 0..<1_000 {
      let start = 1 + 1_460 * number
      text += "\(4 + number).05 > . \(start):\(start + 1_460)(1460) ack 1\n"
      if number % 8 == 7 {
        acknowledged = start + 1_460
        text += "\(4 + number).5 < . 1 ack \(acknowledged)\n"
      }
    }
    let limits = try #require(told(Trace(text).segments)?.summary.limits.client)
    #expect(limits.times[.sendBuffer] == 0)
  }

  /// A program that writes less than a segment's multiple is woken when its buffer has room again.
  @Test func shortWritesFillTheSendBuffer() throws {
    var text = "0 > S 0 <mss 1460>\n40 < S. 0 ack 1 <mss 1460>\n40 > . 1 ack 1\n"
    var end = 1
    for round in 0..<40 {
      let at = 40 * (round + 1)
      for _ in 0..<8 {
        for length in [1_460, 1_460, 1_176] {
          text += "\(at).2 > . \(end):\(end + length)(\(length)) ack 1\n"
          end += length
        }
      }
      text += "\(at + 40) < . 1 ack \(end)\n"
    }
    let connection = try #require(told(Trace(text).segments))
    let limits = try #require(connection.summary.limits.client)
    #expect(limits.dominant == .sendBuffer && limits.sendBuffer == 32_768)
    #expect(connection.summary.blame?.dominant == .client)
  }

  /// Requests that are answered within a millisecond are no segments of a path with a small MTU, and what
  /// they wait for is no window.
  @Test func smallRequestsAreNoFullSegments() throws {
    var text = "0 > S 0 <mss 1460>\n.3 < S. 0 ack 1 <mss 1460>\n.3 > . 1 ack 1\n"
    for number in 0..<200 {
      let (at, mine, theirs) = (1 + number / 2, 1 + 60 * number, 1 + 200 * number)
      let fraction = number % 2 * 5
      text += "\(at).\(fraction) > P. \(mine):\(mine + 60)(60) ack \(theirs)\n"
      text += "\(at).\(fraction + 4) < P. \(theirs):\(theirs + 200)(200) ack \(mine + 60)\n"
    }
    let summary = try #require(told(Trace(text).segments)?.summary)
    for side in Side.allCases {
      let limits = try #require(summary.limits[side])
      #expect(limits.dominant == .application && limits.times[.sendBuffer] == 0)
    }
  }

  /// From the middle on at the receiver: how far the sender is away nothing tells, nor what it waited for.
  @Test func withoutTheWayToTheSenderNothingIsTheProgram() throws {
    var model = UploadModel()
    model.window = 16_384
    model.writes = [(0, 400_000)]
    let segments = model.segments(at: .receiver)
    let connection = try #require(told(Array(segments.dropFirst(segments.count / 5))))
    let limits = try #require(connection.summary.limits.client)
    #expect(limits.dominant == .unknown && limits.times[.application] == 0)
    #expect(connection.summary.blame?.dominant == .unknown)
  }

  /// What the capture missed is no slow start, and no new one.
  @Test func aHoleInTheCaptureIsNoSlowStart() throws {
    var model = UploadModel()
    model.mostCongestionWindow = 40 * 1_448
    model.writes = [(0, 2_000_000)]
    var segments = model.segments(at: .sender)
    let count = segments.count
    segments.removeSubrange(count / 20..<count / 5)
    let times = try #require(told(segments)?.summary.limits.client).times
    #expect(times[.slowStart] <= 2 * model.roundTrip)
    #expect(times[.unknown] > times[.congestionWindow])
  }

  /// A snap length cut off what the SYNs offered: windows are not known then, and none is full.
  @Test func aCutOptionScalesNoWindow() throws {
    var model = UploadModel()
    model.window = 100_000
    model.writes = [(0, 400_000)]
    var segments = model.segments(at: .sender)
    for index in segments.indices where segments[index].flags.contains(.syn) {
      segments[index].options.kinds = .cut
    }
    let limits = try #require(told(segments)?.summary.limits.client)
    #expect(limits.times[.zeroWindow] == 0 && limits.times[.receiverWindow] == 0)
  }

  /// Of a bottleneck where one segment takes longer than the path's round trip.
  @Test(arguments: [Place.sender, .receiver])
  func slowBottleneck(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.roundTrip = 5_000_000
    model.rate = 1_500_000
    model.mostCongestionWindow = 40_000
    model.delaysACKs = true
    model.writes = [(0, 400_000)]
    #expect(try told(model, at: place).limits.dominant == .bandwidth)
  }

  /// The last full segment and the short one behind it are lost before the capture; what comes of them first
  /// is the probe.
  @Test func aProbeIsNoPauseOfTheProgram() throws {
    let limits = try #require(
      told(
        Trace(
          """
          0   > S 0 id 1 <mss 1460,sackOK,ts 100/0>
          0   < S. 0 ack 1 <mss 1460,sackOK,ts 500/100>
          20  > . 1 ack 1 id 2 <ts 120/500>
          20  > . 1:1449(1448) ack 1 id 3 <ts 120/500>
          20  > . 1449:2897(1448) ack 1 id 4 <ts 120/500>
          20  < . 1 ack 2897 <ts 520/120>
          40  > . 2897:4345(1448) ack 1 id 5 <ts 140/520>
          40  > . 4345:5793(1448) ack 1 id 6 <ts 140/520>
          40  < . 1 ack 5793 <ts 540/140>
          104 > P. 7241:7279(38) ack 1 id 9 <ts 204/540>
          104 < . 1 ack 5793 <ts 604/140>
          124 > . 5793:7241(1448) ack 1 id 10 <ts 224/604>
          124 < . 1 ack 7279 <ts 624/224>
          """
        ).segments)?.summary.limits.client)
    #expect(limits.times[.tailProbe] >= 60_000_000 && limits.times[.application] < 5_000_000)
  }

  /// A receiver passes over an RST outside its window, and answers one inside it with a challenge ACK: the
  /// transfer goes on (RFC 5961 3.2).
  @Test(arguments: [1, 5_000, 90_000_000])
  func anRSTThatDoesNotCountEndsNothing(beyond distance: UInt32) throws {
    var model = UploadModel()
    model.window = 16_384
    model.writes = [(0, 200_000)]
    var segments = model.segments(at: .sender)
    let whole = try #require(told(segments)?.summary.limits.client)
    let place = try #require(
      segments.indices.dropFirst(segments.count / 2).first { segments[$0].payloadLength == 0 })
    var reset = segments[place]
    reset.flags = [.rst, .ack]
    reset.sequence = reset.sequence + distance
    segments.insert(reset, at: place + 1)
    for index in segments.indices { segments[index].frame = Int64(index + 1) }
    let limits = try #require(told(segments)?.summary.limits.client)
    #expect(limits.busy == whole.busy && limits.times.total == whole.times.total)
  }

  /// Where the end of the opening was not captured, nobody has made anyone wait.
  @Test func anOpeningThatWasMissedIsNobodysFault() throws {
    let connection = try #require(
      told(
        Trace(
          """
          0    > S 0 <mss 1460>
          3000 < P. 1:101(100) ack 1
          3020 > . 1 ack 101
          """
        ).segments))
    let blame = try #require(connection.summary.blame)
    #expect(blame.server == 0 && blame.unknown >= 2_900_000_000)
  }

  @Test(arguments: [Place.sender, .receiver])
  func application(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.writes = (0..<10).map { ($0 * 120_000_000, 3_000) }
    let (limits, blame, _) = try told(model, at: place)
    #expect(limits.dominant == .application)
    #expect(limits.times[.unknown] == 0)
    #expect(blame.dominant == .client)
  }

  @Test(arguments: [Place.sender, .receiver])
  func slowStart(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.writes = [(0, 120_000)]
    let (limits, blame, _) = try told(model, at: place)
    #expect(limits.dominant == .slowStart)
    #expect(blame.dominant == .network)
  }

  @Test(arguments: [Place.sender, .receiver])
  func bandwidth(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.rate = 5_000_000
    model.mostCongestionWindow = 200_000
    model.writes = [(0, 1_500_000)]
    let (limits, blame, _) = try told(model, at: place)
    #expect(limits.dominant == .bandwidth)
    // The model's bottleneck counts 60 bytes of headers, the packets have 52.
    let rate = try #require(limits.bottleneck)
    #expect(rate > 4_880_000 && rate < 5_080_000)
    #expect(blame.dominant == .network)
    #expect(limits.hasBufferbloat)
  }

  @Test(arguments: [Place.sender, .receiver])
  func sendBuffer(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.sendBuffer = 29_000
    model.writes = [(0, 700_000)]
    let (limits, blame, _) = try told(model, at: place)
    #expect(limits.dominant == .sendBuffer)
    let buffer = try #require(limits.sendBuffer)
    #expect(buffer > 26_000 && buffer <= 29_000)
    #expect(blame.dominant == .client)
  }

  @Test(arguments: [Place.sender, .receiver])
  func nagleAndDelayedACK(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.hasNagle = true
    model.delaysACKs = true
    for round in 0..<8 {
      let at = Int64(round) * 200_000_000
      model.writes += [(at, 120), (at + 100_000, 240)]
    }
    let (limits, _, _) = try told(model, at: place)
    #expect(limits.times[.nagle] > 300_000_000)
  }

  /// A host hands its network card many segments at once.
  @Test func offload() throws {
    var model = UploadModel()
    model.offload = 4
    model.window = 32_768
    model.writes = [(0, 600_000)]
    #expect(try told(model, at: .sender).limits.dominant == .receiverWindow)
  }

  @Test(arguments: [Place.sender, .receiver])
  func paced(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.pacing = 6_000_000
    model.mostCongestionWindow = 60_000
    model.writes = [(0, 900_000)]
    let (limits, blame, _) = try told(model, at: place)
    #expect(limits.times[.application] < limits.times.total / 4)
    #expect(blame.client < blame.total)
  }

  @Test func delayedACKs() throws {
    var model = UploadModel()
    model.delaysACKs = true
    model.window = 20_000
    model.writes = [(0, 300_000)]
    #expect(try told(model, at: .sender).limits.dominant == .receiverWindow)
  }

  /// Windows sends no time stamps: at the sender nothing is missing.
  @Test func noTimestampsAtTheSender() throws {
    var model = UploadModel()
    model.hasTimestamps = false
    model.window = 16_384
    model.writes = [(0, 400_000)]
    #expect(try told(model, at: .sender).limits.dominant == .receiverWindow)
  }

  @Test func oneDirection() throws {
    var model = UploadModel()
    model.writes = [(0, 400_000)]
    let segments = model.segments(at: .sender).filter { $0.source.port == 40_000 }
    let connection = try #require(told(segments))
    let limits = try #require(connection.summary.limits.client)
    #expect(limits.basis == .oneDirection)
    #expect(limits.times[.unknown] == limits.times.total && limits.times.total > 0)
    let blame = try #require(connection.summary.blame)
    #expect(blame.network <= model.roundTrip)
  }

  private func findings(_ model: UploadModel, at place: UploadModel.Place) throws -> [Finding] {
    var collector = FindingCollector()
    collector.add(try told(model, at: place).connection.summary)
    return collector.findings()
  }

  @Test(arguments: [Place.sender, .receiver])
  func findsTheReceiversWindow(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.window = 16_384
    model.writes = [(0, 600_000)]
    let found = try findings(model, at: place).filter { $0.kind == .limitedByReceiver }
    let finding = try #require(found.first)
    #expect(finding.text.contains("the server's receive window of 16,384 bytes was full"))
    #expect(finding.frames.count == 2)
  }

  @Test func findsTheSendBuffer() throws {
    var model = UploadModel()
    model.sendBuffer = 29_000
    model.writes = [(0, 700_000)]
    let found = try findings(model, at: .sender)
    let kinds = found.map(\.kind)
    #expect(found.allSatisfy { !$0.frames.isEmpty })
    #expect(kinds.contains(.limitedBySender) && !kinds.contains(.limitedByPath))
  }

  @Test func findsTheQueueOfTheBottleneck() throws {
    var model = UploadModel()
    model.rate = 5_000_000
    model.mostCongestionWindow = 200_000
    model.writes = [(0, 1_500_000)]
    for place in [Place.sender, .receiver] {
      let kinds = try findings(model, at: place).map(\.kind)
      #expect(kinds.contains(.bufferbloat) && kinds.contains(.limitedByPath))
    }
  }

  /// At the receiver, from its middle: segments arrive later and later by the sender's clock, but how far the
  /// sender is nobody told, so nothing grew from it.
  @Test func noQueueIsMeasuredOnAWayThatIsNotKnown() throws {
    var text = ""
    for number in 0..<600 {
      let start = 1 + 1_448 * number
      let at = number * 3 / 2
      text += "\(at).5 > . \(start):\(start + 1_448)(1448) ack 1 <ts \(100 + number)/900>\n"
      text += "\(at).51 < . 1 ack \(start + 1_448) <ts \(900 + at)/\(100 + number)>\n"
    }
    let summary = try #require(told(Trace(text).segments)).summary
    #expect(summary.limits.client?.leastRoundTrip == nil)
    var collector = FindingCollector()
    collector.add(summary)
    #expect(!collector.findings().map(\.kind).contains(.bufferbloat))
  }

  /// An upload and a download: the sentence is about one of them, not about both.
  @Test func whatHeldEitherSideBackIsNotSaidOfBoth() throws {
    var model = UploadModel()
    model.rate = 5_000_000
    model.mostCongestionWindow = 200_000
    model.writes = [(0, 1_500_000)]
    let upload = try told(model, at: .sender).connection.summary
    var download = upload
    download.id = 2
    download.limits = PerSide(client: upload.limits.server, server: upload.limits.client)
    var collector = FindingCollector()
    collector.add(upload)
    collector.add(download)
    let found = collector.findings().filter { $0.kind == .limitedByPath }
    let text = try #require(found.first?.text)
    #expect(text.hasPrefix("Connection 1 to 10.0.0.2:5001: the client was held back"), "\(text)")
  }

  /// A message in two writes, against a receiver that delays its acknowledgments or does not.
  @Test(arguments: [Place.sender, .receiver])
  func findsNagleAgainstDelayedACKs(at place: UploadModel.Place) throws {
    var model = UploadModel()
    model.hasNagle = true
    for round in 0..<4 {
      let at = Int64(round) * 200_000_000
      model.writes += [(at, 120), (at + 100_000, 240)]
    }
    let prompt = try findings(model, at: place).map(\.kind)
    #expect(!prompt.contains(.nagleDelayedACK))
    model.delaysACKs = true
    let finding = try #require(
      try findings(model, at: place).first { $0.kind == .nagleDelayedACK })
    #expect(finding.text.contains("the client's small segments waited 4 times"))
    #expect(finding.text.contains("TCP_NODELAY at the client") && finding.frames.count == 1)
  }

  @Test func aSlowProgramIsNoFinding() throws {
    var model = UploadModel()
    model.writes = (0..<10).map { ($0 * 120_000_000, 3_000) }
    let kinds = try findings(model, at: .sender).map(\.kind)
    #expect(
      kinds.allSatisfy { ![.limitedBySender, .limitedByReceiver, .limitedByPath].contains($0) })
  }

  /// A host that counts its packets to all others together: after a silence its identifications have gaps
  /// though nothing was lost.
  @Test func aGapOfIdentificationsIsNoLoss() throws {
    let connection = analyse(
      """
      0     > S 0 id 10 <mss 1460>
      0     < S. 0 ack 1 <mss 1460>
      10    > . 1 ack 1 id 11
      1000  > P. 1:13(12) ack 1 id 12
      1000  < P. 1:11(10) ack 13
      1020  > . 13 ack 11 id 13
      31000 > P. 13:25(12) ack 11 id 40
      31000 < P. 11:21(10) ack 25
      31020 > . 25 ack 21 id 41
      61000 > P. 25:37(12) ack 21 id 90
      61000 < P. 21:31(10) ack 37
      61020 > . 37 ack 31 id 91
      """)
    let times = try #require(connection.summary.limits.client?.times)
    #expect(times[.timeout] == 0 && times[.recovery] == 0)
    #expect(times[.application] > 50_000_000_000)
  }

  /// Nobody answers the FIN, for a minute: whose fault that is, nothing tells.
  @Test func whatIsNeverAcknowledgedIsNotTheNetworks() throws {
    let connection = analyse(
      Trace.opening + """
        21    > P. 1:101(100) ack 1
        41    < . 1 ack 101
        50    > F. 101 ack 1
        60050 < F. 1 ack 101
        60350 < F. 1 ack 101
        """)
    let blame = try #require(connection.summary.blame)
    #expect(blame.network < 2_000_000_000 && blame.unknown > 55_000_000_000)
    #expect(blame.total == connection.summary.duration)
  }

  @Test func nothingSent() {
    let connection = analyse("0 > S 0\n1000 > S 0\n3000 > S 0")
    #expect(connection.summary.limits.client == nil && connection.summary.limits.server == nil)
    #expect(connection.summary.blame?.unknown == 3_000_000_000)
  }
}
