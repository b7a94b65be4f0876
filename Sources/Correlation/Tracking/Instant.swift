import TCPModel

/// A point in a connection's life.
struct Instant: BitwiseCopyable, Equatable {
  /// Since the connection's first segment.
  var at: Nanoseconds
  /// Frames count from 1.
  var frame: Int64

  /// Of what did not happen, or is not known.
  static let none = Instant(at: 0, frame: 0)

  var isSet: Bool { frame != 0 }

  /// By time first: frames of several merged captures have no common order.
  func isBefore(_ other: Instant) -> Bool {
    at != other.at ? at < other.at : frame < other.frame
  }
}
