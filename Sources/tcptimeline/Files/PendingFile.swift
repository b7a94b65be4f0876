import Glibc

/// A file on its way to its name: nobody sees it until it is whole and on the disk.
///
/// It has no name at all where the file system can do that (O_TMPFILE), so that nothing is left of it
/// however the program ends; else a name that nobody can guess.
final class PendingFile {
  /// An `errno`.
  struct SystemError: Error {
    var code: Int32
  }

  let descriptor: Int32
  /// The one it is to have.
  let name: String
  private let folder: OpenFolder
  /// Its name until then, if it has one.
  private var temporary: (name: String, note: Signals.Note)?
  /// What had the name before, under another one.
  private var previous: (name: String, note: Signals.Note)?
  private var isPlaced = false
  private var isOpen = true

  /// More open files than this are too many for the usual limit of 1024.
  private static let mostOpen = 256
  private nonisolated(unsafe) static var open = 0

  /// Permissions are those of the file that has the name, else `mode` less the umask.
  init(_ name: String, in folder: OpenFolder, mode: mode_t) throws(SystemError) {
    self.name = name
    self.folder = folder
    var descriptor: Int32 = -1
    if Self.open < Self.mostOpen, Self.canBeNamed {
      descriptor = openat(folder.descriptor, ".", Self.unnamed | O_WRONLY | O_CLOEXEC, 0o600)
    }
    if descriptor < 0 {
      var made: Int32 = -1
      temporary = Self.withFreeName(in: folder) { path in
        made = openat(
          folder.descriptor, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        return made
      }
      guard temporary != nil else { throw SystemError(code: errno) }
      descriptor = made
    }
    self.descriptor = descriptor
    Self.open += 1
    let existing = FileIdentity.Status(name, in: folder.descriptor)
    fchmod(descriptor, existing?.permissions ?? mode & ~Self.umask)
  }

  deinit {
    closeFile()
    if let temporary { Self.remove(temporary, in: folder) }
    keep()
  }

  private func closeFile() {
    guard isOpen else { return }
    isOpen = false
    close(descriptor)
    Self.open -= 1
  }

  /// Its bytes are all written: waits until the disk has them.
  func sync() throws(SystemError) {
    while fsync(descriptor) != 0 {
      switch errno {
      case EINTR: continue
      // What has no disk behind it.
      case EINVAL, ENOTSUP, EROFS: return
      default: throw SystemError(code: errno)
      }
    }
    // One without a name would be gone.
    if temporary != nil { closeFile() }
  }

  /// Gives it its name. What had the name before comes back with `takeBack`, until `keep`.
  func place() throws(SystemError) {
    if temporary == nil {
      let source = "/proc/self/fd/\(descriptor)"
      temporary = Self.withFreeName(in: folder) { path in
        linkat(AT_FDCWD, source, folder.descriptor, path, AT_SYMLINK_FOLLOW)
      }
    }
    guard let temporary else { throw SystemError(code: errno) }
    previous = Self.withFreeName(in: folder) { path in
      name.withPath { linkat(folder.descriptor, $0, folder.descriptor, path, 0) }
    }
    guard Self.rename(temporary.name, name, in: folder) == 0 else {
      throw SystemError(code: errno)
    }
    Signals.forget(temporary.note)
    self.temporary = nil
    isPlaced = true
  }

  /// As it was before `place`.
  func takeBack() {
    guard isPlaced else { return }
    isPlaced = false
    guard let previous else { return folder.remove(name) }
    _ = Self.rename(previous.name, name, in: folder)
    Signals.forget(previous.note)
    self.previous = nil
  }

  /// Forgets what had the name before.
  func keep() {
    if let previous { Self.remove(previous, in: folder) }
    previous = nil
  }

  /// A file to write and read that never gets a name; nil with `errno`.
  static func temporary(in folder: OpenFolder) -> Int32? {
    let descriptor = openat(folder.descriptor, ".", unnamed | O_RDWR | O_CLOEXEC, 0o600)
    if descriptor >= 0 { return descriptor }
    var made: Int32 = -1
    let file = withFreeName(in: folder) { path in
      made = openat(
        folder.descriptor, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      return made
    }
    guard let file else { return nil }
    remove(file, in: folder)
    return made
  }

  // MARK: The kernel's calls

  private static func rename(_ old: String, _ new: String, in folder: OpenFolder) -> Int32 {
    old.withPath { old in
      new.withPath { renameat(folder.descriptor, old, folder.descriptor, $0) }
    }
  }

  private static func remove(
    _ file: (name: String, note: Signals.Note), in folder: OpenFolder
  ) {
    folder.remove(file.name)
    Signals.forget(file.note)
  }

  /// Tries names until `make` finds one free; nil with `errno`.
  private static func withFreeName(
    in folder: OpenFolder, _ make: (UnsafePointer<CChar>) -> Int32
  ) -> (name: String, note: Signals.Note)? {
    for _ in 0..<100 {
      let name = ".tcptimeline-" + String(UInt64.random(in: .min ... .max), radix: 36)
      if name.withCString(make) >= 0 { return (name, Signals.removeAtEnd(name, in: folder)) }
      if errno != EEXIST { return nil }
    }
    return nil
  }

  /// O_TMPFILE of open(2), which the Glibc module leaves out.
  private static let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY

  /// linkat(2) finds a file without a name through here.
  private static let canBeNamed = access("/proc/self/fd", X_OK) == 0

  private static var umask: mode_t {
    let mask = Glibc.umask(0)
    _ = Glibc.umask(mask)
    return mask
  }
}
