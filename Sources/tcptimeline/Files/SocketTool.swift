import Glibc

/// Runs `ss` (iproute2), which knows more of a socket than `/proc/net/tcp`.
enum SocketTool {
  private static let name = "ss"
  private static let arguments = ["ss", "-tanoipem"]

  /// Where users have it in their path, and where only root has.
  private static let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]

  static var isInstalled: Bool { path != nil }

  private static var path: String? {
    let own = getenv("PATH").map { String(cString: $0) } ?? ""
    let all = own.split(separator: ":").map(String.init) + folders
    return all.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// Gives what it prints, piece by piece. Through a pipe, because `ss` itself does not notice that
  /// a disk is full.
  static func run(_ take: (UnsafeBufferPointer<UInt8>) -> Void) throws(Failure) {
    guard let path else { throw Failure(.inputOutput, "ss: is not installed any more") }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw Failure(.inputOutput, "\(path): no pipe can be made (\(Failure.reason(errno)))")
    }
    // The child must not hold the pipe's ends, or it would never end.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let child: pid_t
    do {
      defer { close(ends[1]) }
      child = try spawn(path, output: ends[1])
    }
    let result = drain(ends[0], take)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard result == 0 else {
      throw Failure(.inputOutput, "\(path): reading failed (\(Failure.reason(result)))")
    }
    // WIFEXITED and WEXITSTATUS of wait(2), which are macros.
    guard status & 0x7F == 0 else {
      throw Failure(.inputOutput, "\(path): was ended by signal \(status & 0x7F)")
    }
    guard status >> 8 == 0 else {
      throw Failure(.inputOutput, "\(path): failed with status \(status >> 8)")
    }
  }

  private static func spawn(_ path: String, output: Int32) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
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
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    // A width in the environment would break the lines.
    unsetenv("COLUMNS")
    var child: pid_t = 0
    let code = posix_spawn(&child, path, &actions, &attributes, words, environ)
    guard code == 0 else {
      throw Failure(.inputOutput, "\(path): cannot be run (\(Failure.reason(code)))")
    }
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
}
