import ArgumentParser
import TCPModel

/// Where on a path the captures were taken.
struct PathArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Captured at the clients' end; repeatable for pieces. Takes --server-capture beside it.",
      valueName: "file"),
    completion: .file())
  var clientCapture: [String] = []

  @Option(
    help: ArgumentHelp(
      "Captured at the servers' end: the report tells what the path between them lost.",
      valueName: "file"),
    completion: .file())
  var serverCapture: [String] = []

  @Option(
    help: ArgumentHelp(
      "A capture point of a path of three or more, in its order from the clients; repeatable.",
      valueName: "name=file"),
    completion: .file())
  var capture: [NamedCapture] = []

  @Flag(help: "The clocks of all capture points agree; do not estimate them.")
  var sameClock = false

  func validate() throws {
    if clientCapture.isEmpty != serverCapture.isEmpty {
      throw ValidationError(
        "--client-capture and --server-capture go together: name both ends of the path")
    }
    if !capture.isEmpty, !clientCapture.isEmpty {
      throw ValidationError(
        "--capture names every point of the path; leave out --client-capture and --server-capture")
    }
    if !capture.isEmpty, Set(capture.map(\.name)).count < 2 {
      throw ValidationError(
        "--capture takes two points at least: --capture a=FILE --capture b=FILE")
    }
  }

  /// The points in the order of the path, with their files; none where no option names any.
  var named: [(name: String, files: [String])] {
    if !clientCapture.isEmpty {
      return [("client", clientCapture), ("server", serverCapture)]
    }
    var points: [(name: String, files: [String])] = []
    for one in capture {
      if let known = points.firstIndex(where: { $0.name == one.name }) {
        points[known].files.append(one.file)
      } else {
        points.append((one.name, [one.file]))
      }
    }
    return points
  }
}

/// `NAME=FILE`
struct NamedCapture: ExpressibleByArgument {
  var name: String
  var file: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    name = String(parts[0])
    file = String(parts[1])
  }
}
