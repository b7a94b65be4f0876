import Glibc

/// A file that is nowhere but in memory, for what is read like any other input.
enum MemoryFile {
  /// - Returns: The path of a file that holds the bytes, as long as the program runs.
  static func path(of bytes: [UInt8], named name: String) throws(Failure) -> String {
    // memfd_create(2), which the Glibc module leaves out.
    typealias Create = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
    let create = dlsym(nil, "memfd_create").map { unsafeBitCast($0, to: Create.self) }
    let descriptor = create?(name, UInt32(1)) ?? -1
    guard descriptor >= 0 else { throw failure(name) }
    var written = 0
    while written < bytes.count {
      let step = bytes.withUnsafeBytes { rest in
        write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest[written...]).baseAddress,
          rest.count - written)
      }
      if step < 0, errno == EINTR { continue }
      guard step > 0 else { throw failure(name) }
      written += step
    }
    return "/proc/self/fd/\(descriptor)"
  }

  private static func failure(_ name: String) -> Failure {
    Failure(.inputOutput, "\(name): cannot be kept in memory (\(Failure.reason(errno)))")
  }
}
