import Correlation
import Paths
import Support
import TCPModel

/// The connections as the last point's capture alone shows them: of what is sent at that end it knows more
/// than the first point's, which tells all the rest.
final class FarEnd {
  private var correlator: Correlator
  /// By the first frame.
  private var numbers = FrameNumbers(0) { _ in nil }
  private let measuresTransfers: Bool
  /// Rows are written by several threads, and to describe a connection takes the correlator's memory.
  private let turn = Monitor()

  /// - Parameter measuresTransfers: Whether it is found out what limited the transfers.
  init(measuresTransfers: Bool, mostConnections: Int?) {
    self.measuresTransfers = measuresTransfers
    correlator = Correlator(
      listLimit: 0, measuresTransfers: measuresTransfers, mostConnections: mostConnections)
  }

  func take(_ segments: Span<Segment>) { correlator.ingest(segments) }

  /// Nothing follows.
  func finish() {
    correlator.finish()
    let indices = correlator.indices
    numbers = FrameNumbers(indices.count) {
      (correlator.beginning(at: indices[$0]), Int32(truncatingIfNeeded: indices[$0]))
    }
  }

  /// Whether no finding can come of what the last point shows of a connection.
  func isUnremarkable(from place: FramePlace) -> Bool {
    guard let number = numbers[place].map(Int.init) else { return false }
    turn.lock()
    defer { turn.unlock() }
    return correlator.glance(at: number).isUnremarkable
  }

  /// What the capture at the far end knows better: what its own host sent again, and what held that back.
  ///
  /// - Parameters:
  ///   - connection: As the first point tells it.
  ///   - there: The names it has at the last point.
  func complete(_ connection: inout ConnectionSummary, _ there: FarNames) {
    guard let path = connection.path, let number = numbers[there.first].map(Int.init) else {
      return
    }
    let side = path.nearSide.peer
    turn.lock()
    defer { turn.unlock() }
    if !measuresTransfers, correlator.glance(at: number).isPlain {
      let far = correlator.opening(at: number)
      guard far.client == there.client, far.server == there.server else { return }
      connection.traffic[side].retransmittedSegments = 0
      connection.traffic[side].retransmittedBytes = 0
      return
    }
    let far = correlator.summary(at: number)
    guard far.client == there.client, far.server == there.server else { return }
    connection.traffic[side].retransmittedSegments = far.traffic[side].retransmittedSegments
    connection.traffic[side].retransmittedBytes = far.traffic[side].retransmittedBytes
    if side == .server { connection.takeAnswer(of: far) }
    connection.limits[path.nearSide]?.knowBothEnds()
    guard var limits = far.limits[side], limits.basis == .sender else { return }
    limits.knowBothEnds()
    var late: Nanoseconds = 0
    if let near = connection.limits[side] {
      if near.basis == .receiver { late = limits.takeDelays(of: near) }
      limits.takeFrames(of: near)
    }
    connection.limits[side] = limits
    if let blame = connection.blame, let other = far.blame, other.unknown < blame.unknown {
      connection.blame = other.lasting(connection.duration).giving(late, to: side.peer)
    }
  }
}

/// What a connection is called at the last point, and where it is captured there.
struct FarNames {
  var client: Endpoint
  var server: Endpoint
  var first: FramePlace
  var last: FramePlace

  /// nil where the last point did not see it.
  init?(_ connection: ConnectionSummary, lastPoint: Int) {
    guard let path = connection.path, let far = path.points.last, far.point == lastPoint else {
      return nil
    }
    let rewritten = path.rewritten
    let isFarServer = path.nearSide == .client
    func there<Value>(_ rewrite: Rewrite<Value>?, _ value: Value) -> Value {
      rewrite.map { isFarServer ? $0.atServer : $0.atClient } ?? value
    }
    client = Endpoint(
      address: there(rewritten.clientAddress, connection.client.address),
      port: there(rewritten.clientPort, connection.client.port))
    server = Endpoint(
      address: there(rewritten.serverAddress, connection.server.address),
      port: there(rewritten.serverPort, connection.server.port))
    first = far.first
    last = far.last
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

  /// That an acknowledgment stood at the receiver only a capture there shows; at the sender it looks as if the
  /// congestion window had been full meanwhile.
  ///
  /// - Returns: For how long.
  fileprivate mutating func takeDelays(of near: TransferLimits) -> Nanoseconds {
    let late = max(
      0, min(near.times[.delayedACK] &- times[.delayedACK], times[.congestionWindow]))
    times[.congestionWindow] &-= late
    times[.delayedACK] &+= late
    return late
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

extension ConnectionSummary {
  /// Where the beginning of an answer was lost on its way, only the server's own capture shows how long the
  /// server took for it.
  fileprivate mutating func takeAnswer(of far: ConnectionSummary) {
    guard far.landmarks.longestAnswer > landmarks.longestAnswer, let wait = timings.longestWait,
      wait >= far.landmarks.longestAnswer, let request = landmarks.longestWait
    else { return }
    landmarks.longestAnswer = far.landmarks.longestAnswer
    landmarks.longestAnswered = request
  }
}

extension Blame {
  /// So much of the network's time was that side's.
  fileprivate func giving(_ time: Nanoseconds, to side: Side) -> Blame {
    var blame = self
    let time = min(time, network)
    blame.network &-= time
    if side == .client { blame.client &+= time } else { blame.server &+= time }
    return blame
  }

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
