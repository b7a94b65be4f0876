import Paths
import TCPModel

/// Tells the far end's states by its own capture: of what was lost on the way to it the near one knows nothing,
/// and of what it sent in vain neither.
struct FarStates {
  private let start: Nanoseconds
  /// By frame of the far end's capture, one of each of its files: when it was there, and its frame at the near one.
  private var seen: [Int64: [(at: Nanoseconds, near: Int64?)]] = [:]
  /// Frames of the near end that never arrived.
  private var lost: Set<Int64> = []

  /// - Parameter isFar: Whether a frame is one of the far end's captures.
  init(_ way: PathFlights, start: Timestamp, isFar: (FramePlace) -> Bool) {
    self.start = start.nanoseconds
    for flight in way.all {
      if isFar(flight.sent) {
        note(flight.sent, flight.sentAt, near: flight.arrived?.frame)
      } else if let arrived = flight.arrived {
        note(arrived, flight.arrivedAt, near: flight.sent.frame)
      } else {
        lost.insert(flight.sent.frame)
      }
    }
  }

  private mutating func note(_ place: FramePlace, _ time: Nanoseconds, near: Int64?) {
    seen[place.frame, default: []].append((time &- start, near))
  }

  /// - Parameters:
  ///   - far: As the far end's capture shows them, on the time of its first segment.
  ///   - shift: From the connection's first segment at the near end to that one.
  ///   - near: As they follow from the near end's capture. They stand where the far one began too late, or ended
  ///     too early, to know better.
  ///   - end: Until when the far end was captured.
  func states(
    _ far: [StateChange], movedBy shift: Nanoseconds, orElse near: [StateChange],
    seenUntil end: Nanoseconds
  ) -> [StateChange] {
    if let parting = zip(near, far).first(where: { $0.state != $1.state })?.0
      ?? near.dropFirst(far.count).first
    {
      guard let at = parting.at else { return near }
      let isLost = parting.frame.map(lost.contains) ?? false
      guard isLost || at <= end else { return near }
    }
    return far.map { change in
      var change = change
      change.at = change.at.map { $0 &+ shift }
      guard let frame = change.frame, let at = change.at else { return change }
      let place = seen[frame]?.min { ($0.at &- at).magnitude < ($1.at &- at).magnitude }
      change.frame = place.map { $0.near ?? frame }
      change.isSeenFarOnly = place != nil && place?.near == nil
      return change
    }
  }
}
