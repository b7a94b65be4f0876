import Glibc

/// A lock, and a signal that something it guards has changed.
///
/// Unchecked: the pointers never change, and what they point to is the C library's, which orders
/// all use of it.
public final class Monitor: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  public init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  public func lock() { pthread_mutex_lock(mutex) }
  public func unlock() { pthread_mutex_unlock(mutex) }

  /// Unlocks, waits for a signal and locks again; signals may come without a change.
  public func wait() { pthread_cond_wait(condition, mutex) }
  public func wakeAll() { pthread_cond_broadcast(condition) }
}
