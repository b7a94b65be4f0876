/// Where an HTTP/1 message that has begun ends (RFC 9112 6.3, 7.1).
struct HTTPBody {
  enum State {
    /// Between messages: a head is due.
    case head
    /// The size of a chunk is due.
    case chunkSize
    /// The line end behind a chunk is due.
    case chunkEnd
    /// Fields behind the last chunk.
    case trailer
    /// Until the direction's end, or for as long as nobody can say.
    case endless
  }

  var state = State.head

  /// The next part of a chunked body. `.used` with state `head` means that the message has ended.
  mutating func readChunks(_ bytes: RawSpan) -> Progress {
    switch state {
    case .chunkSize: return readSize(bytes)
    case .chunkEnd:
      guard bytes.byteCount >= 2 else { return bytes[byte: 0] == 0x0A ? endLine(1) : .needsMore }
      if bytes[byte: 0] == 0x0A { return endLine(1) }
      return bytes[byte: 0] == 0x0D && bytes[byte: 1] == 0x0A ? endLine(2) : .stop
    case .trailer:
      guard let end = bytes.first(0x0A) else { return .needsMore }
      if end == 0 || end == 1 && bytes[byte: 0] == 0x0D { state = .head }
      return .used(end + 1)
    case .head, .endless: return .stop
    }
  }

  private mutating func endLine(_ count: Int) -> Progress {
    state = .chunkSize
    return .used(count)
  }

  private mutating func readSize(_ bytes: RawSpan) -> Progress {
    guard let end = bytes.first(0x0A) else { return bytes.byteCount < 512 ? .needsMore : .stop }
    var size: Int64 = 0
    var index = 0
    while index < end, let digit = bytes[byte: index].hexadecimalDigit {
      guard index < 15 else { return .stop }
      size = size << 4 | Int64(digit)
      index += 1
    }
    guard index > 0 else { return .stop }
    if size == 0 {
      state = .trailer
      return .used(end + 1)
    }
    state = .chunkEnd
    return .skip(Int64(end + 1) + size)
  }
}

extension UInt8 {
  fileprivate var hexadecimalDigit: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
