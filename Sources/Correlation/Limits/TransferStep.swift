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
  /// From here to the sender and back; nil while no segment told it.
  var sender: Nanoseconds?
  /// From here to the receiver and back.
  var receiver: Nanoseconds?
  /// The receiver's segments were captured too.
  var seesBoth = true

  /// A capture on the sender's host sees an answer that soon.
  private static let near: Nanoseconds = 500_000

  /// What leaves the sender is seen at once, and what comes to it as well.
  var isAtSender: Bool {
    guard let sender else { return false }
    if sender <= CapturePlace.near { return receiver.map { $0 >= sender } ?? true }
    return receiver.map { $0 / 8 >= sender } ?? false
  }

  var isAtReceiver: Bool {
    guard let receiver, !isAtSender else { return false }
    if receiver <= CapturePlace.near { return true }
    return sender.map { $0 / 8 >= receiver } ?? false
  }

  var basis: TransferLimits.Basis {
    if !seesBoth { return .oneDirection }
    return isAtSender ? .sender : isAtReceiver ? .receiver : .middle
  }
}
