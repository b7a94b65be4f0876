/// A capture of frames, and of segments between two ends.
struct PcapWriter {
  private(set) var bytes: [UInt8]

  init(linkType: Int) {
    bytes = [0xA1, 0xB2, 0xC3, 0xD4, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 8)
    append(262_144)
    append(UInt32(linkType))
  }

  private mutating func append(_ value: UInt32) { bytes += bigEndian(value) }

  /// - Parameter missing: Bytes of the frame that were sent and not captured.
  mutating func add(_ frame: [UInt8], missing: Int = 0, microseconds: Int64) {
    let time = max(0, 1_700_000_000_000_000 + microseconds)
    append(UInt32(truncatingIfNeeded: time / 1_000_000))
    append(UInt32(truncatingIfNeeded: time % 1_000_000))
    append(UInt32(frame.count))
    append(UInt32(frame.count + missing))
    bytes += frame
  }

  mutating func add(_ segment: ScriptSegment, microseconds: Int64) {
    let tcp = segment.tcp
    let total = min(65_535, 20 + tcp.count + segment.missing)
    let ends: [[UInt8]] = [[192, 0, 2, 1], [198, 51, 100, 1]]
    let frame =
      [0x45, 0] + bigEndian(UInt16(total)) + bigEndian(segment.identification)
      + [0x40, 0, 64, 6, 0, 0] + ends[segment.side] + ends[1 - segment.side] + tcp
    add(frame, missing: segment.missing, microseconds: microseconds)
  }
}

/// A TCP segment of a script: from side 0, the client, or 1.
struct ScriptSegment {
  var side = 0
  var serverPort: UInt16 = 80
  var sequence: UInt32 = 0
  var acknowledgment: UInt32 = 0
  var flags: UInt8 = 0x10
  var window: UInt16 = 65_535
  /// Padded to words.
  var options: [UInt8] = []
  var payload: [UInt8] = []
  /// Bytes of the payload that were not captured.
  var missing = 0
  var identification: UInt16 = 0

  static let synOptions: [UInt8] = [2, 4, 5, 180, 4, 2, 1, 3, 3, 7, 1, 0]

  var tcp: [UInt8] {
    let padded = options + [UInt8](repeating: 0, count: -options.count & 3)
    let ports = [bigEndian(UInt16(0x9C40)), bigEndian(serverPort)]
    return ports[side] + ports[1 - side] + bigEndian(sequence) + bigEndian(acknowledgment)
      + [UInt8(5 + padded.count / 4) << 4, flags] + bigEndian(window) + [0, 0, 0, 0] + padded
      + payload
  }
}

func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
