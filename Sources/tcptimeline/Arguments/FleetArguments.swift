import ArgumentParser
import Support
import TCPModel

/// What `nightly` does with the nights of several hosts, and with those that are kept.
struct FleetArguments: ParsableArguments {
  @Option(
    name: .customLong("host-from"),
    help: ArgumentHelp(
      "What tells the hosts apart: folder, name (of the file), or a pattern of the path with"
        + " {host} in it ('*/{host}-*'); else a line in the snapshot, the name, the folder or"
        + " the addresses do.", valueName: "what"))
  var hostFrom: HostSource?

  @Flag(
    name: .customLong("list-hosts"),
    help: "Only say which files are of which host: a JSON object a line.")
  var listsHosts = false

  @Option(
    help: ArgumentHelp(
      "Write the figures of the night to this file, too, in Prometheus's text format.",
      valueName: "file"),
    completion: .file())
  var prometheus: String?

  @Option(
    name: .customLong("forget-host"),
    help: ArgumentHelp("Remove a host's nights from the history; repeatable.", valueName: "name"))
  var forgottenHosts: [String] = []

  @Option(
    name: .customLong("forget-older"),
    help: ArgumentHelp(
      "Remove nights from the history that ended longer ago than this before the newest one"
        + " (400d).", valueName: "time"))
  var forgottenAge: DurationArgument?

  var forgets: Bool { !forgottenHosts.isEmpty || forgottenAge != nil }
}
