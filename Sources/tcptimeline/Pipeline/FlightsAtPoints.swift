import Correlation
import Paths
import TCPModel

/// What the points of a path saw of one connection's segments, brought to those of its first point.
struct FlightsAtPoints {
  private let near: UInt16
  private let start: Nanoseconds
  /// By frame of the first point: when the last point saw it.
  private var times: [Int64: Nanoseconds] = [:]
  private var lost: Set<Int64> = []
  /// Sent at the last point and never seen at the first one, in the order of time.
  private var farOnly: [PathFlight] = []
  private var middles: [Int64: Nanoseconds] = [:]
  /// The same by frame of the last point, where the first one did not see it.
  private var farMiddles: [FramePlace: Nanoseconds] = [:]
  /// The least time from the last point to the first one.
  private var leastWay = Nanoseconds.max

  init(near: UInt16, start: Timestamp) {
    self.near = near
    self.start = start.nanoseconds
  }

  /// Between the first and the last point.
  mutating func add(_ way: PathFlights) {
    for flight in way.all {
      guard let arrived = flight.arrived else {
        if flight.sent.capture == near {
          lost.insert(flight.sent.frame)
        } else {
          farOnly.append(flight)
        }
        continue
      }
      if flight.sent.capture == near {
        // Of what was cut on its way the first piece tells.
        if times[flight.sent.frame] == nil {
          times[flight.sent.frame] = flight.arrivedAt &- start
        }
      } else if arrived.capture == near {
        times[arrived.frame] = flight.sentAt &- start
        leastWay = min(leastWay, flight.arrivedAt &- flight.sentAt)
      }
    }
    farOnly.sort { ($0.sentAt, $0.sent.frame) < ($1.sentAt, $1.sent.frame) }
  }

  /// Between one of the two and the point in the middle.
  mutating func addMiddle(_ way: PathFlights, first: Int) {
    for flight in way.all {
      guard let arrived = flight.arrived else { continue }
      if way.from == first {
        if flight.sent.capture == near {
          if middles[flight.sent.frame] == nil {
            middles[flight.sent.frame] = flight.arrivedAt &- start
          }
        } else if arrived.capture == near {
          middles[arrived.frame] = flight.sentAt &- start
        }
      } else if farMiddles[flight.sent] == nil {
        farMiddles[flight.sent] = flight.arrivedAt &- start
      }
    }
  }

  func apply(to connection: inout Connection) {
    for item in connection.segments?.indices ?? 0..<0 {
      guard case .segment(var segment)? = connection.segments?[item] else { continue }
      segment.isLostOnPath = lost.contains(segment.frame)
      segment.atOtherEnd = segment.isLostOnPath ? nil : times[segment.frame]
      segment.atMiddle = middles[segment.frame]
      connection.segments?[item] = .segment(segment)
    }
    insertFarOnly(into: &connection)
  }

  /// What the far end sent in vain, where it would have arrived.
  private func insertFarOnly(into connection: inout Connection) {
    guard let items = connection.segments, !farOnly.isEmpty, leastWay < .max else { return }
    let isns = connection.summary.handshake.isn
    guard let client = isns.client, let server = isns.server else { return }
    let bases = PerSide(client: SequenceNumber(client), server: SequenceNumber(server))
    var scale = PerSide(both: UnwrappedSequence())
    var merged: [TimelineItem] = []
    merged.reserveCapacity(items.count + farOnly.count)
    var next = 0
    func place(_ number: UInt32, _ side: Side) -> Int64 {
      scale[side].look(at: SequenceNumber(number), base: bases[side])
    }
    func add(until time: Nanoseconds) {
      while next < farOnly.count, farOnly[next].sentAt &- start &+ leastWay <= time {
        let flight = farOnly[next]
        var detail = SegmentDetail(
          frame: flight.sent.frame, at: flight.sentAt &- start &+ leastWay, from: flight.from,
          flags: flight.flags, sequence: place(flight.sequence, flight.from),
          acknowledgment: flight.flags.contains(.ack)
            ? place(flight.acknowledgment, flight.from.peer) : nil,
          payload: Int64(flight.payload), window: Int64(flight.window))
        detail.rawSequence = flight.sequence
        detail.rawAcknowledgment = flight.acknowledgment
        detail.rawWindow = flight.window
        detail.isLostOnPath = true
        detail.isSeenFarOnly = true
        detail.atOtherEnd = flight.sentAt &- start
        detail.atMiddle = farMiddles[flight.sent]
        merged.append(.segment(detail))
        next += 1
      }
    }
    for item in items {
      add(until: item.start)
      merged.append(item)
      if case .segment(let segment) = item {
        scale[segment.from].note(segment.sequence)
      }
    }
    add(until: .max)
    connection.segments = merged
  }
}

extension TimelineItem {
  fileprivate var start: Nanoseconds {
    switch self {
    case .segment(let segment): segment.at
    case .run(let run): run.start
    }
  }
}

extension PathFlights {
  /// So many values of a kind are drawn.
  private static let limit = 2000

  /// Times one way, arrivals and losses.
  func addCharts(to connection: inout Connection) {
    let start = connection.summary.start.nanoseconds
    let isns = connection.summary.handshake.isn
    for side in Side.allCases {
      var (ways, arrivals, lost): ([ChartSample], [ChartSample], [ChartSample]) = ([], [], [])
      var scale = UnwrappedSequence()
      for flight in all.sorted(by: { $0.sentAt < $1.sentAt }) where flight.from == side {
        let at = flight.sentAt &- start
        var range: (low: Int64, high: Int64)?
        if let isn = isns[side], flight.length > 0 {
          let low = scale.place(SequenceNumber(flight.sequence), base: SequenceNumber(isn))
          range = (low, low &+ Int64(flight.length))
        }
        let hasData = flight.payload > 0
        guard flight.arrived != nil else {
          if hasData, let range {
            lost.append(
              ChartSample(at: at, low: range.low, high: range.high, frame: flight.sent.frame))
          }
          continue
        }
        let way = flight.arrivedAt &- flight.sentAt
        ways.append(ChartSample(at: at, low: way, high: way, frame: flight.sent.frame))
        if hasData, let range {
          arrivals.append(
            ChartSample(
              at: flight.arrivedAt &- start, low: range.low, high: range.high,
              frame: flight.arrived?.frame ?? 0))
        }
      }
      connection.charts?.directions[side].oneWay = ways.bounded(to: Self.limit)
      connection.charts?.directions[side].arrivals = arrivals.bounded(to: Self.limit)
      connection.charts?.directions[side].lost = lost.bounded(to: Self.limit)
    }
  }
}
