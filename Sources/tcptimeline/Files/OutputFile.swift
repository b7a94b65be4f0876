import Glibc
import Rendering
import Support

/// Where a report goes. A file is whole or untouched: it is written without a name and takes its place
/// at the end, when the disk has it. Standard output, devices and pipes are written directly.
struct OutputFile: ~Copyable {
  let descriptor: Int32
  /// For messages.
  let name: String
  private let protected: ProtectedFiles
  private let mode: mode_t
  /// Set while it has no name yet.
  private var pending: (file: PendingFile, folder: OpenFolder)?
  private var assets: AssetFolder?

  /// Of what names processes, and of what does not; less the umask.
  static let privateMode: mode_t = 0o640
  static let publicMode: mode_t = 0o666

  /// Whether a path is the name of something open, as `-`, `/dev/stdout` and `/dev/fd/3` are. Behind it
  /// may be a file that is not ours to replace.
  static func isOpenDescriptor(_ path: String) -> Bool {
    if case .descriptor = Place(path) { true } else { false }
  }

  private init(
    descriptor: Int32, name: String, _ protected: ProtectedFiles, _ mode: mode_t,
    pending: (PendingFile, OpenFolder)? = nil
  ) {
    self.descriptor = descriptor
    self.name = name
    self.protected = protected
    self.mode = mode
    self.pending = pending
  }

  /// - Parameters:
  ///   - path: nil is standard output.
  ///   - protected: What it must not take the place of.
  ///   - mode: The permissions of a new file, less the umask.
  static func open(
    path: String?, sparing protected: ProtectedFiles = ProtectedFiles(),
    mode: mode_t = publicMode
  ) throws(Failure) -> OutputFile {
    switch path.map(Place.init) ?? .descriptor(STDOUT_FILENO) {
    case .descriptor(let number):
      let name = path.flatMap { $0 == "-" ? nil : $0 } ?? "standard output"
      let descriptor = try duplicate(number, named: name, sparing: protected)
      return OutputFile(descriptor: descriptor, name: name, protected, mode)
    case .path(let place):
      return try open(place, named: path ?? place, protected, mode)
    }
  }

  private static func open(
    _ place: String, named path: String, _ protected: ProtectedFiles, _ mode: mode_t
  ) throws(Failure) -> OutputFile {
    if FileIdentity.Status(path: place)?.isDirectory == true {
      throw Failure(.cannotCreate, "\(path): is a folder; name a file in it")
    }
    let (parent, last) = OpenFolder.split(place)
    if last.isEmpty { throw cannotWrite(path, ENOENT) }
    guard let folder = OpenFolder(parent) else { throw cannotWrite(path, errno) }
    guard !protected.contains(last, in: folder) else { throw isInput(path) }
    if let existing = FileIdentity.Status(last, in: folder.descriptor) {
      let isWritable = last.withPath { faccessat(folder.descriptor, $0, W_OK, 0) } == 0
      guard isWritable else { throw cannotWrite(path, errno) }
      if !existing.isRegular {
        let descriptor = last.withPath { openat(folder.descriptor, $0, O_WRONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw cannotWrite(path, errno) }
        return OutputFile(descriptor: descriptor, name: path, protected, mode)
      }
    }
    do throws(PendingFile.SystemError) {
      let file = try PendingFile(last, in: folder, mode: mode)
      return OutputFile(
        descriptor: file.descriptor, name: path, protected, mode, pending: (file, folder))
    } catch {
      throw cannotWrite(path, error.code)
    }
  }

  /// Written through a number of its own; where it stands in the file, and whether it appends, is the
  /// same for both.
  private static func duplicate(
    _ number: Int32, named name: String, sparing protected: ProtectedFiles
  ) throws(Failure) -> Int32 {
    if let status = FileIdentity.Status(descriptor: number), status.isRegular,
      protected.contains(status.identity)
    {
      throw isInput(name)
    }
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw cannotWrite(name, errno) }
    return copy
  }

  private static func cannotWrite(_ path: String, _ code: Int32) -> Failure {
    Failure(.cannotCreate, "\(path): cannot be written (\(Failure.reason(code)))")
  }

  private static func isInput(_ path: String) -> Failure {
    Failure(
      .cannotCreate, "\(path): is an input and will not be overwritten; choose another -o")
  }

  /// The folder for the pictures of a report, relative to it; nil where there is no place beside it.
  var assetFolderName: String? {
    pending.map { AssetFolder.name(for: $0.file.name) }
  }

  /// Writes the pictures; `commit` puts them in their places.
  mutating func stage(_ files: [ReportAsset]) throws(Failure) {
    guard let pending, !files.isEmpty else { return }
    let folder = try AssetFolder(
      for: pending.file.name, at: name, in: pending.folder, sparing: protected)
    assets = folder
    try folder.stage(files, mode: mode)
  }

  deinit {
    assets?.discard()
    if pending == nil { close(descriptor) }
  }

  /// Hands over what is left, and says whether everything was written.
  func finish(_ bytes: inout ByteWriter) throws(Failure) {
    bytes.flush()
    if let code = bytes.failure {
      throw Failure(writing: name, code)
    }
  }

  /// What `commit` does, and says so to somebody who sits before a terminal.
  mutating func commitAndSay() throws(Failure) {
    let pictures = assets.map { ", with \(Quantity.counted($0.count, "picture")) in \($0.path)" }
    try commit()
    if pending != nil, isatty(STDERR_FILENO) == 1 {
      Failure.say("\(name): written\(pictures ?? "")")
    }
  }

  /// The bytes are all written: gives the file its name, and its pictures theirs.
  mutating func commit() throws(Failure) {
    guard let (file, folder) = pending else { return }
    do throws(PendingFile.SystemError) {
      try file.sync()
    } catch {
      throw Failure(writing: name, error.code)
    }
    var failure: PendingFile.SystemError?
    assets?.lock()
    Signals.heldBack {
      do throws(PendingFile.SystemError) {
        try assets?.place()
        do throws(PendingFile.SystemError) {
          try file.place()
        } catch {
          assets?.takeBack()
          throw error
        }
        file.keep()
        assets?.finish()
      } catch {
        failure = error
      }
    }
    assets?.unlock()
    if let failure { throw Self.cannotWrite(name, failure.code) }
    folder.sync()
    assets = nil
  }
}

extension OutputFile {
  /// What a path leads to.
  fileprivate enum Place {
    /// A descriptor of this program: `/dev/fd/3`, `/proc/self/fd/3`, `/dev/stderr`, or a link to one.
    case descriptor(Int32)
    /// A file, without a link at its end: the link stays, what it leads to is replaced.
    case path(String)

    init(_ path: String) {
      if path == "-" {
        self = .descriptor(STDOUT_FILENO)
        return
      }
      var place = path
      // As many links as the kernel follows.
      for _ in 0..<40 {
        let (folder, name) = OpenFolder.split(place)
        if let number = Int32(name), let target = Self.real(folder), Self.isOwnDescriptors(target) {
          self = .descriptor(number)
          return
        }
        guard let link = Self.link(place) else { break }
        place = link.hasPrefix("/") || folder == "." ? link : folder + link
      }
      self = .path(place)
    }

    private static func real(_ path: String) -> String? {
      guard let real = path.withPath({ realpath($0, nil) }) else { return nil }
      defer { free(real) }
      return RawPath.text(real)
    }

    /// `/proc/123/fd` and `/proc/123/task/124/fd` of this program.
    private static func isOwnDescriptors(_ folder: String) -> Bool {
      folder.hasPrefix("/proc/\(getpid())/") && folder.hasSuffix("/fd")
    }

    /// Where a link leads to; nil for what is none.
    private static func link(_ path: String) -> String? {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      let length = path.withPath { readlink($0, &target, Int(PATH_MAX)) }
      guard length > 0 else { return nil }
      return target.withUnsafeBufferPointer { $0.baseAddress.map { RawPath.text($0) } }
    }
  }
}
