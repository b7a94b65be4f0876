import TCPModel

/// Collects what the charts of one connection show, in bounded memory, whatever the number of
/// segments: 15,872 samples of 56 bytes and 4,096 rates of 24 a direction, 2 MB.
struct ChartCollector {
  private var directions = PerSide(client: Direction(), server: Direction())

  fileprivate struct Direction {
    var fresh = SampleSeries(limit: 2048)
    var repeated = SampleSeries(limit: 1024)
    var reordered = SampleSeries(limit: 512)
    var ambiguous = SampleSeries(limit: 512)
    var acknowledged = SampleSeries(limit: 2048)
    var windowEdge = SampleSeries(limit: 2048)
    var sack = SampleSeries(limit: 1024)
    var closedWindow = SampleSeries(limit: 512)
    var flight = SampleSeries(limit: 2048)
    var window = SampleSeries(limit: 2048)
    var roundTrips = SampleSeries(limit: 2048)
    var rates = RateSeries(limit: 4096)
    var dataSegments: Int64 = 0
    var dataBytes: Int64 = 0
    /// The end of what was sent, and of what was acknowledged; nil until known.
    var sent: Int64?
    var acked: Int64?
    var lastSACK: (low: Int64, high: Int64)?
  }

  /// A block of a SACK option, relative like the numbers of the segment.
  typealias Block = (low: Int64, high: Int64)

  /// - Parameter blocks: of the segment's SACK option, in the sequence space of its receiver.
  mutating func add(
    _ segment: SegmentDetail, _ verdict: SegmentVerdict, roundTrip: Nanoseconds?, blocks: [Block]
  ) {
    if let roundTrip {
      directions[segment.from.peer].roundTrips.add(
        ChartSample(at: segment.at, low: roundTrip, high: roundTrip, frame: segment.frame))
    }
    // A copy of a frame, and an RST with numbers of its own, say nothing of the stream.
    if !verdict.isDisjoint(with: [.duplicateFrame, .headerDamaged]) || segment.flags.contains(.rst)
    {
      return
    }
    directions[segment.from].send(segment, verdict)
    directions[segment.from.peer].acknowledge(segment, verdict, blocks)
  }

  var samples: ChartSamples {
    var samples = ChartSamples()
    for side in Side.allCases { samples.directions[side] = directions[side].samples }
    return samples
  }
}

extension ChartCollector.Direction {
  /// Its sender sent a segment.
  fileprivate mutating func send(_ segment: SegmentDetail, _ verdict: SegmentVerdict) {
    let end = segment.sequence + segment.payload
    // A keep-alive repeats a byte that has arrived; no data.
    guard segment.payload > 0, !verdict.contains(.keepAlive) else { return }
    let sample = ChartSample(
      at: segment.at, low: segment.sequence, high: end, frame: segment.frame)
    dataSegments += 1
    dataBytes += segment.payload
    let isAgain = verdict.contains(.resent)
    if isAgain {
      repeated.add(sample)
    } else if verdict.contains(.ambiguous) {
      ambiguous.add(sample)
    } else if verdict.contains(.outOfOrder) {
      reordered.add(sample)
    } else {
      fresh.add(sample)
    }
    rates.add(
      at: segment.at, fresh: isAgain ? 0 : segment.payload,
      repeated: isAgain ? segment.payload : 0)
    sent = max(sent ?? end, end)
    noteFlight(at: segment.at, frame: segment.frame)
  }

  /// Its peer sent a segment: what that says of the data of this direction.
  fileprivate mutating func acknowledge(
    _ segment: SegmentDetail, _ verdict: SegmentVerdict, _ blocks: [ChartCollector.Block]
  ) {
    guard let number = segment.acknowledgment else { return }
    func sample(_ low: Int64, _ high: Int64) -> ChartSample {
      ChartSample(at: segment.at, low: low, high: high, frame: segment.frame)
    }
    // One that was overtaken says nothing new.
    guard number >= acked ?? number else { return }
    if number != acked || acknowledged.samples.isEmpty { acknowledged.add(sample(number, number)) }
    acked = number
    windowEdge.add(sample(number + segment.window, number + segment.window))
    window.add(sample(segment.window, segment.window))
    if verdict.contains(.zeroWindow) { closedWindow.add(sample(number, number)) }
    // The first block is the news, the others repeat what was said before (RFC 2018 4).
    if let block = blocks.first, block.high > block.low, lastSACK.map({ $0 != block }) ?? true {
      sack.add(sample(block.low, block.high))
      lastSACK = block
    }
    noteFlight(at: segment.at, frame: segment.frame)
  }

  /// Without any ACK nobody knows what is under way.
  private mutating func noteFlight(at time: Nanoseconds, frame: Int64) {
    guard let sent, let acked else { return }
    let bytes = max(0, sent - acked)
    flight.add(ChartSample(at: time, low: bytes, high: bytes, frame: frame))
  }

  fileprivate var samples: ChartSamples.Direction {
    var samples = ChartSamples.Direction()
    samples.fresh = fresh.samples
    samples.repeated = repeated.samples
    samples.reordered = reordered.samples
    samples.ambiguous = ambiguous.samples
    samples.acknowledged = acknowledged.samples
    samples.windowEdge = windowEdge.samples
    samples.sack = sack.samples
    samples.closedWindow = closedWindow.samples
    samples.flight = flight.samples
    samples.window = window.samples
    samples.roundTrips = roundTrips.samples
    samples.rates = rates.rates
    samples.rateInterval = rates.interval
    samples.dataSegments = dataSegments
    samples.dataBytes = dataBytes
    return samples
  }
}
