import TCPModel

/// A segment that both points saw, alone of its kind: what clocks are compared by.
struct ClockSample: BitwiseCopyable {
  /// Numbers among all segments of the points.
  var firstOrdinal: Int64
  var secondOrdinal: Int64
  /// By the clocks of the points.
  var firstTime: Int64
  var secondTime: Int64
  var secondPlace: FramePlace
  /// From the first point to the second one.
  var isForward: Bool

  /// The second clock less the first one, and the way: no less than the offset where the segment went
  /// forward, no more than it where it came back.
  var difference: Int64 { secondTime &- firstTime }
}

/// A place where a point's time moves by more than elsewhere.
struct Jump: BitwiseCopyable {
  var size: Int64
  var ordinal: Int64
  var place: FramePlace
}

/// The largest jumps of one point's time, forwards and backwards.
struct Jumps {
  private static let limit = 2048
  private(set) var all: [Jump] = []
  private var least: Int64 = 50_000
  private var previous: Int64?

  /// Gives the captures other numbers.
  mutating func move(_ captures: [UInt16]) {
    for index in all.indices { all[index].place.move(captures) }
  }

  @inline(__always)
  mutating func note(_ segment: UnsafePointer<Segment>, ordinal: Int64, capture: UInt16) {
    let time = segment.pointee.time.nanoseconds
    let size = time &- (previous ?? time)
    previous = time
    guard size.magnitude >= least.magnitude else { return }
    note(size, ordinal, FramePlace(capture: capture, frame: segment.pointee.frame))
  }

  private mutating func note(_ size: Int64, _ ordinal: Int64, _ place: FramePlace) {
    all.append(Jump(size: size, ordinal: ordinal, place: place))
    if all.count >= 2 * Jumps.limit {
      all.sort { ($1.size.magnitude, $0.ordinal) < ($0.size.magnitude, $1.ordinal) }
      all.removeLast(all.count - Jumps.limit)
      least = Int64(clamping: all[all.count - 1].size.magnitude)
      all.sort { $0.ordinal < $1.ordinal }
    }
  }

  /// The largest one of a sign among some ordinals.
  func largest(in ordinals: ClosedRange<Int64>, isForward: Bool) -> Jump? {
    all.filter { ordinals.contains($0.ordinal) && ($0.size > 0) == isForward }
      .max { $0.size.magnitude < $1.size.magnitude }
  }
}
