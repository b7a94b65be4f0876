/// Values at an instant, or those of a short time where there were too many to keep apart.
public struct ChartSample: BitwiseCopyable, Sendable, Hashable {
  /// From the connection's first segment, of the first and the last value.
  public var at: Nanoseconds
  public var end: Nanoseconds
  /// All values lie in this closed range. Of a segment: its sequence space.
  public var low: Int64
  public var high: Int64
  /// What the value was after the last one.
  public var last: Int64
  /// The frame of the first value.
  public var frame: Int64
  public var count: Int64

  public init(at: Nanoseconds, low: Int64, high: Int64, frame: Int64) {
    self.at = at
    end = at
    self.low = low
    self.high = high
    last = high
    self.frame = frame
    count = 1
  }
}

/// Payload captured in a span of time.
public struct ChartRate: BitwiseCopyable, Sendable, Hashable {
  /// Which span, counted from 0 at the connection's first segment.
  public var index: Int64
  /// Bytes sent for the first time, and again.
  public var fresh: Int64
  public var repeated: Int64

  public init(index: Int64, fresh: Int64, repeated: Int64) {
    self.index = index
    self.fresh = fresh
    self.repeated = repeated
  }
}

/// What the charts of one connection are drawn from: never more than some thousand values, however
/// many segments it had.
public struct ChartSamples: Sendable {
  /// What one side sent, and what its peer said of it. Sequence numbers are relative, the SYN is 0.
  public struct Direction: Sendable {
    /// Segments with payload: sent for the first time, sent again, late in order, undecided.
    public var fresh: [ChartSample] = []
    public var repeated: [ChartSample] = []
    public var reordered: [ChartSample] = []
    public var ambiguous: [ChartSample] = []
    /// From the peer: how far it acknowledges, how far it lets this side send, blocks beyond a hole.
    public var acknowledged: [ChartSample] = []
    public var windowEdge: [ChartSample] = []
    public var sack: [ChartSample] = []
    /// Where the peer closed its window: what it acknowledged by then.
    public var closedWindow: [ChartSample] = []
    /// Bytes sent and not acknowledged yet, and the window the peer offered. Empty where the peer's
    /// ACKs were not captured.
    public var flight: [ChartSample] = []
    public var window: [ChartSample] = []
    /// Round-trip times in nanoseconds, at the ACK that completes them.
    public var roundTrips: [ChartSample] = []
    /// Times one way in nanoseconds, when each segment was sent; empty with one capture point.
    public var oneWay: [ChartSample] = []
    /// Data at the receiver's capture point: when it arrived. Empty with one capture point.
    public var arrivals: [ChartSample] = []
    /// What was lost on the path, when it was sent; its sequence space.
    public var lost: [ChartSample] = []
    /// Of what was sent: taken from the sender's own capture.
    public var isFromSender = false
    public var rates: [ChartRate] = []
    /// How long a span of `rates` is: 1 or 2 times a power of ten.
    public var rateInterval: Nanoseconds = 1
    /// Segments with payload, copies of frames and probes not counted, and their bytes.
    public var dataSegments: Int64 = 0
    public var dataBytes: Int64 = 0

    public init() {}
  }

  public var directions = PerSide<Direction>(both: Direction())

  public init() {}
}

extension ChartSamples.Direction {
  /// The same on a time that began so much earlier.
  public func moved(by shift: Nanoseconds) -> ChartSamples.Direction {
    func moved(_ samples: [ChartSample]) -> [ChartSample] {
      samples.map { sample in
        var sample = sample
        sample.at = sample.at.plus(shift)
        sample.end = sample.end.plus(shift)
        return sample
      }
    }
    var other = self
    other.fresh = moved(fresh)
    other.repeated = moved(repeated)
    other.reordered = moved(reordered)
    other.ambiguous = moved(ambiguous)
    other.acknowledged = moved(acknowledged)
    other.windowEdge = moved(windowEdge)
    other.sack = moved(sack)
    other.closedWindow = moved(closedWindow)
    other.flight = moved(flight)
    other.window = moved(window)
    other.roundTrips = moved(roundTrips)
    for index in other.rates.indices { other.rates[index].index += shift / max(1, rateInterval) }
    return other
  }
}
