import Foundation
import Support
import TCPModel

@testable import TraceParsing

/// Bytes written field by field, for captures that no recording shows.
struct Bytes {
  var content: [UInt8] = []
  var isBig = true

  init(isBig: Bool = true) {
    self.isBig = isBig
  }

  mutating func raw(_ bytes: some Sequence<UInt8>) { content.append(contentsOf: bytes) }

  mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: isBig ? value.bigEndian : value.littleEndian) { raw($0) }
  }

  mutating func u8(_ value: Int) { integer(UInt8(truncatingIfNeeded: value)) }
  mutating func u16(_ value: Int) { integer(UInt16(truncatingIfNeeded: value)) }
  mutating func u32(_ value: Int) { integer(UInt32(truncatingIfNeeded: value)) }
  mutating func u64(_ value: Int) { integer(UInt64(truncatingIfNeeded: value)) }
  mutating func pad(to multiple: Int) {
    while content.count % multiple != 0 { content.append(0) }
  }
}

/// A TCP segment in its headers; a test names only the fields that matter to it.
struct PacketBuilder {
  var source = "10.0.0.1"
  var destination = "10.0.0.2"
  var sourcePort = 40_000
  var destinationPort = 80
  var sequence = 1
  var acknowledgment = 0
  var flags: TCPFlags = .syn
  var window = 64_240
  var urgentPointer = 0
  /// Padded to 4 bytes.
  var options: [UInt8] = []
  /// Words; nil is what fits the options.
  var dataOffset: Int?
  var payload: [UInt8] = []

  var ipOptions: [UInt8] = []
  /// IPv4 total length or IPv6 payload length; nil is the true one.
  var ipLength: Int?
  var fragmentField = 0
  var identification = 0x1234
  var transport = 6
  var ttl = 64
  var ecn = 0

  var tcp: [UInt8] {
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

  var ipv4: [UInt8] { ipv4(carrying: tcp) }

  func ipv4(carrying payload: [UInt8]) -> [UInt8] {
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
  func ipv6(nextHeader: Int = 6, extensions: [UInt8] = []) -> [UInt8] {
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

  var ethernet: [UInt8] { PacketBuilder.ethernet(0x0800, ipv4) }

  static func ethernet(_ type: Int, _ payload: [UInt8]) -> [UInt8] {
    var bytes = Bytes()
    bytes.raw([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1])
    bytes.u16(type)
    bytes.raw(payload)
    return bytes.content
  }
}

/// A pcap file in memory.
struct PcapBuilder {
  var bytes: Bytes
  private let recordHeader: Int

  init(
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

  mutating func add(
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

  var file: [UInt8] { bytes.content }
}

/// What a test looks at after reading a capture to its end.
struct Reading {
  var segments: [Segment] = []
  var info: CaptureInfo
  var names: [IPAddress: String]

  /// Reads bytes through a file, as every capture is.
  init(_ content: [UInt8], windowCapacity: Int = InputWindow.defaultCapacity) throws {
    let file = try TemporaryFile(content)
    try self.init(path: file.path, windowCapacity: windowCapacity)
  }

  init(path: String, windowCapacity: Int = InputWindow.defaultCapacity) throws {
    var reader = try CaptureReader(path: path, windowCapacity: windowCapacity)
    var batch = SegmentBatch()
    while try reader.read(into: &batch) {
      let span = batch.span
      for index in span.indices { segments.append(span[index]) }
    }
    info = reader.info
    names = reader.names
  }
}

/// A file that goes when nothing refers to it any more.
final class TemporaryFile {
  let path = NSTemporaryDirectory() + "tcptimeline-\(UUID().uuidString)"

  init(_ content: [UInt8]) throws {
    try Data(content).write(to: URL(fileURLWithPath: path))
  }

  deinit {
    unlink(path)
  }
}
