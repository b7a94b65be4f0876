import Glibc

/// Another program, run once for what it prints.
public struct ChildProcess {
  /// Why nothing came of it, in words that go on after its path.
  public struct Failure: Error {
    public var text: String
  }

  private let path: String
  private let arguments: [String]
  /// Variables of its environment beside our own; nil takes one away.
  public var environment: [(name: String, value: String?)] = []

  /// - Parameter arguments: Without the program's own name.
  public init(_ path: String, _ arguments: [String]) {
    self.path = path
    self.arguments = arguments
  }

  /// The program of that name in the user's path, or in folders that root alone has in it.
  public static func find(_ name: String, alsoIn more: [String] = []) -> String? {
    let own = getenv("PATH").map { String(cString: $0) } ?? ""
    let folders = own.split(separator: ":").map(String.init) + more
    return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// Gives what it prints, piece by piece. Through a pipe, because many programs do not notice that a disk
  /// is full.
  ///
  /// - Parameter input: What it reads; nothing without.
  public func run(
    input: [UInt8]? = nil, _ take: (UnsafeBufferPointer<UInt8>) -> Void
  ) throws(Failure) {
    // A file, not a pipe: who reads and writes at once may wait for ever.
    let source = try input.map { bytes throws(Failure) in try Self.file(bytes) }
    defer { if let source { fclose(source) } }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw Failure(text: "no pipe can be made (\(Self.reason(errno)))")
    }
    // The child must not hold the pipe's ends, or it would never end.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let child: pid_t
    do {
      defer { close(ends[1]) }
      child = try spawn(input: source.map { fileno($0) }, output: ends[1])
    }
    let result = Self.drain(ends[0], take)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard result == 0 else { throw Failure(text: "reading failed (\(Self.reason(result)))") }
    // WIFEXITED and WEXITSTATUS of wait(2), which are macros.
    guard status & 0x7F == 0 else {
      throw Failure(text: "was ended by signal \(status & 0x7F)")
    }
    guard status >> 8 == 0 else { throw Failure(text: "failed with status \(status >> 8)") }
  }

  private static func file(_ bytes: [UInt8]) throws(Failure) -> UnsafeMutablePointer<FILE> {
    guard let file = tmpfile() else {
      throw Failure(text: "no temporary file can be made (\(reason(errno)))")
    }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count, fflush(file) == 0,
      lseek(fileno(file), 0, SEEK_SET) == 0
    else {
      let code = errno
      fclose(file)
      throw Failure(text: "a temporary file cannot be written (\(reason(code)))")
    }
    return file
  }

  private func spawn(input: Int32?, output: Int32) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    // Handlers end with the program, what it ignores would not.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var usual = sigset_t()
    sigemptyset(&usual)
    sigaddset(&usual, SIGPIPE)
    sigaddset(&usual, SIGXFSZ)
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    for (name, value) in environment {
      if let value { setenv(name, value, 1) } else { unsetenv(name) }
    }
    var child: pid_t = 0
    let code = posix_spawn(&child, path, &actions, &attributes, words, environ)
    guard code == 0 else { throw Failure(text: "cannot be run (\(Self.reason(code)))") }
    return child
  }

  /// Everything up to the pipe's end; gives the `errno` of a failure, else 0.
  private static func drain(
    _ input: Int32, _ take: (UnsafeBufferPointer<UInt8>) -> Void
  ) -> Int32 {
    let size = 1 << 16
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: size)
    defer { buffer.deallocate() }
    while true {
      let count = read(input, buffer.baseAddress, size)
      if count == 0 { return 0 }
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      take(UnsafeBufferPointer(rebasing: buffer[..<count]))
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
