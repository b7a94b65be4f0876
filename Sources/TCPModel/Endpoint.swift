/// An IPv4 or IPv6 address, as two words in reading order.
public struct IPAddress: BitwiseCopyable, Sendable, Hashable {
  /// The upper 64 bits of an IPv6 address; 0 for IPv4.
  public var upper: UInt64
  /// The lower 64 bits of an IPv6 address; the 32 bits of an IPv4 address.
  public var lower: UInt64
  public var isIPv6: Bool

  @inlinable
  public init(ipv4: UInt32) {
    upper = 0
    lower = UInt64(ipv4)
    isIPv6 = false
  }

  @inlinable
  public init(ipv6 upper: UInt64, _ lower: UInt64) {
    self.upper = upper
    self.lower = lower
    isIPv6 = true
  }
}

/// An address and a port.
public struct Endpoint: BitwiseCopyable, Sendable, Hashable {
  public var address: IPAddress
  public var port: UInt16

  @inlinable
  public init(address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }
}

/// An endpoint of a flow by its place in the flow's key, whatever its role.
public enum End: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  case low
  case high

  @inlinable @inline(__always)
  public var other: End { self == .low ? .high : .low }

  /// For arrays that hold something for both ends. Not the raw value: the compiler does not know that
  /// it is in bounds, and copies whole elements around the check.
  @inlinable @inline(__always)
  public var index: Int { self == .low ? 0 : 1 }
}

/// The two endpoints of a flow in a canonical order, the same for both directions.
public struct FlowKey: BitwiseCopyable, Sendable, Hashable {
  public var low: Endpoint
  public var high: Endpoint

  /// The order is by address, then port.
  @inlinable
  public init(source: Endpoint, destination: Endpoint) {
    if FlowKey.isOrdered(source, destination) {
      low = source
      high = destination
    } else {
      low = destination
      high = source
    }
  }

  @inlinable
  public subscript(end: End) -> Endpoint { end == .low ? low : high }

  /// Where a flow's source goes.
  @inlinable
  public static func end(of source: Endpoint, to destination: Endpoint) -> End {
    isOrdered(source, destination) ? .low : .high
  }

  /// Which end the ports make the client: the one with the higher port, but a client of NFS has one of the
  /// ports that its host reserves for root. nil where both are one.
  @inlinable
  public var clientByPorts: End? {
    let (lowPort, highPort) = (low.port, high.port)
    if lowPort == highPort { return nil }
    let isLowClient = lowPort > highPort
    let isNFS =
      (isLowClient ? lowPort : highPort) == 2049 && min(lowPort, highPort) >= 512
      && min(lowPort, highPort) < 1024
    return isLowClient != isNFS ? .low : .high
  }

  @inlinable
  public static func isOrdered(_ left: Endpoint, _ right: Endpoint) -> Bool {
    if left.address.upper != right.address.upper {
      return left.address.upper < right.address.upper
    }
    if left.address.lower != right.address.lower {
      return left.address.lower < right.address.lower
    }
    return left.port <= right.port
  }
}

/// The two ends of a connection.
public enum Side: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  case client
  case server

  @inlinable
  public var peer: Side { self == .client ? .server : .client }

  public var name: String { self == .client ? "client" : "server" }
}

/// A value for each end of a connection.
public struct PerSide<Value> {
  public var client: Value
  public var server: Value

  @inlinable
  public init(client: Value, server: Value) {
    self.client = client
    self.server = server
  }

  @inlinable
  public init(both value: Value) {
    client = value
    server = value
  }

  @inlinable
  public subscript(side: Side) -> Value {
    get { side == .client ? client : server }
    // In place: a copy of a value that holds lists would copy them with every change.
    _modify {
      if side == .client { yield &client } else { yield &server }
    }
  }
}

extension PerSide: Sendable where Value: Sendable {}
extension PerSide: Equatable where Value: Equatable {}
extension PerSide: Hashable where Value: Hashable {}
extension PerSide: BitwiseCopyable where Value: BitwiseCopyable {}

extension IPAddress {
  public var isUnspecified: Bool { upper == 0 && lower == 0 }

  /// 127.0.0.0/8 or `::1`.
  public var isLoopback: Bool { isIPv6 ? upper == 0 && lower == 1 : lower >> 24 == 127 }

  /// IPv4 before IPv6, then by number.
  public func precedes(_ other: IPAddress) -> Bool {
    if isIPv6 != other.isIPv6 { return !isIPv6 }
    return (upper, lower) < (other.upper, other.lower)
  }
}

extension Endpoint {
  /// By address, then by port.
  public func precedes(_ other: Endpoint) -> Bool {
    address == other.address ? port < other.port : address.precedes(other.address)
  }
}
