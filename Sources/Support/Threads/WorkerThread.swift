import Glibc

/// A thread for work that goes on for as long as a whole input, and waits in between.
public struct WorkerThread: Sendable {
  private let thread: pthread_t

  /// What the thread takes with it.
  private final class Work: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
      self.run = run
    }
  }

  /// Begins the work, unless the system gives no thread: then the caller has to do it.
  ///
  /// - Parameter work: What it shares with other threads is `Sendable`: a value, or a class that
  ///   guards itself by a `Monitor` or a `Semaphore` and says how.
  public init?(_ work: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Work(work))
    guard pthread_create(&thread, nil, WorkerThread.begin, context.toOpaque()) == 0 else {
      context.release()
      return nil
    }
    self.thread = thread
  }

  /// Waits for the end of the work; to be called once.
  public func join() {
    pthread_join(thread, nil)
  }

  private static let begin: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? =
    { context in
      if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
      return nil
    }
}
