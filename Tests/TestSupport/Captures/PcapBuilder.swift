/// A pcap file in memory.
public struct PcapBuilder {
  public var bytes: Bytes
  private let recordHeader: Int

  public init(
    magic: Int = 0xA1B2_C3D4, isBig: Bool = false, minorVersion: Int = 4, linkType: Int = 1,
    snapLength: Int = 262_144
  ) {
    bytes = Bytes(isBig: isBig)
    recordHeader = magic == 0xA1B2_CD34 ? 24 : 16
    bytes.u32(magic)
    bytes.u16(2)
    bytes.u16(minorVersion)
    bytes.u64(0)
    bytes.u32(snapLength)
    bytes.u32(linkType)
  }

  public mutating func add(
    _ frame: [UInt8], seconds: Int = 1_700_000_000, fraction: Int = 0, captured: Int? = nil,
    original: Int? = nil
  ) {
    bytes.u32(seconds)
    bytes.u32(fraction)
    bytes.u32(captured ?? frame.count)
    bytes.u32(original ?? frame.count)
    if recordHeader == 24 { bytes.raw([0, 0, 0, 1, 8, 0, 0, 0]) }
    bytes.raw(frame)
  }

  public var file: [UInt8] { bytes.content }
}
