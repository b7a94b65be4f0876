/// A length of time, in nanoseconds. Every duration in the project has this unit.
public typealias Nanoseconds = Int64

/// An instant: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
///
/// 64 bits reach from 1677 to 2262; readers clamp what lies outside.
public struct Timestamp: BitwiseCopyable, Sendable, Hashable, Comparable {
  public var nanoseconds: Int64

  @inlinable
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  @inlinable
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The nanoseconds from `earlier` to this instant, clamped to what 64 bits hold.
  @inlinable
  public func since(_ earlier: Timestamp) -> Nanoseconds {
    let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
    return overflow ? (nanoseconds < earlier.nanoseconds ? .min : .max) : difference
  }

  @inlinable
  public func advanced(by duration: Nanoseconds) -> Timestamp {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(duration)
    return Timestamp(nanoseconds: overflow ? (duration < 0 ? .min : .max) : sum)
  }
}
