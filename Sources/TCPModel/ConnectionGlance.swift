/// What a connection amounts to, in two bytes: of millions, only those that are not as usual have to
/// be described in full.
public struct ConnectionGlance: BitwiseCopyable, Sendable, Hashable {
  private let bits: UInt16

  /// - Parameters:
  ///   - isPlain: Nothing went wrong and nobody waited for a second.
  ///   - isUnremarkable: No finding can come of it.
  public init(
    _ outcome: Outcome, completeness: UInt8, duration: Nanoseconds, isPlain: Bool,
    isUnremarkable: Bool
  ) {
    bits =
      UInt16(outcome.place) | UInt16(completeness & 63) << 3
      | UInt16(ConnectionGlance.durationStep(duration)) << 9
      | (isPlain ? 1 << 12 : 0) | (isUnremarkable ? 1 << 13 : 0)
  }

  public var outcome: Outcome { Outcome(place: Int(bits & 7)) }
  /// Wireshark's conversation completeness.
  public var completeness: Int { Int(bits >> 3 & 63) }
  /// The index in `durationSteps` of the first one above its duration.
  public var durationStep: Int { Int(bits >> 9 & 7) }
  public var isPlain: Bool { bits & 1 << 12 != 0 }
  public var isUnremarkable: Bool { bits & 1 << 13 != 0 }

  public static let durationSteps: [Nanoseconds] = [
    1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 60_000_000_000,
  ]

  public static func durationStep(_ duration: Nanoseconds) -> Int {
    switch duration {
    case ..<1_000_000: 0
    case ..<10_000_000: 1
    case ..<100_000_000: 2
    case ..<1_000_000_000: 3
    case ..<10_000_000_000: 4
    case ..<60_000_000_000: 5
    default: 6
    }
  }
}

extension Outcome {
  /// Its place in `allCases`.
  public var place: Int {
    switch self {
    case .closed: 0
    case .reset: 1
    case .refused: 2
    case .unanswered: 3
    case .halfOpen: 4
    case .halfClosed: 5
    case .open: 6
    }
  }

  init(place: Int) {
    self =
      switch place {
      case 0: .closed
      case 1: .reset
      case 2: .refused
      case 3: .unanswered
      case 4: .halfOpen
      case 5: .halfClosed
      default: .open
      }
  }
}
