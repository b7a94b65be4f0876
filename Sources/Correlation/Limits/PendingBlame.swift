import TCPModel

/// Time of which it is known whose it was as far as the other end goes, and not yet what held this end
/// back meanwhile.
struct PendingBlame: BitwiseCopyable {
  var sinceSent = Sums()
  /// Since everything this end sent was acknowledged.
  var sinceDone = Sums()
  /// Booked as the network's, and its own host's as is known now.
  var movedToHost: Nanoseconds = 0
  /// Booked as the other end's host's, and the network's as is known now.
  var movedFromPeer: Nanoseconds = 0
  /// Booked as the network's, and nobody's that is known.
  var movedToUnknown: Nanoseconds = 0

  struct Sums: BitwiseCopyable {
    var network: Nanoseconds = 0
    var unknown: Nanoseconds = 0
    // Silence, by the end that broke it.
    var low: Nanoseconds = 0
    var high: Nanoseconds = 0

    @inline(__always)
    var isEmpty: Bool { network | unknown | low | high == 0 }
  }
}

extension PendingBlame.Sums {
  mutating func add(_ more: PendingBlame.Sums) {
    network &+= more.network
    unknown &+= more.unknown
    low &+= more.low
    high &+= more.high
  }
}
