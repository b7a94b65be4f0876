/// The control bits of a TCP header (RFC 9293 3.1; AE: RFC 9768).
public struct TCPFlags: OptionSet, BitwiseCopyable, Sendable, Hashable {
  public let rawValue: UInt16

  @inlinable
  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  public static let fin = TCPFlags(rawValue: 0x001)
  public static let syn = TCPFlags(rawValue: 0x002)
  public static let rst = TCPFlags(rawValue: 0x004)
  public static let psh = TCPFlags(rawValue: 0x008)
  public static let ack = TCPFlags(rawValue: 0x010)
  public static let urg = TCPFlags(rawValue: 0x020)
  public static let ece = TCPFlags(rawValue: 0x040)
  public static let cwr = TCPFlags(rawValue: 0x080)
  public static let ae = TCPFlags(rawValue: 0x100)

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
