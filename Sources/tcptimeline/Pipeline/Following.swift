import Glibc
import Rendering
import Support
import TCPModel

/// Reports on captures that still grow, each on all that has come by then, until Ctrl-C or the end of the
/// pipe; the last one is what a report on the whole would be.
struct Following {
  /// Between two reports; nil for one at the end.
  let interval: Nanoseconds?

  /// - Parameter report: Makes one, from a copy of standard input where that is read, and is told whether
  ///   another one follows.
  func run<Result>(
    _ inputs: [String], _ report: (_ copy: String?, _ isInterim: Bool) throws -> Result
  ) throws -> Result {
    let pipe = inputs.contains("-") ? try FollowedPipe() : nil
    var size: Int64 = -1
    while !InputEnd.pause(interval ?? Self.long) {
      guard interval != nil else { continue }
      // Where nothing has come the report of before still stands.
      let grown = Self.size(of: inputs, pipe)
      if grown == size { continue }
      size = grown
      do {
        _ = try report(pipe?.path, true)
      } catch let failure as Failure
        where [ExitStatus.badInput, .noInput, .found].contains(failure.status)
      {
        // It has hardly begun.
      }
    }
    pipe?.join()
    return try report(pipe?.path, false)
  }

  private static let long: Nanoseconds = 3_600_000_000_000

  private static func size(of inputs: [String], _ pipe: FollowedPipe?) -> Int64 {
    inputs.map { $0 == "-" ? pipe?.path ?? "" : $0 }
      .reduce(0) { $0 + (FileIdentity.Status(path: $1)?.size ?? 0) }
  }
}

/// Standard input, copied while it comes in, so that it can be read again and again.
private final class FollowedPipe {
  let path: String
  private let thread: WorkerThread?

  init() throws {
    let copy = try Spool.file()
    path = "/proc/self/fd/\(copy)"
    thread = WorkerThread {
      do throws(Failure) {
        try Spool.copy(STDIN_FILENO, to: copy, named: "-")
      } catch {
        Failure.say(error.message)
      }
      InputEnd.finish()
    }
    if thread == nil { throw Failure(.inputOutput, "-: no thread can be started") }
  }

  func join() { thread?.join() }
}
