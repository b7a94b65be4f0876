import Glibc

/// Removes temporary files when the program is interrupted.
enum Interruption {
  private static let limit = 64
  /// Names for the signal handler, which may neither allocate nor lock: slots of C strings.
  /// Written by the main thread alone.
  private nonisolated(unsafe) static let names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> =
    {
      let slots = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: limit)
      slots.initialize(repeating: nil, count: limit)
      return slots
    }()

  static func remember(_ path: String) {
    for slot in 0..<limit where names[slot] == nil {
      names[slot] = strdup(path)
      break
    }
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { number in
        for slot in 0..<Interruption.limit {
          if let name = Interruption.names[slot] { unlink(name) }
        }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  /// The file has its final name.
  static func forget(_ path: String) {
    for slot in 0..<limit {
      guard let name = names[slot], strcmp(name, path) == 0 else { continue }
      names[slot] = nil
      free(name)
    }
  }

  /// The file is not wanted any more.
  static func discard(_ path: String) {
    unlink(path)
    forget(path)
  }
}
