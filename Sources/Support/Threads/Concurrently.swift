import Dispatch

/// Calls the body with each number below `count`, at the same time and on several threads, and
/// returns when all calls have.
///
/// - Parameter body: What it touches has to be apart for each number, and what it shares has to stay
///   as it is meanwhile. The compiler does not check that: it has no word for "apart for each number",
///   and a value that is lent and cannot be copied, as a correlator is, no `@Sendable` closure takes.
public func concurrently(_ count: Int, unchecked body: (Int) -> Void) {
  withoutActuallyEscaping(body) { body in
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: count) { body($0) }
  }
}
