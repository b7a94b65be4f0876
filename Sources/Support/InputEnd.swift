import Glibc

/// Ends the reading of a pipe from outside: what a signal asks for while a capture is still coming in.
///
/// The writer has usually got the same signal, and what it had not yet handed on is still to come: the
/// pipe is read for a while longer.
public enum InputEnd {
  /// Without anything coming, and in all.
  private static let patience: (quiet: Int64, whole: Int64) = (500_000_000, 2_000_000_000)

  // Written before any signal can come, or by a handler, which may do no more.
  private nonisolated(unsafe) static var wake: (read: Int32, write: Int32) = (-1, -1)
  private nonisolated(unsafe) static var isReading = false
  private nonisolated(unsafe) static var isAsked = false
  private nonisolated(unsafe) static var end: Int64?

  /// To be called once, before signals may come.
  public static func prepare() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    wake = (ends[0], ends[1])
  }

  /// Asks for the end; false where no pipe is being read, or it was asked for before. Safe in a handler
  /// of signals.
  public static func ask() -> Bool {
    guard isReading, !isAsked, wake.write >= 0 else { return false }
    isAsked = true
    var byte: UInt8 = 1
    _ = write(wake.write, &byte, 1)
    return true
  }

  /// Waits until there is something to read, or the pipe's own end.
  ///
  /// - Returns: False where reading ends here.
  public static func awaits(_ descriptor: Int32) -> Bool {
    guard wake.read >= 0 else { return true }
    isReading = true
    while true {
      var wait: Int32 = -1
      if isAsked {
        let now = SystemClock.monotonic
        let last = end ?? now + patience.whole
        end = last
        wait = Int32(max(0, min(patience.quiet, last - now)) / 1_000_000)
        if last <= now { return false }
      }
      var files = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isAsked ? -1 : wake.read, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&files, 2, wait)
      if count < 0, errno != EINTR { return true }
      if count > 0, files[0].revents != 0 { return true }
      if count == 0, isAsked { return false }
    }
  }

  /// What was read is at its end by itself: whoever waits goes on.
  public static func finish() {
    isReading = true
    _ = ask()
  }

  /// Waits, at most so long; true where the end was asked for.
  public static func pause(_ time: Int64) -> Bool {
    isReading = true
    let last = SystemClock.monotonic + time
    while !isAsked {
      let left = (last - SystemClock.monotonic) / 1_000_000
      if left <= 0 { return false }
      var file = pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0)
      _ = poll(&file, 1, Int32(min(left, 1 << 30)))
    }
    return true
  }

  /// The pipe is at its end: signals are what they are elsewhere.
  public static func ended() { isReading = false }
}
