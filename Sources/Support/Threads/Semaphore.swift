import Glibc

/// A count that threads wait for.
///
/// Unchecked: the pointer never changes, and what it points to is the C library's, which orders all
/// use of it.
public final class Semaphore: @unchecked Sendable {
  private let handle = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  public init(_ value: UInt32) {
    sem_init(handle, 0, value)
  }

  deinit {
    sem_destroy(handle)
    handle.deallocate()
  }

  /// Takes one off the count, as soon as it is above 0.
  public func wait() {
    // A signal handler may end the wait early.
    while sem_wait(handle) != 0 {}
  }

  /// Adds one to the count.
  public func post() {
    sem_post(handle)
  }
}
