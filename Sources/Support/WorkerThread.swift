import Glibc
import TCPModel

/// A thread for work that goes on for as long as a whole input, and waits in between.
public struct WorkerThread {
  private let thread: pthread_t

  /// What the thread takes with it.
  private final class Work {
    let run: () -> Void

    init(_ run: @escaping () -> Void) {
      self.run = run
    }
  }

  /// Begins the work, unless the system gives no thread: then the caller has to do it.
  ///
  /// - Parameter work: What it shares with other threads it has to guard itself.
  public init?(_ work: @escaping () -> Void) {
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
