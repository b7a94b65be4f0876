import Glibc
import Support

/// A copy of what can be read only once, in a file without a name: it can be looked at, read again and
/// read from any place, and is gone with the program.
enum Spool {
  /// - Parameters:
  ///   - source: A pipe; read to its end, and closed.
  ///   - name: For messages.
  /// - Returns: The path of the copy.
  static func copy(_ source: Int32, named name: String) throws(Failure) -> String {
    defer { close(source) }
    let copy = try file()
    try self.copy(source, to: copy, named: name)
    return "/proc/self/fd/\(copy)"
  }

  private static var folder: String {
    getenv("TMPDIR").flatMap { $0.pointee == 0 ? nil : RawPath.text($0) } ?? "/tmp"
  }

  /// A file without a name.
  static func file() throws(Failure) -> Int32 { try open(in: folder) }

  /// Copies everything up to the end.
  static func copy(_ source: Int32, to copy: Int32, named name: String) throws(Failure) {
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = InputEnd.awaits(source) ? read(source, buffer, 1 << 18) : 0
      if count == 0 { return InputEnd.ended() }
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(.inputOutput, "\(name): reading failed (\(Failure.reason(errno)))")
      }
      var written = 0
      while written < count {
        let step = write(copy, buffer + written, count - written)
        if step < 0, errno == EINTR { continue }
        guard step > 0 else {
          throw Failure(
            .inputOutput,
            "\(folder): the copy of \(name == "-" ? "standard input" : name) cannot be written"
              + " (\(Failure.reason(errno))); name another folder in TMPDIR")
        }
        written += step
      }
    }
  }

  private static func open(in path: String) throws(Failure) -> Int32 {
    if let folder = OpenFolder(path), let file = PendingFile.temporary(in: folder) { return file }
    throw Failure(
      .inputOutput,
      "\(path): no temporary file can be made (\(Failure.reason(errno)));"
        + " name another folder in TMPDIR")
  }
}
