import CLinux
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
  /// Nobody named it: if it turns out to be damaged, the others are read all the same.
  var isFromFolder = false
  /// Which of its frames are wanted, in tcpdump's language; nil for all.
  var filter: String?
  /// Those below the named one that it lies in.
  var folders: [String] = []
  /// Those of all its pieces, in their order, where these are read and not the capture itself; `path` is
  /// the first one.
  var journals: [String] = []

  /// Opens it; an expression in tcpdump's language says which frames are wanted.
  ///
  /// - Parameter end: Nothing behind it is read.
  func reader(end: Int64?) throws(CaptureError) -> CaptureReader {
    journals.isEmpty
      ? try CaptureReader(path: path, filter: filter, end: end)
      : try CaptureReader(journals: journals)
  }

  /// Whether several may read it at the same time: a file, and not compressed.
  var isPlainFile: Bool {
    guard path != "-", journals.isEmpty, FileIdentity.Status(path: path)?.isRegular == true else {
      return false
    }
    let descriptor = path.withPath { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var head = [UInt8](repeating: 0, count: 4)
    return pread(descriptor, &head, head.count, 0) == head.count && CaptureReader.recognises(head)
  }
}

/// From the words on the command line to captures and snapshots.
struct InputFiles {
  var captures: [InputCapture] = []
  var snapshots: [InputCapture] = []
  /// Where the captures were taken, in the order of the path; all of `captures` in their order. Empty
  /// where nobody said so.
  var points: [CapturePoint] = []

  /// To read them once more takes no one's time. What limited the transfers is then found out of all
  /// connections; of larger captures it is known of those connections that are read a second time.
  var areSmall: Bool {
    captures.reduce(0) { $0 + ($1.size ?? 0) } <= 64 << 20
  }

  var identities: [FileIdentity] { (captures + snapshots).compactMap(\.identity) }

  /// What each input is, its content says. Folders become the captures and snapshots in them, in the
  /// order of their names. `isReadTwice` says that a capture on standard input has to be kept.
  static func sort(
    _ arguments: [String], snapshots named: [String], standardInput copy: String? = nil,
    isReadTwice: Bool
  ) throws(Failure) -> InputFiles {
    var inputs = InputFiles()
    // Empty files whose name has a time: captures of nothing, or a host without sockets.
    var empty: [InputCapture] = []
    for argument in arguments {
      if argument == "-" {
        guard !named.contains("-"), arguments.count(where: { $0 == "-" }) == 1 else {
          throw Failure(.usage, "-: standard input can be read once; name it once")
        }
        if let copy {
          var input = try file(copy)
          input.name = "-"
          inputs.captures.append(input)
          continue
        }
        let isCapture = standardInputIsCapture()
        let input = try standardInput(isReadTwice: isReadTwice || !isCapture)
        if !isCapture, isSnapshot(input.path) {
          inputs.snapshots.append(input)
        } else {
          inputs.captures.append(input)
        }
      } else if FileIdentity.Status(path: argument)?.isDirectory == true {
        let found = try InputFolder(argument, .everything)
        inputs.captures += found.captures
        inputs.snapshots += found.snapshots
      } else {
        let file = try file(argument)
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
          point.captures += try InputFolder(path, .captures).captures
        } else {
          point.captures.append(try Self.file(path))
        }
        captures = points.flatMap(\.captures) + point.captures
      }
      points.append(point)
    }
    captures = points.flatMap(\.captures)
    try check()
  }

  /// Of all captures only the frames that `filter` accepts are read.
  mutating func take(only filter: String?) {
    for index in captures.indices { captures[index].filter = filter }
    for index in points.indices {
      for piece in points[index].captures.indices { points[index].captures[piece].filter = filter }
    }
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

  static func isSnapshot(_ path: String) -> Bool {
    (try? SnapshotFormat.recognise(path: path)) ?? nil != nil
  }

  /// - Parameter path: Of a file, or of a pipe (`mkfifo`, `<(..)`), which is copied: what it holds has
  ///   to be looked at, and may be read twice. What cannot be opened is said when it is read.
  static func file(_ path: String) throws(Failure) -> InputCapture {
    let status = FileIdentity.Status(path: path)
    var input = InputCapture(
      name: RawPath.shown(path), path: path, identity: status?.identity,
      size: status?.isRegular == true ? status?.size : nil)
    guard let status else {
      input.path = input.name
      return input
    }
    if status.isPipe {
      let descriptor = path.withPath { open($0, O_RDONLY | O_CLOEXEC) }
      guard descriptor >= 0 else { return input }
      input.path = try Spool.copy(descriptor, named: input.name)
      input.size = FileIdentity.Status(path: input.path)?.size
    } else if RawPath.hasEscapes(path) {
      // The readers take texts for paths: this one is a number.
      let descriptor = path.withPath { open($0, O_RDONLY | O_CLOEXEC) }
      if descriptor >= 0 { input.path = "/proc/self/fd/\(descriptor)" }
    }
    return input
  }

  /// Whether standard input begins as a capture does, without taking anything of it. What does not
  /// is kept, to be looked at as a whole: a text may come in pieces (`{ date; ss -tan; }`).
  private static func standardInputIsCapture() -> Bool {
    if FileIdentity.Status(path: "/dev/stdin")?.isRegular == true {
      return !isSnapshot("/proc/self/fd/\(STDIN_FILENO)")
    }
    var end = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    while true {
      // What is no pipe cannot be looked at.
      guard let head = standardInputHead() else { return true }
      if CaptureReader.recognises(head) { return true }
      let isOver = poll(&end, 1, 0) >= 0 && end.revents & Int16(POLLHUP) != 0
      if head.count >= 4 || isOver { return false }
      // Not even a number's bytes: the writer has more.
      usleep(1000)
    }
  }

  /// What waits in the pipe, inflated where it is compressed and enough of it is there.
  private static func standardInputHead() -> [UInt8]? {
    // Whoever is asked to end while nothing has come yet waits for what the writer still hands on.
    guard InputEnd.awaits(STDIN_FILENO) else { return nil }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    defer { close(ends[0]) }
    // Fails on what is no pipe.
    let count = tee(STDIN_FILENO, ends[1], 1 << 16, 0)
    // The copy ends here.
    close(ends[1])
    guard count >= 0 else { return nil }
    let path = "/proc/self/fd/\(ends[0])"
    // Compressed, and too little of it to inflate: as good as unknown.
    return (try? SnapshotFormat.head(path: path)) ?? [0, 0, 0, 0]
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
      input.path = try Spool.copy(dup(STDIN_FILENO), named: "-")
    }
    return input
  }
}

extension Failure {
  init(_ error: CaptureError, in name: String) {
    let status: ExitStatus =
      switch error.kind {
      case .cannotOpen: .noInput
      case .notACapture: .badInput
      case .readFailed: .inputOutput
      case .badFilter: .usage
      }
    guard name != "-" || error.available != 0 || error.layer != .file else {
      self.init(
        status,
        "-: standard input ended before anything came; a program in front of the pipe may keep back what"
          + " it has (tcpdump does without -U)")
      return
    }
    self.init(status, "\(name): \(error.message)")
  }
}
