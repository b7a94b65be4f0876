/// Which flows one of several threads or programs has: every flow is one's alone.
public struct FlowShare: BitwiseCopyable, Hashable, Sendable {
  /// Of this one among all, from 0.
  public let number: Int
  public let count: Int

  public init(number: Int, of count: Int) {
    self.number = number
    self.count = count
  }

  @inlinable @inline(__always)
  public func has(_ key: FlowKey) -> Bool {
    count == 1 || FlowShare.number(of: key, among: count) == number
  }

  /// The number of the share that has a flow.
  @inlinable @inline(__always)
  public static func number(of key: FlowKey, among count: Int) -> Int {
    let ports = UInt64(key.low.port) << 16 | UInt64(key.high.port)
    let low = key.low.address.lower &* 0xBF58_476D_1CE4_E5B9
    let mixed = (low &+ key.high.address.lower ^ ports) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: ((mixed >> 32) &* UInt64(count)) >> 32)
  }
}
