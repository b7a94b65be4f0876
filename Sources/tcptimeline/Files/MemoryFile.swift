import CLinux
import Glibc

/// A file that is nowhere but in memory, for what is read or written like any other.
final class MemoryFile {
  private let descriptor: Int32
  private let name: String

  init(named name: String) throws(Failure) {
    self.name = name
    // 1 closes it where a program is started.
    descriptor = memfd_create(name, 1)
    guard descriptor >= 0 else { throw failure }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// As an input.
  var path: String { "/proc/self/fd/\(descriptor)" }
  /// As an output.
  var openPath: String { "/dev/fd/\(descriptor)" }

  private var failure: Failure {
    Failure(.inputOutput, "\(name): cannot be kept in memory (\(Failure.reason(errno)))")
  }

  func write(_ bytes: [UInt8]) throws(Failure) {
    var written = 0
    while written < bytes.count {
      let step = bytes.withUnsafeBytes { all in
        let rest = UnsafeRawBufferPointer(rebasing: all[written...])
        return Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if step < 0, errno == EINTR { continue }
      guard step > 0 else { throw failure }
      written += step
    }
  }

  /// From the beginning on, and one byte more than the limit where there is more.
  func contents(limit: Int) throws(Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var filled = 0
    while filled <= limit {
      let step = bytes.withUnsafeMutableBytes { all in
        let rest = UnsafeMutableRawBufferPointer(rebasing: all[filled...])
        return pread(descriptor, rest.baseAddress, rest.count, off_t(filled))
      }
      if step < 0, errno == EINTR { continue }
      guard step >= 0 else { throw failure }
      if step == 0 { break }
      filled += step
    }
    return Array(bytes.prefix(filled))
  }
}
