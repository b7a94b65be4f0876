/// The control bits of a TCP header (RFC 9293 3.1; AE: RFC 9768).
public struct TCPFlags: OptionSet, BitwiseCopyable, Sendable, Hashable {
  public let rawValue: UInt16

  @inlinable
  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  @inlinable public static var fin: TCPFlags { TCPFlags(rawValue: 0x001) }
  @inlinable public static var syn: TCPFlags { TCPFlags(rawValue: 0x002) }
  @inlinable public static var rst: TCPFlags { TCPFlags(rawValue: 0x004) }
  @inlinable public static var psh: TCPFlags { TCPFlags(rawValue: 0x008) }
  @inlinable public static var ack: TCPFlags { TCPFlags(rawValue: 0x010) }
  @inlinable public static var urg: TCPFlags { TCPFlags(rawValue: 0x020) }
  @inlinable public static var ece: TCPFlags { TCPFlags(rawValue: 0x040) }
  @inlinable public static var cwr: TCPFlags { TCPFlags(rawValue: 0x080) }
  @inlinable public static var ae: TCPFlags { TCPFlags(rawValue: 0x100) }

  // Sets as constants: an array literal of flags from another module allocates, 300 ns each time.

  /// SYN, FIN and RST: what opens and ends a connection.
  @inlinable public static var control: TCPFlags { TCPFlags(rawValue: 0x007) }
  @inlinable public static var controlACK: TCPFlags { TCPFlags(rawValue: 0x017) }
  /// SYN and FIN: they take one sequence number each (RFC 9293 3.4).
  @inlinable public static var numbered: TCPFlags { TCPFlags(rawValue: 0x003) }
  @inlinable public static var synACK: TCPFlags { TCPFlags(rawValue: 0x012) }

  /// Names in the order people say them: `SYN, ACK`, `FIN, PSH, ACK`.
  public var names: [String] {
    var names: [String] = []
    if contains(.syn) { names.append("SYN") }
    if contains(.fin) { names.append("FIN") }
    if contains(.rst) { names.append("RST") }
    if contains(.psh) { names.append("PSH") }
    if contains(.ack) { names.append("ACK") }
    if contains(.urg) { names.append("URG") }
    if contains(.ece) { names.append("ECE") }
    if contains(.cwr) { names.append("CWR") }
    if contains(.ae) { names.append("AE") }
    return names
  }
}
