import ArgumentParser
import Support
import TCPModel

/// Which connections are shown.
struct SelectionOptions: ParsableArguments {
  @Option(
    name: .customLong("connection"),
    help: ArgumentHelp("Only this connection; a number or a range (3-7).", valueName: "id"))
  var connections: [IDRange] = []

  @Option(
    name: .customLong("host"),
    help: ArgumentHelp(
      "Only connections of this address or network, or to a server of this name (*.example.com).",
      valueName: "host"))
  var hosts: [HostPattern] = []

  @Option(
    name: .customLong("application"),
    help: ArgumentHelp("Only connections over which this is spoken.", valueName: "name"))
  var applications: [Application] = []

  @Option(
    name: .customLong("port"),
    help: ArgumentHelp("Only connections with this port on either side.", valueName: "n"))
  var ports: [UInt16] = []

  @Option(
    name: .customLong("outcome"),
    help: ArgumentHelp("Only connections that ended so.", valueName: "name"))
  var outcomes: [Outcome] = []

  @Option(
    help: ArgumentHelp(
      "Read only the frames that this expression in tcpdump's language accepts"
        + " ('host 192.0.2.7 and tcp port 443').", valueName: "expression"))
  var filter: String?

  @Option(
    help: ArgumentHelp(
      "Only connections alive between two times: 14:03 of the capture's day, RFC 3339, seconds since"
        + " 1970, or +seconds from the first packet.", valueName: "time time"))
  var between: [InstantArgument] = []

  @Option(
    help: ArgumentHelp(
      "Count connections together by server, client, name, pair, application or subnet/LEN.",
      valueName: "kind"))
  var by: ServiceKind?

  @Option(
    help: ArgumentHelp(
      "Only the n connections that took longest, times of nothing to do not counted.",
      valueName: "n"))
  var slowest: Int?

  @Option(help: ArgumentHelp("At most n connections.", valueName: "n"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Keep at most n connections while reading, for little memory: the oldest closed ones go first.",
      valueName: "n"))
  var maxConnections: Int?

  func validate() throws {
    if between.count == 1 || between.count > 2 {
      throw ValidationError("--between takes two times: --between +0.5 +2")
    }
    if let slowest, slowest < 1 { throw ValidationError("--slowest takes a number from 1") }
    if let maxConnections, maxConnections < 1 {
      throw ValidationError("--max-connections takes a number from 1")
    }
    if let limit, limit < 0 { throw ValidationError("--limit takes a number from 0") }
  }

  /// The options that were given and choose, but for `--limit`, as they can be typed.
  var given: [String] {
    func typed(_ option: String, _ values: [String]) -> [String] {
      values.map { "\(option) \($0)" }
    }
    return typed("--connection", connections.map(\.description))
      + typed("--host", hosts.map(\.description))
      + typed("--application", applications.map(\.rawValue))
      + typed("--port", ports.map(\.description)) + typed("--outcome", outcomes.map(\.rawValue))
      + (between.isEmpty ? [] : ["--between"]) + typed("--slowest", slowest.map { ["\($0)"] } ?? [])
      + (filter == nil ? [] : ["--filter"])
  }

  /// The conditions, with times counted from the first packet resolved.
  func selection(start: Timestamp?, clock: WallClock) throws(Failure) -> Selection {
    var selection = Selection()
    selection.connections = connections
    selection.hosts = hosts
    selection.applications = applications
    selection.ports = ports
    selection.outcomes = outcomes
    selection.slowest = slowest
    selection.limit = limit
    if between.count == 2 {
      guard
        let times = InstantArgument.range(
          between[0], between[1], from: start ?? Timestamp(nanoseconds: 0), clock: clock)
      else { throw Failure(.found, "--between ends before it begins: no connection is chosen") }
      selection.between = times
    }
    return selection
  }
}

extension Outcome: ExpressibleByArgument {}

extension IDRange: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}

extension Application: ExpressibleByArgument {}

extension ServiceKind: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension HostPattern: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}

extension InstantArgument: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}
