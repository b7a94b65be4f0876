import Glibc
import Rendering
import Support

/// Exit statuses as sysexits(3) names them.
enum ExitStatus: Int32 {
  case done = 0
  /// What `--fail-on` names is there, or what is asked for is not.
  case found = 1
  /// EX_USAGE: the command line is wrong.
  case usage = 64
  /// EX_DATAERR: the input is not what it claims.
  case badInput = 65
  /// EX_NOINPUT: no such input.
  case noInput = 66
  /// EX_CANTCREAT: the output cannot be written.
  case cannotCreate = 73
  /// EX_IOERR: reading or writing failed midway.
  case inputOutput = 74
}

/// Why the program gives up: one line for standard error, and the exit status.
struct Failure: Error {
  var status: ExitStatus
  var message: String

  /// Nobody reads any more what is written: no failure of ours, and no reason for words.
  var isBrokenPipe = false

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  /// - Parameter code: The `errno` of a write.
  init(writing name: String, _ code: Int32) {
    self.init(.inputOutput, "\(name): writing failed (\(Failure.reason(code)))")
    isBrokenPipe = code == EPIPE
  }

  /// The system's words for an `errno`.
  static func reason(_ code: Int32) -> String {
    String(cString: strerror(code))
  }

  /// Writes `tcptimeline: message`; names in it may come from anywhere.
  static func say(_ message: String) {
    let line = "\(Generator.name): \(RawPath.shown(message).safeToShow)\n"
    var output = ByteWriter(descriptor: STDERR_FILENO)
    output.text(line)
    output.flush()
  }
}
