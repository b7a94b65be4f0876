import Foundation

/// A generator whose numbers follow from its seed (SplitMix64), the same on every machine, so that a
/// failure can be repeated.
public struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) {
    state = seed
  }

  /// Another seed in each run, which every failure prints; `TCPTIMELINE_SEED` repeats a run.
  public static let seed =
    ProcessInfo.processInfo.environment["TCPTIMELINE_SEED"].flatMap { UInt64($0) }
    ?? UInt64.random(in: 0...UInt64.max)

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  /// True once in `count` times.
  public mutating func once(in count: Int) -> Bool {
    Int.random(in: 0..<count, using: &self) == 0
  }

  public mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &self)
  }

  /// One of a list that is not empty.
  public mutating func pick<Element>(_ list: some Collection<Element>) -> Element {
    list[list.index(list.startIndex, offsetBy: .random(in: 0..<list.count, using: &self))]
  }

  public mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
    (0..<number(count)).map { _ in UInt8.random(in: 0...255, using: &self) }
  }
}
