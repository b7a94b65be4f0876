import Glibc
import Support
import TCPModel
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

/// From the words on the command line to captures and snapshots.
struct InputFiles {
  var captures: [InputCapture] = []
  var snapshots: [InputCapture] = []
  /// Where the captures were taken, in the order of the path; all of `captures` in their order. Empty
  /// where nobody said so.
  var points: [CapturePoint] = []

  var identities: [FileIdentity] { (captures + snapshots).compactMap(\.identity) }

  /// What each input is, its content says. Folders become the captures and snapshots in them, in the
  /// order of their names. `isReadTwice` says that a capture on standard input has to be kept.
  static func sort(
    _ arguments: [String], snapshots named: [String], isReadTwice: Bool
  ) throws(Failure) -> InputFiles {
    var inputs = InputFiles()
    // Empty files whose name has a time: captures of nothing, or a host without sockets.
    var empty: [InputCapture] = []
    for argument in arguments {
      if argument == "-" {
        guard !named.contains("-"), arguments.count(where: { $0 == "-" }) == 1 else {
          throw Failure(.usage, "-: standard input can be read once; name it once")
        }
        let isText = standardInputIsText()
        let input = try standardInput(isReadTwice: isReadTwice || isText != false)
        if isText ?? isSnapshot(input.path) {
          inputs.snapshots.append(input)
        } else {
          inputs.captures.append(input)
        }
      } else if FileIdentity.Status(path: argument)?.isDirectory == true {
        let found = try folder(argument)
        inputs.captures += found.captures
        inputs.snapshots += found.snapshots
      } else {
        let file = file(argument)
        if !isSnapshot(file) {
          inputs.captures.append(file)
        } else if file.size == 0 {
          empty.append(file)
        } else {
          inputs.snapshots.append(file)
        }
      }
    }
    inputs.snapshots += try findSnapshots(named)
    if inputs.snapshots.isEmpty { inputs.captures += empty } else { inputs.snapshots += empty }
    try inputs.check()
    return inputs
  }

  /// Takes the captures of the points that options name.
  mutating func add(
    points named: [(name: String, files: [String])]
  ) throws(Failure) {
    if named.isEmpty { return }
    guard captures.isEmpty else {
      throw Failure(
        .usage,
        "\(captures[0].name): taken where? Name every capture with the option of its point, or none"
      )
    }
    for (name, files) in named {
      var point = CapturePoint(name: name, captures: [])
      for path in files {
        if path == "-" {
          guard captures.allSatisfy({ $0.name != "-" }) else {
            throw Failure(.usage, "-: standard input can be read once; name it once")
          }
          // Several walks go through it.
          point.captures.append(try Self.standardInput(isReadTwice: true))
        } else if FileIdentity.Status(path: path)?.isDirectory == true {
          let found = try Self.folder(path)
          guard !found.captures.isEmpty else {
            throw Failure(.badInput, "\(path): no capture in this folder")
          }
          point.captures += found.captures
        } else {
          point.captures.append(Self.file(path))
        }
        captures = points.flatMap(\.captures) + point.captures
      }
      points.append(point)
    }
    captures = points.flatMap(\.captures)
    try check()
  }

  private func check() throws(Failure) {
    var seen: Set<FileIdentity> = []
    for input in captures + snapshots {
      guard let identity = input.identity, !seen.insert(identity).inserted else { continue }
      throw Failure(.usage, "\(input.name): is named twice; name each input once")
    }
    guard captures.count <= Int(UInt16.max) else {
      throw Failure(
        .usage, "\(captures.count) captures at once; \(UInt16.max) is the most")
    }
  }

  private static func isSnapshot(_ file: InputCapture) -> Bool {
    // What cannot be opened is reported as a capture; a pipe cannot be looked at and then read.
    file.size != nil && isSnapshot(file.path)
  }

  private static func isSnapshot(_ path: String) -> Bool {
    (try? SnapshotFormat.recognise(path: path)) ?? nil != nil
  }

  static func file(_ path: String) -> InputCapture {
    let status = FileIdentity.Status(path: path)
    return InputCapture(
      name: path, path: path, identity: status?.identity,
      size: status?.isRegular == true ? status?.size : nil)
  }

  /// The captures and snapshots in a folder, told by what they begin with; other files are left
  /// alone.
  private static func folder(_ path: String) throws(Failure) -> InputFiles {
    guard let names = Folder.names(in: path) else {
      throw Failure(.noInput, "\(path): cannot be opened (\(Failure.reason(errno)))")
    }
    var inputs = InputFiles()
    var others = 0
    for name in names {
      let path = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
      guard FileIdentity.Status(path: path)?.isRegular == true else { continue }
      do {
        _ = try CaptureReader(path: path)
        inputs.captures.append(file(path))
      } catch  where error.kind == .notACapture && error.layer == .file {
        let file = file(path)
        if isSnapshot(file) { inputs.snapshots.append(file) } else { others += 1 }
      } catch {
        throw Failure(error, in: path)
      }
    }
    if inputs.snapshots.allSatisfy({ $0.size == 0 }) {
      others += inputs.snapshots.count
      inputs.snapshots = []
    }
    guard !inputs.captures.isEmpty || !inputs.snapshots.isEmpty else {
      throw Failure(
        .badInput,
        "\(path): no capture in this folder (\(Quantity.counted(others, "other file")));"
          + " name a folder with pcap or pcapng files, or with snapshots")
    }
    return inputs
  }

  /// Looks at what waits in a pipe, without taking it: a capture begins with a number of its own.
  /// nil where it is compressed, and what waits is too little to inflate.
  private static func standardInputIsText() -> Bool? {
    if FileIdentity.Status(path: "/dev/stdin")?.isRegular == true {
      return isSnapshot("/proc/self/fd/\(STDIN_FILENO)")
    }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return false }
    defer { close(ends[0]) }
    // tee(2), which the Glibc module leaves out. It waits for the first bytes, and fails on what is
    // no pipe.
    typealias Tee = @convention(c) (Int32, Int32, Int, UInt32) -> Int
    let tee = dlsym(nil, "tee").map { unsafeBitCast($0, to: Tee.self) }
    let count = tee?(STDIN_FILENO, ends[1], 1 << 16, 0) ?? 0
    // The copy ends here.
    close(ends[1])
    guard count > 0 else { return false }
    guard let head = try? SnapshotFormat.head(path: "/proc/self/fd/\(ends[0])") else { return nil }
    let isSection = head.starts(with: [0x0A, 0x0D, 0x0D, 0x0A])
    let text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head[...]
    return !isSection && text.prefix(16).allSatisfy { $0 >= 0x09 && $0 < 0x7F }
      && text.contains(0x20)
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
