import Support
import TCPModel

/// A TCP segment in its headers; a test names only the fields that matter to it.
public struct PacketBuilder {
  public var source: String
  public var destination: String
  public var sourcePort: Int
  public var destinationPort: Int
  public var sequence: Int
  public var acknowledgment: Int
  public var flags: TCPFlags
  public var window: Int
  public var urgentPointer: Int
  /// Padded to 4 bytes.
  public var options: [UInt8]
  /// Words; nil is what fits the options.
  public var dataOffset: Int?
  public var payload: [UInt8]

  public var ipOptions: [UInt8]
  /// IPv4 total length or IPv6 payload length; nil is the true one.
  public var ipLength: Int?
  public var fragmentField: Int
  public var identification: Int
  public var transport: Int
  public var ttl: Int
  public var ecn: Int

  public init(
    source: String = "10.0.0.1", destination: String = "10.0.0.2", sourcePort: Int = 40_000,
    destinationPort: Int = 80, sequence: Int = 1, acknowledgment: Int = 0, flags: TCPFlags = .syn,
    window: Int = 64_240, urgentPointer: Int = 0, options: [UInt8] = [], dataOffset: Int? = nil,
    payload: [UInt8] = [], ipOptions: [UInt8] = [], ipLength: Int? = nil, fragmentField: Int = 0,
    identification: Int = 0x1234, transport: Int = 6, ttl: Int = 64, ecn: Int = 0
  ) {
    self.source = source
    self.destination = destination
    self.sourcePort = sourcePort
    self.destinationPort = destinationPort
    self.sequence = sequence
    self.acknowledgment = acknowledgment
    self.flags = flags
    self.window = window
    self.urgentPointer = urgentPointer
    self.options = options
    self.dataOffset = dataOffset
    self.payload = payload
    self.ipOptions = ipOptions
    self.ipLength = ipLength
    self.fragmentField = fragmentField
    self.identification = identification
    self.transport = transport
    self.ttl = ttl
    self.ecn = ecn
  }

  public var tcp: [UInt8] {
    var bytes = Bytes()
    var list = options
    while list.count % 4 != 0 { list.append(0) }
    bytes.u16(sourcePort)
    bytes.u16(destinationPort)
    bytes.u32(sequence)
    bytes.u32(acknowledgment)
    bytes.u16((dataOffset ?? 5 + list.count / 4) << 12 | Int(flags.rawValue))
    bytes.u16(window)
    bytes.u16(0)
    bytes.u16(urgentPointer)
    bytes.raw(list)
    bytes.raw(payload)
    return bytes.content
  }

  public var ipv4: [UInt8] { ipv4(carrying: tcp) }

  public func ipv4(carrying payload: [UInt8]) -> [UInt8] {
    var bytes = Bytes()
    let header = 20 + ipOptions.count
    bytes.u8(0x40 | header / 4)
    bytes.u8(ecn)
    bytes.u16(ipLength ?? header + payload.count)
    bytes.u16(identification)
    bytes.u16(fragmentField)
    bytes.u8(ttl)
    bytes.u8(transport)
    bytes.u16(0)
    bytes.u32(Int(IPAddress(source)?.lower ?? 0))
    bytes.u32(Int(IPAddress(destination)?.lower ?? 0))
    bytes.raw(ipOptions)
    bytes.raw(payload)
    return bytes.content
  }

  /// `extensions` lie between the fixed header, whose next header is `nextHeader`, and TCP.
  public func ipv6(nextHeader: Int = 6, extensions: [UInt8] = []) -> [UInt8] {
    var bytes = Bytes()
    let body = extensions + tcp
    bytes.u32(6 << 28 | ecn << 20)
    bytes.u16(ipLength ?? body.count)
    bytes.u8(nextHeader)
    bytes.u8(ttl)
    for text in [source, destination] {
      let address = IPAddress(text) ?? IPAddress(ipv6: 0, 1)
      bytes.integer(address.upper)
      bytes.integer(address.lower)
    }
    bytes.raw(body)
    return bytes.content
  }

  public var ethernet: [UInt8] { PacketBuilder.ethernet(0x0800, ipv4) }

  public static func ethernet(_ type: Int, _ payload: [UInt8]) -> [UInt8] {
    var bytes = Bytes()
    bytes.raw([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1])
    bytes.u16(type)
    bytes.raw(payload)
    return bytes.content
  }
}
