import Glibc

/// A file without a name, so that the readers take their usual way.
final class InputFile {
  private let descriptor: Int32
  var path: String { "/proc/self/fd/\(descriptor)" }

  init() {
    var template = Array("\(Self.folder)/fuzz.XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { fault("no temporary file can be made") }
    unlink(template)
  }

  deinit {
    close(descriptor)
  }

  /// Puts the bytes in the place of those before.
  func replace(by bytes: UnsafeRawBufferPointer) {
    guard ftruncate(descriptor, 0) == 0,
      pwrite(descriptor, bytes.baseAddress, bytes.count, 0) == bytes.count
    else { fault("a temporary file cannot be written") }
  }

  func replace(by bytes: some Collection<UInt8>) {
    Array(bytes).withUnsafeBytes { replace(by: $0) }
  }

  /// In memory where the system has such a place.
  static let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
}

/// What must never be is: ends the process, which the fuzzer, the soak and the tests all see.
func fault(_ words: String) -> Never {
  let line = "fault: \(words)\n"
  _ = line.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
  abort()
}
