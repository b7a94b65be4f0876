import TCPModel

/// What a sender knows of its round trip (RFC 6298), and how it spreads.
struct RoundTripEstimate: BitwiseCopyable {
  private(set) var least = Nanoseconds.max
  private(set) var smoothed: Nanoseconds = 0
  private var variance: Nanoseconds = 0
  private(set) var samples: UInt32 = 0
  private(set) var sum: Nanoseconds = 0
  /// Time under load, and what of it had a queue of 100 ms and twice the least round trip.
  private var loaded: Nanoseconds = 0
  private var slow: Nanoseconds = 0
  private var slowSamples: UInt32 = 0
  private(set) var most: Nanoseconds = 0
  private(set) var mostFrame: Int64 = 0

  /// A shorter wait than this is no one's trouble.
  private static let noticeable: Nanoseconds = 100_000_000
  private static let longest: Nanoseconds = 3_600_000_000_000
  /// Linux's least (TCP_RTO_MIN); RFC 6298 2.4 says a second.
  private static let leastVariance: Nanoseconds = 200_000_000

  var isKnown: Bool { samples > 0 }

  /// - Parameters:
  ///   - time: How long it stands for; 0 where little was under way, when it tells of no queue.
  mutating func add(_ sample: Nanoseconds, frame: Int64, time: Nanoseconds) {
    // A clock that jumps is no round trip.
    guard sample >= 0, sample < RoundTripEstimate.longest else { return }
    if samples == 0 {
      smoothed = sample
      variance = sample / 2
    } else {
      variance = (3 &* variance &+ abs(smoothed &- sample)) / 4
      smoothed = (7 &* smoothed &+ sample) / 8
    }
    least = min(least, max(1, sample))
    samples &+= 1
    sum &+= sample
    if sample > most {
      most = sample
      mostFrame = frame
    }
    let queue = sample &- least
    loaded &+= time
    if time > 0, queue >= RoundTripEstimate.noticeable, queue >= 2 &* least {
      slow &+= time
      slowSamples &+= 1
    }
  }

  /// What the retransmission timer is set to.
  var timeout: Nanoseconds {
    smoothed &+ max(4 &* variance, RoundTripEstimate.leastVariance)
  }

  /// How far round trips are apart, as the timer takes it.
  var spread: Nanoseconds { 4 &* variance }

  /// So late an answer still counts as at once.
  var atOnce: Nanoseconds { min(max(smoothed / 20, 1_000_000), 3_000_000) }

  var mean: Nanoseconds? { samples == 0 ? nil : sum / Nanoseconds(samples) }

  /// The 95th percentile under load lies beyond what is noticeable, and not in a single spike.
  var hasBufferbloat: Bool {
    isKnown && slowSamples >= 2 && slow >= 3 &* least && slow >= loaded / 20
  }
}
