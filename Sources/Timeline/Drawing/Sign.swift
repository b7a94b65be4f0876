import TCPModel

/// A small drawing that marks a row where something went wrong, so that colour is not needed.
public enum Sign: Sendable, Hashable {
  case again, hole, swapped, twice, closed, full, reset, odd

  var isTrouble: Bool {
    switch self {
    case .again, .closed, .reset: true
    case .hole, .swapped, .twice, .full, .odd: false
    }
  }

  var ink: Ink { isTrouble ? .trouble : .caution }

  /// Its strokes in a square of 12 around the center.
  func shapes(at center: Point) -> [Shape] {
    func at(_ x: Double, _ y: Double) -> Point { Point(center.x + x, center.y + y) }
    let pen = Stroke(ink, 1.5)
    switch self {
    case .again:
      // Three quarters of a circle, and the head of an arrow.
      return [
        .polyline(
          [
            at(3.2, -3.2), at(0, -4.5), at(-3.2, -3.2), at(-4.5, 0), at(-3.2, 3.2), at(0, 4.5),
            at(3.2, 3.2), at(4.5, 0.4),
          ], pen),
        .polygon([at(5.6, -5.4), at(5.2, 0), at(0.6, -2.4)], Area(.solid(ink))),
      ]
    case .hole:
      return [
        .line(at(-5, 0), at(-2, 0), pen), .line(at(2, 0), at(5, 0), pen),
        .line(at(-2, -3.5), at(-2, 3.5), pen), .line(at(2, -3.5), at(2, 3.5), pen),
      ]
    case .swapped:
      return [
        .polyline([at(-5, -3), at(-1.5, -3), at(1.5, 3), at(5, 3)], pen),
        .polyline([at(-5, 3), at(-1.5, 3), at(1.5, -3), at(5, -3)], pen),
      ]
    case .twice:
      return [.line(at(-4.5, -2), at(4.5, -2), pen), .line(at(-4.5, 2), at(4.5, 2), pen)]
    case .closed:
      return [
        .circle(center, radius: 5, Area(.none, pen)), .line(at(-3, 0), at(3, 0), pen),
      ]
    case .full:
      return [
        .rectangle(
          x: center.x - 5, y: center.y - 4, width: 10, height: 8, radius: 1, Area(.none, pen)),
        .rectangle(
          x: center.x - 3, y: center.y - 2, width: 6, height: 4, radius: 0, Area(.solid(ink))),
      ]
    case .reset:
      return [.line(at(-4, -4), at(4, 4), pen), .line(at(-4, 4), at(4, -4), pen)]
    case .odd:
      return [
        .polygon([at(0, -5), at(5.5, 4.5), at(-5.5, 4.5)], Area(.none, pen)),
        .line(at(0, -1.8), at(0, 1.4), pen), .line(at(0, 2.6), at(0, 3.4), pen),
      ]
    }
  }
}

extension EventKind {
  /// The sign of a row with it; nil for what is part of a healthy connection.
  var sign: Sign? {
    switch self {
    case .retransmission, .fastRetransmission, .spuriousRetransmission, .synRetransmission,
      .synACKRetransmission:
      .again
    case .outOfOrder: .swapped
    case .previousSegmentLost, .ackedUnseen: .hole
    case .duplicateACK, .duplicateFrame: .twice
    case .zeroWindow, .zeroWindowProbe, .zeroWindowProbeACK: .closed
    case .windowFull: .full
    case .rst: .reset
    case .unacceptableRST, .challengeACK, .ambiguous, .icmp, .headerDamaged, .clockBackwards: .odd
    case .keepAlive, .keepAliveACK, .windowUpdate, .idle, .midstreamStart, .portReused: nil
    }
  }
}

extension EventKind {
  /// The ink of the words that name it under an arrow; nil when the label says it already.
  var remarkInk: Ink? {
    switch self {
    case .retransmission, .fastRetransmission, .synRetransmission, .synACKRetransmission,
      .zeroWindow, .zeroWindowProbe:
      .trouble
    case .spuriousRetransmission, .outOfOrder, .duplicateACK, .previousSegmentLost, .ackedUnseen,
      .windowFull, .duplicateFrame, .challengeACK, .ambiguous, .unacceptableRST, .headerDamaged,
      .icmp, .clockBackwards:
      .caution
    case .keepAlive, .keepAliveACK, .zeroWindowProbeACK, .midstreamStart, .portReused: .muted
    case .rst, .windowUpdate, .idle: nil
    }
  }
}
