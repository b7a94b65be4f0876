/// Calls the body on so many threads at the same time, each time with the numbers below `count` that are this
/// thread's, and returns when all calls have. The calls may wait for each other.
///
/// Where the system gives no thread, the caller's has its number too.
///
/// - Parameter body: What it touches has to be apart for each number, or guarded. The compiler does not check that,
///   for the reason that `concurrently` gives.
public func sideBySide(_ count: Int, unchecked body: ([Int]) -> Void) {
  withoutActuallyEscaping(body) { body in
    nonisolated(unsafe) let body = body
    var own = [0]
    var threads: [WorkerThread] = []
    for number in 1..<max(1, count) {
      if let thread = WorkerThread({ body([number]) }) {
        threads.append(thread)
      } else {
        own.append(number)
      }
    }
    body(own)
    for thread in threads { thread.join() }
  }
}
