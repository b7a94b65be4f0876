import TCPModel

/// Half-closed connections wait here until all have been seen: behind a translator of addresses the other leg may show
/// that the end which seems to keep its half open has closed it, and that nobody passed that on.
struct ClosesBehindTranslators {
  private struct Close {
    let leg: TranslatedLegs.Leg
    let connection: Int
    /// By a FIN or an RST; nil where that end did not.
    let frames: PerSide<Int64?>
  }

  /// Many connections must not cost memory.
  private static let limit = 1 << 14
  private static let mostWaiting = 256

  private var closes: [TranslatedLegs.Numbers: [Close]] = [:]
  private var count = 0
  private var waiting: [(sighting: Sighting, connection: ConnectionSummary)] = []

  /// A connection of which an end is known to have closed.
  mutating func note(_ connection: ConnectionSummary) {
    guard count < Self.limit, connection.handshake.isn.server != nil else { return }
    let frames = Self.closes(of: connection)
    guard frames.client != nil || frames.server != nil,
      let numbers = TranslatedLegs.Numbers(connection)
    else { return }
    count += 1
    closes[numbers, default: []].append(
      Close(leg: TranslatedLegs.Leg(connection), connection: connection.id, frames: frames))
  }

  private static func closes(of connection: ConnectionSummary) -> PerSide<Int64?> {
    func frame(_ place: Int) -> Int64? {
      let frame = connection.teardown.landmarks[place]
      return frame == 0 ? nil : frame
    }
    var frames = PerSide<Int64?>(both: nil)
    if let first = connection.teardown.initiator {
      frames[first] = frame(0)
      frames[first.peer] = frame(2)
    }
    if let by = connection.landmarks.resetBy, frames[by] == nil {
      frames[by] = connection.landmarks.reset
    }
    return frames
  }

  /// - Returns: Whether the sighting waits.
  mutating func keep(_ sighting: Sighting, _ connection: ConnectionSummary) -> Bool {
    guard waiting.count < Self.mostWaiting, TranslatedLegs.Numbers(connection) != nil else {
      return false
    }
    waiting.append((sighting, connection))
    return true
  }

  /// Those that waited, with what the other leg shows.
  var settled: [(sighting: Sighting, connection: ConnectionSummary)] {
    waiting.map { ($0.sighting.beside(close(of: $0.connection)), $0.connection) }
  }

  /// Where the end that kept its half open closed it.
  private func close(of connection: ConnectionSummary) -> Sighting.OtherLeg? {
    guard let numbers = TranslatedLegs.Numbers(connection), numbers.server != nil,
      let other = connection.teardown.initiator?.peer, connection.teardown.halfClosed == nil
    else { return nil }
    for close in closes[numbers] ?? [] where close.leg.isOther(than: connection) {
      if let frame = close.frames[other] {
        return Sighting.OtherLeg(connection: close.connection, frame: frame)
      }
    }
    return nil
  }
}

extension Sighting {
  fileprivate func beside(_ leg: OtherLeg?) -> Sighting {
    guard let leg else { return self }
    var sighting = telling(story + " translated")
    sighting.otherLeg = leg
    sighting.frames.append(leg.frame)
    return sighting
  }
}
