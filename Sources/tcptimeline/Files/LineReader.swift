import Glibc

/// Lines of a file or pipe as they come.
struct LineReader {
  private let descriptor: Int32
  private let name: String
  private let limit: Int
  private var waiting: [UInt8] = []
  /// The rest of a line that was too long is passed over.
  private var isOverlong = false
  private var isAtEnd = false

  /// - Parameters:
  ///   - name: What messages call it.
  ///   - limit: Of a line, in bytes.
  init(descriptor: Int32, name: String, limit: Int) {
    self.descriptor = descriptor
    self.name = name
    self.limit = limit
  }

  /// The next line without its end, `.some(nil)` for one that is too long; nil at the end.
  mutating func next() throws(Failure) -> [UInt8]?? {
    while true {
      if let end = waiting.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(waiting[..<end])
        waiting.removeFirst(end + 1)
        if isOverlong {
          isOverlong = false
          return .some(nil)
        }
        return line
      }
      if waiting.count > limit {
        isOverlong = true
        waiting.removeAll()
      }
      if isAtEnd {
        if isOverlong {
          isOverlong = false
          return .some(nil)
        }
        if waiting.isEmpty { return nil }
        defer { waiting = [] }
        return waiting
      }
      try fill()
    }
  }

  private mutating func fill() throws(Failure) {
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { return }
    guard count >= 0 else {
      throw Failure(.inputOutput, "\(name): reading failed (\(Failure.reason(errno)))")
    }
    if count == 0 { isAtEnd = true }
    waiting += buffer.prefix(count)
  }
}
