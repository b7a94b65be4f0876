import TCPModel

/// Collects the segments of a connection; beyond a limit, plain ones are folded into runs.
struct ItemCollector {
  private(set) var items: [TimelineItem] = []
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  mutating func add(_ segment: SegmentDetail) {
    let mustStay = !segment.isPlain && items.count < 2 * limit
    if items.count < limit || mustStay {
      items.append(.segment(segment))
    } else if case .run(var run) = items.last {
      run.extend(by: segment)
      items[items.count - 1] = .run(run)
    } else {
      items.append(.run(SegmentRun(segment)))
    }
  }
}

extension SegmentDetail {
  /// Nothing to see: data or an ACK as expected.
  fileprivate var isPlain: Bool {
    kinds.isEmpty && !changesState && !opensExchange
      && flags.isDisjoint(with: .control)
  }
}

extension SegmentRun {
  fileprivate init(_ segment: SegmentDetail) {
    self.init(
      firstFrame: segment.frame, lastFrame: segment.frame, start: segment.at, end: segment.at,
      from: segment.from, dataSegments: segment.payload > 0 ? 1 : 0,
      ackSegments: segment.payload > 0 ? 0 : 1, payload: segment.payload,
      firstSequence: segment.sequence, lastSequence: segment.sequence + segment.payload)
  }

  fileprivate mutating func extend(by segment: SegmentDetail) {
    lastFrame = segment.frame
    end = max(end, segment.at)
    guard segment.payload > 0 else {
      ackSegments += 1
      return
    }
    if dataSegments == 0 {
      from = segment.from
      firstSequence = segment.sequence
      lastSequence = segment.sequence
    }
    dataSegments += 1
    payload += segment.payload
    if segment.from == from {
      lastSequence = max(lastSequence, segment.sequence + segment.payload)
    }
  }
}
