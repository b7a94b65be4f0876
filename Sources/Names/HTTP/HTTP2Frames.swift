/// The start of an HTTP/2 connection with prior knowledge (RFC 9113 3.4): the first request's
/// `:authority`, where it lies there in clear.
///
///     0   length (3), type (1), flags (1), stream (4), then the frame's payload
struct HTTP2Frames {
  static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  private static let headerLength = 9
  private static let headersType = 1

  private var isPrefaceRead = false
  private(set) var authority: String?
  /// The first request was read.
  private(set) var isOver = false

  mutating func read(_ bytes: RawSpan) -> Progress {
    if !isPrefaceRead {
      guard bytes.byteCount >= HTTP2Frames.preface.utf8CodeUnitCount else { return .needsMore }
      isPrefaceRead = true
      return .used(HTTP2Frames.preface.utf8CodeUnitCount)
    }
    var reader = ByteReader(bytes)
    guard let length = reader.uint24(), let type = reader.uint8(), let flags = reader.uint8(),
      reader.uint32() != nil
    else { return .needsMore }
    guard length <= 1 << 20 else { return .stop }
    guard type == HTTP2Frames.headersType else {
      return .skip(Int64(HTTP2Frames.headerLength + length))
    }
    // Padding (RFC 9113 6.2): its length in front, the bytes behind. Priority: five bytes.
    guard reader.count >= length else {
      return length <= DirectionStream.limit - HTTP2Frames.headerLength ? .needsMore : .stop
    }
    var block = ByteReader(reader.takeUpTo(length))
    if flags & 0x08 != 0 { _ = block.skip(1) }
    if flags & 0x20 != 0 { _ = block.skip(5) }
    isOver = true
    authority = HeaderBlock.authority(in: block.rest)
    return .stop
  }
}

/// A header block as HPACK writes it (RFC 7541 6).
enum HeaderBlock {
  /// `:authority` of the first request of a connection; nil where it is not in clear.
  static func authority(in block: RawSpan) -> String? {
    var reader = ByteReader(block)
    while let first = reader.peek() {
      // Indexed, a size of the table, or a literal by how its index is written.
      let prefix = first & 0x80 != 0 ? 7 : first & 0x40 != 0 ? 6 : first & 0x20 != 0 ? 5 : 4
      guard let index = integer(&reader, prefix: prefix) else { return nil }
      if prefix == 7 || prefix == 5 { continue }
      if index == 0 {
        guard string(&reader) != nil, string(&reader) != nil else { return nil }
        continue
      }
      guard let value = string(&reader) else { return nil }
      if index == 1 { return value.isEmpty ? nil : value }
    }
    return nil
  }

  /// RFC 7541 5.1
  private static func integer(_ reader: inout ByteReader, prefix: Int) -> Int? {
    guard let first = reader.uint8() else { return nil }
    let mask = 1 << prefix - 1
    var value = first & mask
    guard value == mask else { return value }
    for shift in stride(from: 0, through: 21, by: 7) {
      guard let next = reader.uint8() else { return nil }
      value += (next & 0x7F) << shift
      if next & 0x80 == 0 { return value }
    }
    return nil
  }

  /// RFC 7541 5.2: empty where the text cannot be shown; nil where it is not whole.
  private static func string(_ reader: inout ByteReader) -> String? {
    guard let first = reader.peek(), let length = integer(&reader, prefix: 7),
      length <= reader.count
    else { return nil }
    let bytes = reader.takeUpTo(length)
    guard first & 0x80 != 0 else { return bytes.visibleText(limit: HostName.limit) ?? "" }
    return HuffmanCode.decode(bytes, limit: HostName.limit) ?? ""
  }
}
