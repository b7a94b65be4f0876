import ArgumentParser
import Glibc
import Rendering
import Support
import TCPModel
import TraceParsing

/// `tcptimeline snapshot [-o DIR]`: saves this host's sockets as text files.
struct SnapshotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Save this host's TCP sockets now, as text files that the other commands read.",
    usage: "tcptimeline snapshot [-o DIR] [--every 5s [--for 1h]] [--keep 14d] [options]",
    discussion: """
      Saves /proc/net/tcp, /proc/net/tcp6 and, where ss is installed, the output of ss -tanoipem,
      each under the time it was taken at and the host's name, which is its first line too. Needs
      no root; without it ss names only your own processes.

      EXAMPLES:
        tcptimeline snapshot -o /var/lib/tcptimeline
        tcptimeline snapshot -o night --every 5min --for 8h
        tcptimeline snapshot -o /mnt/fleet/web1 --compress zstd --keep 14d
        tcptimeline nightly night -o nightly.html

      EXIT STATUS:
        0   done, also without ss (a warning)
        64  wrong usage
        73  the files cannot be written
        74  reading the sockets failed
      """)

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("Save into this folder, which is made if need be.", valueName: "dir"),
    completion: .directory)
  var output = "."

  @Option(
    help: ArgumentHelp("Again and again, at this interval (5s, 200ms, 1min).", valueName: "time"))
  var every: DurationArgument?

  @Option(
    name: .customLong("for"), help: ArgumentHelp("For this long, then stop.", valueName: "time"))
  var length: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "Then remove this host's snapshots from the folder that are older (14d).",
      valueName: "time"))
  var keep: DurationArgument?

  @Option(
    help: ArgumentHelp("Compress the files: none or zstd.", valueName: "name"))
  var compress = SnapshotCompression.none

  @Option(
    name: .customLong("host"),
    help: ArgumentHelp("The host's name; else the system's own.", valueName: "name"))
  var givenHost: String?

  func validate() throws {
    if let givenHost, Self.fileName(of: givenHost) != givenHost {
      throw ValidationError("--host takes letters, digits, dots and hyphens, at least one letter")
    }
    if length != nil, every == nil {
      throw ValidationError("--for needs --every: --every 5s --for 1h")
    }
  }

  func run() throws {
    try OutputFolder.make(output)
    let hasTool = SocketTool.isInstalled
    if !hasTool {
      Failure.say(
        "ss is not installed: only /proc/net/tcp is saved, without processes; install iproute2")
    }
    guard let every else {
      try save(withTool: hasTool)
      if isatty(STDERR_FILENO) == 1 {
        Failure.say("\(output): a snapshot was saved; tcptimeline nightly \(output) reports on it")
      }
      return
    }
    let start = SystemClock.monotonic
    var due = start
    repeat {
      try save(withTool: hasTool)
      // What was missed while saving took longer than the interval is not made up for.
      let late = max(0, SystemClock.monotonic - due) / every.nanoseconds
      due += (late + 1) * every.nanoseconds
      if let length, due - start >= length.nanoseconds { return }
      SystemClock.sleep(until: due)
    } while true
  }

  private func save(withTool: Bool) throws(Failure) {
    let host = try host
    try copy("/proc/net/tcp", to: "proc-net-tcp", host)
    // Absent where the kernel has no IPv6.
    if access("/proc/net/tcp6", R_OK) == 0 {
      try copy("/proc/net/tcp6", to: "proc-net-tcp6", host)
    }
    if withTool {
      var file = try open("ss-tanoipem", host)
      try SocketTool.run { file.append($0) }
      try file.finish()
    }
    guard let keep else { return }
    let rotation = SnapshotRotation(age: keep.nanoseconds, host: host)
    if let left = rotation.clean(output, now: SystemClock.now) {
      Failure.say(
        "\(output): \(Quantity.counted(left.names.count, "old snapshot")) cannot be removed"
          + " (\(left.reason)): \(left.names.prefix(5).joined(separator: ", "))")
    }
  }

  /// As files and lines name it.
  private var host: String {
    get throws(Failure) {
      if let givenHost { return givenHost }
      var name = [CChar](repeating: 0, count: SnapshotHost.longest + 1)
      let isKnown = gethostname(&name, name.count - 1) == 0
      let text = name.withUnsafeBufferPointer { $0.baseAddress.map { RawPath.text($0) } } ?? ""
      guard isKnown, let host = Self.fileName(of: text) else {
        throw Failure(.usage, "the system has no name for this host; give it one with --host")
      }
      return host
    }
  }

  /// The name with what no host's name has replaced by a hyphen; nil where hardly anything is left.
  private static func fileName(of host: String) -> String? {
    let name = String(
      String.UnicodeScalarView(
        host.unicodeScalars.prefix(64).map { scalar in
          let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
          let isKept = isLetter || ("0"..."9").contains(scalar) || scalar == "." || scalar == "-"
          return isKept ? scalar : "-"
        }))
    guard name.contains(where: \.isLetter), name.first != "." else { return nil }
    return name
  }

  /// `1795356342.637_HOST_NAME.txt`, with the time it is begun at.
  private func open(_ name: String, _ host: String) throws(Failure) -> SnapshotSink {
    let milliseconds = SystemClock.now.nanoseconds / 1_000_000
    let fraction = String(1000 + milliseconds % 1000).dropFirst()
    let folder = output.hasSuffix("/") ? output : output + "/"
    var sink = try SnapshotSink(
      "\(folder)\(milliseconds / 1000).\(fraction)_\(host)_\(name).txt", compress)
    sink.append(SnapshotHost.line(host) + "\n")
    return sink
  }

  private func copy(_ source: String, to name: String, _ host: String) throws(Failure) {
    let input = Glibc.open(source, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else {
      throw Failure(.inputOutput, "\(source): cannot be opened (\(Failure.reason(errno)))")
    }
    defer { close(input) }
    var file = try open(name, host)
    // The kernel gives whole lines, as many as fit: the fewer reads, the less can change meanwhile.
    let size = 1 << 20
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: size)
    defer { buffer.deallocate() }
    while true {
      let count = read(input, buffer.baseAddress, size)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(.inputOutput, "\(source): reading failed (\(Failure.reason(errno)))")
      }
      file.append(UnsafeBufferPointer(rebasing: buffer[..<count]))
    }
    try file.finish()
  }
}
