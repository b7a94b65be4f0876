/// A TCP sequence number: a position on a circle of 2^32 (RFC 9293 3.4).
///
/// It is not `Comparable`: "before" has a meaning between two numbers less than 2^31 apart only.
public struct SequenceNumber: BitwiseCopyable, Sendable, Hashable {
  public var rawValue: UInt32

  @inlinable
  public init(_ rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Steps from this number to `other`, negative when `other` lies behind.
  @inlinable
  public func distance(to other: SequenceNumber) -> Int32 {
    Int32(bitPattern: other.rawValue &- rawValue)
  }

  @inlinable
  public func isBefore(_ other: SequenceNumber) -> Bool {
    distance(to: other) > 0
  }

  @inlinable
  public func isAtOrBefore(_ other: SequenceNumber) -> Bool {
    distance(to: other) >= 0
  }

  @inlinable
  public static func + (number: SequenceNumber, count: UInt32) -> SequenceNumber {
    SequenceNumber(number.rawValue &+ count)
  }

  @inlinable
  public static func - (number: SequenceNumber, count: UInt32) -> SequenceNumber {
    SequenceNumber(number.rawValue &- count)
  }
}
