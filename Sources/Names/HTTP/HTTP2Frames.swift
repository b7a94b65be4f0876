/// The start of an HTTP/2 connection with prior knowledge (RFC 9113 3.4): the first request's
/// `:authority`, where it lies there in clear.
///
///     0   length (3), type (1), flags (1), stream (4), then the frame's payload
struct HTTP2Frames {
  static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  private static let headerLength = 9

  private enum Kind {
    static let headers = 1
    static let continuation = 9
  }

  private enum Flag {
    static let endsHeaders = 0x04
    static let isPadded = 0x08
    static let hasPriority = 0x20
  }

  private var isPrefaceRead = false
  /// The header block of the first request, as far as it came; nil before it.
  private var block: [UInt8]?
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
    // RFC 9113 6.10: nothing comes between the parts of a block.
    guard type == (block == nil ? Kind.headers : Kind.continuation) else {
      return block == nil ? .skip(Int64(HTTP2Frames.headerLength + length)) : .stop
    }
    let room = DirectionStream.limit - (block?.count ?? 0) - HTTP2Frames.headerLength
    guard length <= room else { return .stop }
    guard reader.count >= length else { return .needsMore }
    var part = ByteReader(reader.takeUpTo(length))
    // RFC 9113 6.2: the padding's length in front, the padding behind. Priority: five bytes.
    var padding = 0
    if type == Kind.headers, flags & Flag.isPadded != 0 { padding = part.uint8() ?? 0 }
    if type == Kind.headers, flags & Flag.hasPriority != 0 { _ = part.skip(5) }
    let fragment = part.takeUpTo(part.count - padding)
    fragment.withUnsafeBytes { block = (block ?? []) + $0 }
    if flags & Flag.endsHeaders == 0 { return .used(HTTP2Frames.headerLength + length) }
    isOver = true
    if let block { authority = HeaderBlock.authority(in: block.span.bytes) }
    block = nil
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
