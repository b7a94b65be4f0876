/// What a server's address and port are known by in tables with few places.
public struct ServerTag: BitwiseCopyable, Sendable, Hashable {
  /// How many places a table has.
  @inlinable public static var places: Int { 1 << 14 }

  /// Never 0.
  public let value: UInt64

  @inlinable @inline(__always)
  public init(_ endpoint: Endpoint) {
    var hash = endpoint.address.lower ^ endpoint.address.upper &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ hash >> 32 ^ UInt64(endpoint.port) << 48) &* 0xD6E8_FEB8_6659_FD93
    value = (hash ^ hash >> 29) &* 0xBF58_476D_1CE4_E5B9 | 1
  }

  /// Of the end that a SYN went to or a SYN/ACK came from.
  @inlinable @inline(__always)
  public init(shownBy flags: TCPFlags, of key: FlowKey, from sender: End) {
    let isServerLow = flags.contains(.ack) == (sender == .low)
    self.init(isServerLow ? key.low : key.high)
  }

  @inlinable @inline(__always)
  public var place: Int { Int(truncatingIfNeeded: value >> 50) }
}
