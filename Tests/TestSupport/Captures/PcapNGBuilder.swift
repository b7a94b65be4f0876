/// A pcapng file in memory, block by block.
public struct PcapNGBuilder {
  public var bytes: Bytes

  /// Begins with a section header.
  public init(isBig: Bool = false) {
    bytes = Bytes(isBig: isBig)
    addSection(isBig: isBig)
  }

  /// A block of any type; the body is padded to 4 bytes.
  public mutating func addBlock(_ type: Int, length: Int? = nil, _ body: (inout Bytes) -> Void) {
    var content = Bytes(isBig: bytes.isBig)
    body(&content)
    content.pad(to: 4)
    bytes.u32(type)
    bytes.u32(length ?? content.content.count + 12)
    bytes.raw(content.content)
    bytes.u32(length ?? content.content.count + 12)
  }

  public mutating func addSection(
    isBig: Bool = false, mark: Int = 0x1A2B_3C4D, major: Int = 1, options: [(Int, [UInt8])] = []
  ) {
    bytes.isBig = isBig
    addBlock(0x0A0D_0D0A) { body in
      body.u32(mark)
      body.u16(major)
      body.u16(0)
      body.u64(-1)
      body.options(options)
    }
  }

  public mutating func addInterface(
    linkType: Int = 1, snapLength: Int = 0, options: [(Int, [UInt8])] = []
  ) {
    addBlock(1) { body in
      body.u16(linkType)
      body.u16(0)
      body.u32(snapLength)
      body.options(options)
    }
  }

  public mutating func addPacket(
    _ frame: [UInt8], interface: Int = 0, time: Int = 1_700_000_000_000_000,
    captured: Int? = nil, original: Int? = nil, options: [(Int, [UInt8])] = []
  ) {
    addBlock(6) { body in
      body.u32(interface)
      body.u32(time >> 32)
      body.u32(time)
      body.u32(captured ?? frame.count)
      body.u32(original ?? frame.count)
      body.raw(frame)
      body.pad(to: 4)
      body.options(options)
    }
  }

  public mutating func addObsoletePacket(
    _ frame: [UInt8], interface: Int = 0, drops: Int = 0xFFFF, time: Int = 1_700_000_000_000_000
  ) {
    addBlock(2) { body in
      body.u16(interface)
      body.u16(drops)
      body.u32(time >> 32)
      body.u32(time)
      body.u32(frame.count)
      body.u32(frame.count)
      body.raw(frame)
    }
  }

  public mutating func addSimplePacket(_ frame: [UInt8], original: Int? = nil) {
    addBlock(3) { body in
      body.u32(original ?? frame.count)
      body.raw(frame)
    }
  }

  public mutating func addStatistics(interface: Int = 0, options: [(Int, [UInt8])]) {
    addBlock(5) { body in
      body.u32(interface)
      body.u64(0)
      body.options(options)
    }
  }

  /// Eight bytes in the file's byte order, as a value of an option.
  public func u64(_ value: Int) -> [UInt8] {
    var value64 = Bytes(isBig: bytes.isBig)
    value64.u64(value)
    return value64.content
  }

  public var file: [UInt8] { bytes.content }
}
