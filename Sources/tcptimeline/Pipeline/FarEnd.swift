import Correlation
import TCPModel

/// The connections as the last point's capture alone shows them: of what is sent at that end it knows more
/// than the first point's, which tells all the rest.
final class FarEnd {
  private var correlator: Correlator
  /// By the first frame.
  private var numbers: [FramePlace: Int] = [:]

  /// - Parameter measuresTransfers: Whether it is found out what limited the transfers.
  init(measuresTransfers: Bool, mostConnections: Int?) {
    correlator = Correlator(
      listLimit: 0, measuresTransfers: measuresTransfers, mostConnections: mostConnections)
  }

  func take(_ segments: Span<Segment>) { correlator.ingest(segments) }

  /// Nothing follows.
  func finish() {
    correlator.finish()
    for index in correlator.indices {
      numbers[FramePlace(beginning: correlator.summary(at: index))] = index
    }
  }

  /// What the capture at the far end knows better: what its own host sent again, and what held that back.
  ///
  /// - Parameters:
  ///   - connection: As the first point tells it.
  ///   - there: The same, under the names it has at the last point.
  func complete(_ connection: inout ConnectionSummary, _ there: ConnectionSummary) {
    let place = FramePlace(beginning: there)
    guard let path = connection.path, let number = numbers[place] else { return }
    let far = correlator.summary(at: number)
    guard far.client == there.client, far.server == there.server else { return }
    let side = path.nearSide.peer
    connection.traffic[side].retransmittedSegments = far.traffic[side].retransmittedSegments
    connection.traffic[side].retransmittedBytes = far.traffic[side].retransmittedBytes
    connection.limits[path.nearSide]?.knowBothEnds()
    guard var limits = far.limits[side], limits.basis == .sender else { return }
    limits.knowBothEnds()
    if let near = connection.limits[side] { limits.takeFrames(of: near) }
    connection.limits[side] = limits
    if let blame = connection.blame, let other = far.blame, other.unknown < blame.unknown {
      connection.blame = other.lasting(connection.duration)
    }
  }
}

extension FramePlace {
  /// Where a connection begins.
  init(beginning connection: ConnectionSummary) {
    self.init(
      capture: UInt16(truncatingIfNeeded: connection.capture), frame: connection.firstFrame)
  }
}

extension TransferLimits {
  /// What a capture at the sender tells, and the other one does not contradict.
  fileprivate mutating func knowBothEnds() {
    if basis == .sender { basis = .bothEnds }
  }

  /// A finding names frames of the capture that tells the connection.
  fileprivate mutating func takeFrames(of near: TransferLimits) {
    highRoundTripFrame = near.highRoundTripFrame
    delayedFrame = near.delayedFrame
    longestOfSender = near.longestOfSender
    longestOfReceiver = near.longestOfReceiver
    longestOfPath = near.longestOfPath
    longestOfProgram = near.longestOfProgram
  }
}

extension Blame {
  /// The same of a connection that lasted a little longer or shorter at another point: the way of its first
  /// and last segments.
  fileprivate func lasting(_ duration: Nanoseconds) -> Blame {
    var blame = self
    var rest = duration &- total
    for party in [Party.network, .unknown, .server, .client] where rest != 0 {
      let change = max(rest, -blame[party])
      blame[party] &+= change
      rest &-= change
    }
    return blame
  }
}
