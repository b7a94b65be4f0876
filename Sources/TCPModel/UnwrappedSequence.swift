/// Sequence numbers relative to the SYN, counted on beyond 2^32.
public struct UnwrappedSequence: BitwiseCopyable, Sendable {
  @usableFromInline
  var last: Int64?

  @inlinable
  public init() {}

  @inlinable
  public mutating func place(_ number: SequenceNumber, base: SequenceNumber) -> Int64 {
    let place = look(at: number, base: base)
    note(place)
    return place
  }

  /// Where a number lies, without counting on from it.
  @inlinable
  public func look(at number: SequenceNumber, base: SequenceNumber) -> Int64 {
    let relative = number.rawValue &- base.rawValue
    guard let last else { return Int64(Int32(bitPattern: relative)) }
    return last + Int64(Int32(bitPattern: relative &- UInt32(truncatingIfNeeded: last)))
  }

  /// Counts on from a place that is known.
  @inlinable
  public mutating func note(_ place: Int64) {
    last = max(last ?? place, place)
  }
}
