import Glibc
import TraceParsing

/// A capture named on the command line, or found in a folder that was.
struct InputCapture {
  /// As messages and reports call it.
  var name: String
  /// What to open; `-` is standard input, which can be read once.
  var path: String
  /// nil for a pipe.
  var identity: FileIdentity?
  /// Of a regular file.
  var size: Int64?
}

/// From the words on the command line to captures.
enum InputFiles {
  /// Folders become the captures in them, in the order of their names. `isReadTwice` says that
  /// standard input has to be kept.
  static func find(
    _ arguments: [String], isReadTwice: Bool
  ) throws(Failure) -> [InputCapture] {
    var captures: [InputCapture] = []
    for argument in arguments {
      if argument == "-" {
        guard !captures.contains(where: { $0.name == "-" }) else {
          throw Failure(.usage, "-: standard input can be read once; name it once")
        }
        captures.append(try standardInput(isReadTwice: isReadTwice))
      } else if FileIdentity.Status(path: argument)?.isDirectory == true {
        captures += try folder(argument)
      } else {
        captures.append(file(argument))
      }
    }
    var seen: Set<FileIdentity> = []
    for capture in captures {
      guard let identity = capture.identity, !seen.insert(identity).inserted else { continue }
      throw Failure(.usage, "\(capture.name): is named twice; name each capture once")
    }
    guard captures.count <= Int(UInt16.max) else {
      throw Failure(
        .usage, "\(captures.count) captures at once; \(UInt16.max) is the most")
    }
    return captures
  }

  static func file(_ path: String) -> InputCapture {
    let status = FileIdentity.Status(path: path)
    return InputCapture(
      name: path, path: path, identity: status?.identity,
      size: status?.isRegular == true ? status?.size : nil)
  }

  /// The captures in a folder, told by what they begin with; other files are left alone.
  private static func folder(_ path: String) throws(Failure) -> [InputCapture] {
    guard let names = Folder.names(in: path) else {
      throw Failure(.noInput, "\(path): cannot be opened (\(Failure.reason(errno)))")
    }
    var captures: [InputCapture] = []
    var others = 0
    for name in names {
      let path = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
      guard FileIdentity.Status(path: path)?.isRegular == true else { continue }
      do {
        _ = try CaptureReader(path: path)
        captures.append(file(path))
      } catch  where error.kind == .notACapture && error.layer == .file {
        others += 1
      } catch {
        throw Failure(error, in: path)
      }
    }
    guard !captures.isEmpty else {
      throw Failure(
        .badInput,
        "\(path): no capture in this folder (\(others) other file\(others == 1 ? "" : "s"));"
          + " name a folder with pcap or pcapng files")
    }
    return captures
  }

  /// Standard input; a pipe that is read twice goes through a file without a name.
  static func standardInput(isReadTwice: Bool) throws(Failure) -> InputCapture {
    guard isatty(STDIN_FILENO) == 0 else {
      throw Failure(.usage, "-: standard input is a terminal; pipe a capture into it")
    }
    var input = InputCapture(name: "-", path: "-")
    if let status = FileIdentity.Status(path: "/dev/stdin"), status.isRegular {
      input.identity = status.identity
      input.size = status.size
      // Opened by its number it begins anew for each pass.
      input.path = "/proc/self/fd/\(STDIN_FILENO)"
    } else if isReadTwice {
      input.path = "/proc/self/fd/\(try spool())"
    }
    return input
  }

  private static func spool() throws(Failure) -> Int32 {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/tcptimeline.XXXXXX".utf8CString)
    let copy = template.withUnsafeMutableBufferPointer { $0.baseAddress.map(mkstemp) ?? -1 }
    guard copy >= 0 else {
      throw Failure(
        .inputOutput,
        "\(folder): no temporary file can be made (\(Failure.reason(errno)));"
          + " name another folder in TMPDIR")
    }
    _ = template.withUnsafeBufferPointer { $0.baseAddress.map(unlink) }
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(STDIN_FILENO, buffer, 1 << 18)
      if count == 0 { return copy }
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(.inputOutput, "-: reading failed (\(Failure.reason(errno)))")
      }
      var written = 0
      while written < count {
        let step = write(copy, buffer + written, count - written)
        if step < 0, errno == EINTR { continue }
        guard step > 0 else {
          throw Failure(
            .inputOutput,
            "\(folder): the copy of standard input cannot be written"
              + " (\(Failure.reason(errno))); name another folder in TMPDIR")
        }
        written += step
      }
    }
  }
}

extension Failure {
  init(_ error: CaptureError, in name: String) {
    let status: ExitStatus =
      switch error.kind {
      case .cannotOpen: .noInput
      case .notACapture: .badInput
      case .readFailed: .inputOutput
      }
    self.init(status, "\(name): \(error.message)")
  }
}
