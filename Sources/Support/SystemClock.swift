import Glibc
import TCPModel

/// The system's clocks.
public enum SystemClock {
  /// The time of day (CLOCK_REALTIME).
  public static var now: Timestamp { Timestamp(nanoseconds: read(CLOCK_REALTIME)) }
  /// Time that never goes back (CLOCK_MONOTONIC).
  public static var monotonic: Nanoseconds { read(CLOCK_MONOTONIC) }
  /// What the process has used of the processors (CLOCK_PROCESS_CPUTIME_ID).
  public static var processorTime: Nanoseconds { read(CLOCK_PROCESS_CPUTIME_ID) }

  /// - Parameter due: In terms of `monotonic`.
  public static func sleep(until due: Nanoseconds) {
    var time = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }

  private static func read(_ clock: clockid_t) -> Nanoseconds {
    var time = timespec()
    clock_gettime(clock, &time)
    return Nanoseconds(time.tv_sec) * 1_000_000_000 + Nanoseconds(time.tv_nsec)
  }
}
