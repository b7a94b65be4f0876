/// The head of an HTTP/1 message (RFC 9112 2.1): the start line and what of the fields matters here.
struct HTTPHead {
  enum Start {
    case request(method: String, target: Range<Int>)
    case response(status: Int)
  }

  enum Upgrade {
    case none, websocket, http2, other
  }

  var start: Start
  var host: String?
  var contentLength: Int64?
  var isChunked = false
  var upgrade = Upgrade.none
  /// Bytes, with the empty line at the end.
  var length: Int

  /// The end of the head: behind the first empty line. nil where there is none yet.
  static func end(of bytes: RawSpan, from start: Int = 0) -> Int? {
    var index = start
    while let feed = bytes.first(0x0A, from: index) {
      var next = feed + 1
      if next < bytes.byteCount, bytes[byte: next] == 0x0D { next += 1 }
      if next < bytes.byteCount, bytes[byte: next] == 0x0A { return next + 1 }
      index = feed + 1
    }
    return nil
  }

  /// - Parameter bytes: The whole head. nil where it is none.
  init?(_ bytes: RawSpan) {
    length = bytes.byteCount
    let lineEnd = bytes.first(0x0A) ?? bytes.byteCount
    guard let start = HTTPHead.start(of: bytes.extracting(first: lineEnd).trimmedEnd) else {
      return nil
    }
    self.start = start
    var place = lineEnd + 1
    while place < bytes.byteCount {
      let end = bytes.first(0x0A, from: place) ?? bytes.byteCount
      field(bytes.extracting(place..<end).trimmedEnd)
      place = end + 1
    }
  }

  private static func start(of line: RawSpan) -> Start? {
    if line.begins(with: "HTTP/1.") {
      guard line.byteCount >= 12, line[byte: 8] == 0x20,
        let status = line.extracting(9..<12).decimal, status >= 100
      else { return nil }
      return .response(status: Int(status))
    }
    guard let first = line.first(0x20), first > 0, first <= 32 else { return nil }
    for index in 0..<first {
      let byte = line[byte: index]
      guard byte.isLetter || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else {
        return nil
      }
    }
    let last = line.byteCount - 9
    guard last > first, line[byte: last] == 0x20, line.begins(with: "HTTP/1.", at: last + 1) else {
      return nil
    }
    return .request(method: line.extracting(first: first).text, target: first + 1..<last)
  }

  private mutating func field(_ line: RawSpan) {
    guard let colon = line.first(UInt8(ascii: ":")) else { return }
    let name = line.extracting(first: colon)
    let value = line.extracting(colon + 1..<line.byteCount).trimmed
    // The length first: most fields are told by it alone.
    switch colon {
    case 4 where name.equals(ignoringCase: "host"):
      if host == nil { host = value.visibleText(limit: HostName.limit + 6) }
    case 14 where name.equals(ignoringCase: "content-length"):
      contentLength = value.decimal
    case 17 where name.equals(ignoringCase: "transfer-encoding"):
      isChunked = value.contains(ignoringCase: "chunked")
    case 7 where name.equals(ignoringCase: "upgrade"):
      upgrade =
        value.contains(ignoringCase: "websocket")
        ? .websocket : value.contains(ignoringCase: "h2c") ? .http2 : .other
    default: break
    }
  }
}

extension RawSpan {
  fileprivate var trimmedEnd: RawSpan {
    @_lifetime(copy self)
    get {
      byteCount > 0 && self[byte: byteCount - 1] == 0x0D
        ? extracting(first: byteCount - 1) : self
    }
  }
}
