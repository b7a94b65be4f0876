import ArgumentParser
import Glibc
import Rendering
import Support
import TCPModel

/// `tcptimeline snapshot [-o DIR]`: saves this host's sockets as text files.
struct SnapshotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Save this host's TCP sockets now, as text files that the other commands read.",
    usage: "tcptimeline snapshot [-o DIR] [--every 5s [--for 1h]]",
    discussion: """
      Saves /proc/net/tcp, /proc/net/tcp6 and, where ss is installed, the output of ss -tanoipem,
      each under the time it was taken at. Needs no root; without it ss names only your own
      processes.

      EXAMPLES:
        tcptimeline snapshot -o /var/lib/tcptimeline
        tcptimeline snapshot -o night --every 5min --for 8h
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

  func validate() throws {
    if length != nil, every == nil {
      throw ValidationError("--for needs --every: --every 5s --for 1h")
    }
  }

  func run() throws {
    try makeFolder()
    let hasTool = SocketTool.isInstalled
    if !hasTool {
      Failure.say(
        "ss is not installed: only /proc/net/tcp is saved, without processes; install iproute2")
    }
    guard let every else {
      try save(withTool: hasTool)
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

  private func makeFolder() throws(Failure) {
    if FileIdentity.Status(path: output)?.isDirectory == true { return }
    guard output.withPath({ mkdir($0, 0o750) }) == 0 else {
      let reason = errno == EEXIST ? "is no folder" : "cannot be made (\(Failure.reason(errno)))"
      throw Failure(.cannotCreate, "\(output): \(reason)")
    }
  }

  private func save(withTool: Bool) throws(Failure) {
    try copy("/proc/net/tcp", to: "proc-net-tcp")
    // Absent where the kernel has no IPv6.
    if access("/proc/net/tcp6", R_OK) == 0 { try copy("/proc/net/tcp6", to: "proc-net-tcp6") }
    guard withTool else { return }
    var file = try open("ss-tanoipem")
    var bytes = ByteWriter(descriptor: file.descriptor)
    try SocketTool.run { bytes.append($0) }
    try file.finish(&bytes)
    try file.commit()
  }

  /// `1795356342.637_NAME.txt`, with the time it is begun at.
  private func open(_ name: String) throws(Failure) -> OutputFile {
    let milliseconds = SystemClock.now.nanoseconds / 1_000_000
    let fraction = String(1000 + milliseconds % 1000).dropFirst()
    let folder = output.hasSuffix("/") ? output : output + "/"
    return try OutputFile.open(
      path: "\(folder)\(milliseconds / 1000).\(fraction)_\(name).txt",
      mode: OutputFile.privateMode)
  }

  private func copy(_ source: String, to name: String) throws(Failure) {
    let input = Glibc.open(source, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else {
      throw Failure(.inputOutput, "\(source): cannot be opened (\(Failure.reason(errno)))")
    }
    defer { close(input) }
    var file = try open(name)
    var bytes = ByteWriter(descriptor: file.descriptor)
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
      bytes.append(UnsafeBufferPointer(rebasing: buffer[..<count]))
    }
    try file.finish(&bytes)
    try file.commit()
  }
}

/// `5s`, `200ms`, `1.5h`, `90` (seconds).
struct DurationArgument: ExpressibleByArgument {
  var nanoseconds: Nanoseconds

  private static let units: [(String, Double)] = [
    ("ms", 1e6), ("s", 1e9), ("sec", 1e9), ("m", 60e9), ("min", 60e9), ("h", 3600e9),
    ("d", 86_400e9), ("", 1e9),
  ]

  /// nil for what is no time, is not above 0 or lasts longer than a century.
  init?(argument: String) {
    let number = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = String(argument[number.endIndex...])
    guard let amount = Double(number),
      let factor = DurationArgument.units.first(where: { $0.0 == unit })?.1,
      case let length = amount * factor, length >= 1e6, length <= 100 * 366 * 86_400e9
    else { return nil }
    nanoseconds = Nanoseconds(length)
  }
}
