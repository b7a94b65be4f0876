import TCPModel

/// What the limits need to know of one segment: how it lies in time and in its sequence space.
struct TransferStep: BitwiseCopyable {
  /// Since the connection's first segment; never before an earlier one.
  var at: Nanoseconds
  var frame: Int64
  var sequence: SequenceNumber
  var acknowledgment: SequenceNumber
  var payload: UInt32
  /// Payload, and one for a FIN.
  var length: UInt32
  var flags: TCPFlags
  /// Scaled as far as the scale is known.
  var window: UInt32
  var isWindowKnown: Bool
  /// Bytes the SACK blocks beyond the acknowledgment report.
  var sackedBytes: UInt32 = 0
  var hasTimestamps: Bool
  var timestamp: UInt32
  var echo: UInt32
  var identification: UInt16
  var headers: UInt32
  var kind = Kind.new

  enum Kind: UInt8, BitwiseCopyable {
    /// At the end of everything sent, or beyond it.
    case new
    /// Sent before, or lost before it came here.
    case repeated
    /// Late, a copy of a frame, a probe: it says nothing of when its sender could send.
    case passedOver
    /// Whether it was sent again or came late, nothing says.
    case doubtful
  }

  var end: SequenceNumber { sequence + length }
  var isPure: Bool { length == 0 }
}

/// How far the capture point is from both ends, as far as that is known.
struct CapturePlace: BitwiseCopyable {
  private static let unknown = Nanoseconds.max
  private var senderTrip = CapturePlace.unknown
  private var receiverTrip = CapturePlace.unknown
  /// The least time from an acknowledgment to data whose sender had heard of it; `.max` while unknown.
  private(set) var echoTrip = CapturePlace.unknown
  /// The receiver's segments were captured too.
  private(set) var seesBoth = true
  /// What leaves the sender is seen at once, and what comes to it as well.
  private(set) var isAtSender = false
  private(set) var isAtReceiver = false
  /// As a sender at rest would take it, time under way included.
  private(set) var senderDistance: Nanoseconds = 0

  /// A capture on the sender's host sees an answer that soon.
  private static let near: Nanoseconds = 500_000

  /// From here to the sender and back; nil while no segment told it.
  var sender: Nanoseconds? { senderTrip == CapturePlace.unknown ? nil : senderTrip }
  /// From here to the receiver and back.
  var receiver: Nanoseconds? { receiverTrip == CapturePlace.unknown ? nil : receiverTrip }

  /// - Parameters:
  ///   - sender: The least time to the sender and back; `.max` while unknown.
  ///   - receiver: The same to the receiver.
  @inline(__always)
  mutating func update(sender: Nanoseconds, receiver: Nanoseconds, seesBoth: Bool) {
    if sender == senderTrip, receiver == receiverTrip, seesBoth == self.seesBoth { return }
    senderTrip = sender
    receiverTrip = receiver
    self.seesBoth = seesBoth
    judge()
  }

  /// The sender had heard of what was captured so long ago. That corrects a trip that is known, as of an
  /// opening that took longer; alone it may be any pause of the sender.
  @inline(__always)
  mutating func learn(echo trip: Nanoseconds) {
    guard trip >= 0, trip < echoTrip else { return }
    echoTrip = trip
    if trip < senderTrip, senderTrip != CapturePlace.unknown {
      senderTrip = trip
      judge()
    }
  }

  private mutating func judge() {
    isAtSender = isOnHost(sender, of: receiver)
    isAtReceiver = !isAtSender && isOnHost(receiver, of: sender, onlyIfNearer: false)
    senderDistance = isAtSender ? 0 : sender ?? 0
  }

  private func isOnHost(
    _ near: Nanoseconds?, of far: Nanoseconds?, onlyIfNearer: Bool = true
  ) -> Bool {
    guard let near else { return false }
    if near <= CapturePlace.near { return !onlyIfNearer || far.map { $0 >= near } ?? true }
    return far.map { $0 / 8 >= near } ?? false
  }

  var basis: TransferLimits.Basis {
    if !seesBoth { return .oneDirection }
    return isAtSender ? .sender : isAtReceiver ? .receiver : .middle
  }
}
