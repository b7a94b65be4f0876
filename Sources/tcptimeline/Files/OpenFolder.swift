import Glibc

/// A folder that is held open: what is made, renamed and removed in it stays in it, wherever its path
/// leads meanwhile.
final class OpenFolder {
  let descriptor: Int32
  let identity: FileIdentity

  /// nil with `errno` where it cannot be opened.
  ///
  /// - Parameter parent: Where a relative path begins; the current folder without it.
  init?(_ path: String, in parent: OpenFolder? = nil, followsLinks: Bool = true) {
    let base = parent?.descriptor ?? AT_FDCWD
    let flags = O_DIRECTORY | O_CLOEXEC | (followsLinks ? 0 : O_NOFOLLOW)
    var descriptor = path.withPath { openat(base, $0, O_RDONLY | flags) }
    if descriptor < 0, errno == EACCES {
      // One that may be written and not read; it cannot be synced.
      descriptor = path.withPath { openat(base, $0, Self.pathOnly | flags) }
    }
    guard descriptor >= 0 else { return nil }
    guard let status = FileIdentity.Status(descriptor: descriptor) else {
      close(descriptor)
      return nil
    }
    self.descriptor = descriptor
    identity = status.identity
  }

  deinit { close(descriptor) }

  /// O_PATH of open(2), which the Glibc module leaves out; the same on every machine.
  private static let pathOnly: Int32 = 0o10_000_000

  /// A new name is on the disk only when its folder is.
  func sync() {
    // What cannot be synced, on some file systems, cannot be helped.
    while fsync(descriptor) != 0, errno == EINTR {}
  }

  /// Waits a while for another run that writes here. Who holds it for longer does not stop this one.
  func lock() {
    for _ in 0..<200 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK { return }
      usleep(10_000)
    }
  }

  func unlock() { flock(descriptor, LOCK_UN) }

  func remove(_ name: String) { _ = name.withPath { unlinkat(descriptor, $0, 0) } }

  /// The folder and the last name of a path.
  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (String(path[...slash]), String(path[path.index(after: slash)...]))
  }
}

/// The names in a folder, without `.` and `..`, in the order of their bytes.
enum Folder {
  static func names(in path: String) -> [String]? {
    guard let folder = path.withPath(opendir) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { RawPath.text($0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
