import ArgumentParser

/// `tcptimeline mcp`: answers for programs that speak the Model Context Protocol.
struct ProtocolCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcp",
    abstract: "Answer questions about the captures of a folder, over the Model Context Protocol.",
    discussion: """
      Speaks JSON-RPC on standard input and output, a message a line, and reads only. Nothing outside of
      the folder is read, links that lead out of it included; nothing of any payload is told.

      EXAMPLES:
        tcptimeline mcp --root captures/
      """)

  @Option(
    help: ArgumentHelp("The folder whose captures may be read.", valueName: "dir"),
    completion: .directory)
  var root: String

  func run() throws {
    let folder = try RootFolder(root)
    var server = ProtocolServer(tools: CaptureTools(folder))
    try server.run()
  }
}
