import Glibc
import Rendering

/// Where a report goes. A file is whole or untouched: it is written beside its place under another
/// name and renamed at the end. Standard output, devices and pipes are written directly.
struct OutputFile: ~Copyable {
  let descriptor: Int32
  /// For messages.
  let name: String
  /// Set while a temporary file waits for its name.
  private var pending: (temporary: String, final: String)?
  private var assets: AssetFolder?

  private init(descriptor: Int32, name: String, pending: (String, String)? = nil) {
    self.descriptor = descriptor
    self.name = name
    self.pending = pending
  }

  /// `-`; and by its name, behind which may be a file that is not ours to replace.
  static func isStandardOutput(_ path: String) -> Bool {
    path == "-" || path == "/dev/stdout"
  }

  /// `path` nil is standard output.
  static func open(
    path: String?, inputs: [FileIdentity]
  ) throws(Failure) -> OutputFile {
    guard let path, !isStandardOutput(path) else {
      return OutputFile(descriptor: STDOUT_FILENO, name: "standard output")
    }
    guard let place = resolve(path) else { throw cannotWrite(path) }
    if let existing = FileIdentity.Status(path: place) {
      if existing.isDirectory {
        throw Failure(.cannotCreate, "\(path): is a folder; name a file in it")
      }
      if inputs.contains(existing.identity) {
        throw Failure(
          .cannotCreate, "\(path): is an input and will not be overwritten; choose another -o")
      }
      guard access(place, W_OK) == 0 else { throw cannotWrite(path) }
      if !existing.isRegular {
        let descriptor = Glibc.open(place, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw cannotWrite(path) }
        return OutputFile(descriptor: descriptor, name: path)
      }
    }
    let temporary = try makeTemporary(for: place, named: path)
    return OutputFile(
      descriptor: temporary.descriptor, name: path, pending: (temporary.path, place))
  }

  private static func cannotWrite(_ path: String) -> Failure {
    Failure(.cannotCreate, "\(path): cannot be written (\(Failure.reason(errno)))")
  }

  /// The folder for the pictures of a report, relative to it; nil where there is no place beside it.
  var assetFolderName: String? {
    pending.map { AssetFolder.name(for: $0.final) }
  }

  /// Writes the pictures beside their places; `commit` puts them there.
  mutating func stage(_ files: [ReportAsset]) throws(Failure) {
    guard let pending else { return }
    assets = AssetFolder(for: pending.final)
    try assets?.stage(files, for: name)
  }

  deinit {
    if descriptor != STDOUT_FILENO { close(descriptor) }
    if let pending {
      Interruption.discard(pending.temporary)
      assets?.discard()
    }
  }

  /// Hands over what is left, and says whether everything was written.
  func finish(_ bytes: inout ByteWriter) throws(Failure) {
    bytes.flush()
    if let code = bytes.failure {
      throw Failure(.inputOutput, "\(name): writing failed (\(Failure.reason(code)))")
    }
  }

  /// The bytes are all written: gives the file its name.
  mutating func commit() throws(Failure) {
    guard let pending else { return }
    try assets?.commit(for: name)
    guard rename(pending.temporary, pending.final) == 0 else {
      throw Self.cannotWrite(name)
    }
    Interruption.forget(pending.temporary)
    self.pending = nil
  }

  /// The place behind symbolic links: the link stays, what it points to is replaced.
  private static func resolve(_ path: String) -> String? {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    guard errno == ENOENT else { return nil }
    return path.hasSuffix("/") ? nil : path
  }

  private static func makeTemporary(
    for place: String, named path: String
  ) throws(Failure) -> (path: String, descriptor: Int32) {
    let slash = place.lastIndex(of: "/")
    let folder = slash.map { place[...$0] } ?? ""
    let file = slash.map { place[place.index(after: $0)...] } ?? place[...]
    var template = Array("\(folder).\(file).XXXXXX".utf8CString)
    let descriptor = template.withUnsafeMutableBufferPointer { name in
      name.baseAddress.map { mkstemp($0) } ?? -1
    }
    guard descriptor >= 0 else {
      throw cannotWrite(path)
    }
    let temporary = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    Interruption.remember(temporary)
    fchmod(descriptor, permissions(of: place))
    return (temporary, descriptor)
  }

  /// Those of the file that is replaced, or what the umask leaves.
  private static func permissions(of place: String) -> mode_t {
    var status = stat()
    if stat(place, &status) == 0 { return status.st_mode & 0o777 }
    let mask = umask(0)
    umask(mask)
    return 0o666 & ~mask
  }
}

/// Which file a path leads to, whatever the path says.
struct FileIdentity: Hashable {
  var device: dev_t
  var inode: ino_t

  struct Status {
    var identity: FileIdentity
    var isDirectory: Bool
    var isRegular: Bool
    var size: Int64

    init?(path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      identity = FileIdentity(device: status.st_dev, inode: status.st_ino)
      isDirectory = status.st_mode & S_IFMT == S_IFDIR
      isRegular = status.st_mode & S_IFMT == S_IFREG
      size = Int64(status.st_size)
    }
  }
}
