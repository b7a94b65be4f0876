import TCPModel

/// What options leave of a connection, before it is laid out.
extension Connection {
  /// Whether there is anything of that part to draw.
  public func has(_ crop: DiagramOptions.Crop) -> Bool {
    guard let frames = frames(of: crop) else { return false }
    return segments.map { $0.contains { $0.isPart(of: frames) } } ?? true
  }

  /// The frames that are drawn; nil for all, also where there is no such part.
  func frames(of crop: DiagramOptions.Crop?) -> ClosedRange<Int64>? {
    switch crop {
    case nil: return nil
    case .frames(let frames): return frames
    case .handshake:
      guard let phase = phases.first(where: { $0.name == .handshake }),
        let first = phase.firstFrame, let last = phase.lastFrame, first <= last
      else { return nil }
      return first...last
    case .teardown:
      guard let first = phases.first(where: { $0.name == .teardown })?.firstFrame else {
        return nil
      }
      return first...Int64.max
    }
  }

  /// Its states and phases as far as they are drawn. Its segments stay: what became of one may be told
  /// by another outside the part.
  func shown(by options: DiagramOptions) -> Connection {
    var connection = self
    if options.hidden.contains(.states) { connection.states = PerSide(both: []) }
    guard let frames = frames(of: options.crop), let times = segments?.times(of: frames) else {
      return connection
    }
    let isEnd = frames.upperBound >= summary.lastFrame
    for side in Side.allCases {
      let states = connection.states[side]
      // The state that the part begins in has no time of its own there.
      let before = states.last {
        ($0.at ?? .min) < times.lowerBound && $0.ownFrame.map { $0 < frames.lowerBound } ?? true
      }
      let inside = states.filter { change in
        if let frame = change.ownFrame { return frames.contains(frame) }
        guard let at = change.at else { return false }
        return at >= times.lowerBound && (at <= times.upperBound || isEnd)
      }
      let start = before.map { StateChange(state: $0.state, at: nil, frame: nil, basis: $0.basis) }
      connection.states[side] = (start.map { [$0] } ?? []) + inside
    }
    connection.phases = phases.filter { phase in
      if phase.name == .timeWait { return isEnd }
      return phase.start.plus(phase.duration) >= times.lowerBound
        && phase.start <= times.upperBound
        && (phase.firstFrame ?? frames.lowerBound) <= frames.upperBound
        && (phase.lastFrame ?? frames.upperBound) >= frames.lowerBound
    }
    return connection
  }
}

extension [TimelineItem] {
  /// Those of a part. What the other point alone saw has no number here: its time decides.
  func indices(of frames: ClosedRange<Int64>) -> [Int] {
    guard let times = times(of: frames) else { return [] }
    return indices.filter { index in
      if case .segment(let segment) = self[index], segment.isSeenFarOnly {
        return times.contains(segment.at)
      }
      return self[index].isPart(of: frames)
    }
  }

  /// From the first to the last segment of a part; nil where it holds none.
  fileprivate func times(of frames: ClosedRange<Int64>) -> ClosedRange<Nanoseconds>? {
    let part = filter { $0.isPart(of: frames) }
    guard let first = part.map(\.start).min(), let last = part.map(\.end).max() else {
      return nil
    }
    return first...Swift.max(first, last)
  }
}

extension TimelineItem {
  fileprivate func isPart(of frames: ClosedRange<Int64>) -> Bool {
    switch self {
    case .segment(let segment): segment.ownFrame.map(frames.contains) ?? false
    case .run(let run): run.firstFrame <= frames.upperBound && run.lastFrame >= frames.lowerBound
    }
  }

  fileprivate var start: Nanoseconds {
    switch self {
    case .segment(let segment): segment.at
    case .run(let run): run.start
    }
  }

  fileprivate var end: Nanoseconds {
    switch self {
    case .segment(let segment): segment.at
    case .run(let run): run.end
    }
  }
}
