import Glibc

/// A small file that somebody wrote by hand.
enum TextFile {
  /// Gives a descriptor, which the caller closes, and what messages call the file.
  ///
  /// - Parameter path: `-` is standard input.
  static func open(_ path: String) throws(Failure) -> (descriptor: Int32, name: String) {
    let name = path == "-" ? "standard input" : RawPath.shown(path)
    let descriptor =
      path == "-" ? dup(STDIN_FILENO) : path.withPath { Glibc.open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      throw Failure(.noInput, "\(name): cannot be opened (\(Failure.reason(errno)))")
    }
    return (descriptor, name)
  }

  /// - Parameters:
  ///   - path: `-` is standard input.
  ///   - limit: In bytes; a larger one is refused.
  static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    let (descriptor, name) = try open(path)
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(.inputOutput, "\(name): reading failed (\(Failure.reason(errno)))")
      }
      bytes += buffer.prefix(count)
      guard bytes.count <= limit else {
        throw Failure(.badInput, "\(name): is longer than \(limit) bytes")
      }
    }
  }
}
