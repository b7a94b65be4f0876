import Foundation
import Support
import TCPModel

/// What a client can ask. Each tool is a command of this program, whose answer it gives; so the command
/// that it names can be typed as it is.
struct CaptureTools {
  struct Parameter {
    enum Kind: String {
      case string, integer
    }

    var name: String
    var kind: Kind
    var text: String
    var isRequired = false
    var values: [String] = []
  }

  struct Tool {
    var name: String
    var text: String
    var parameters: [Parameter]
  }

  /// What a client gave for a tool.
  struct Arguments {
    var strings: [String: String] = [:]
    var numbers: [String: Int] = [:]
  }

  private let folder: RootFolder
  /// Of an answer, in bytes: it is read by programs that count words.
  private static let longest = 16_000
  private static let mostNamed = 100

  init(_ folder: RootFolder) {
    self.folder = folder
  }

  static let all: [Tool] = {
    let path = Parameter(
      name: "path", kind: .string, text: "A capture, relative to the folder", isRequired: true)
    let connection = Parameter(
      name: "connection", kind: .integer, text: "The number of a connection")
    return [
      Tool(
        name: "overview",
        text: "What a capture holds: connections by outcome, findings with frame numbers, the first"
          + " connections. Without a path: the captures of the folder.",
        parameters: [
          Parameter(name: "path", kind: .string, text: "A capture, relative to the folder")
        ]),
      Tool(
        name: "connections",
        text:
          "Connections of a capture with addresses, outcome, times, bytes and frames; at most 20.",
        parameters: [
          path,
          Parameter(
            name: "outcome", kind: .string, text: "Only those that ended so",
            values: Outcome.allCases.map(\.rawValue)),
          Parameter(
            name: "host", kind: .string,
            text: "Only those of an address or network, or to a server of this name"),
          Parameter(name: "port", kind: .integer, text: "Only those with this port"),
          Parameter(name: "slowest", kind: .integer, text: "Only so many that took longest"),
          Parameter(
            name: "first", kind: .integer, text: "Begin with the connection of this number"),
        ]),
      Tool(
        name: "why",
        text: "What limited the transfers that waited longest, whose side it was, what would help.",
        parameters: [path, connection]),
      Tool(
        name: "compare",
        text: "Which services got slower or worse between two captures, beyond chance.",
        parameters: [
          Parameter(name: "before", kind: .string, text: "The earlier capture", isRequired: true),
          Parameter(name: "after", kind: .string, text: "The later capture", isRequired: true),
          Parameter(
            name: "by", kind: .string, text: "What counts as one service",
            values: ["server", "client", "name", "pair", "application"]),
        ]),
      Tool(
        name: "diagram",
        text: "One connection segment by segment as a Mermaid sequence diagram, long ones folded.",
        parameters: [
          path,
          Parameter(
            name: "connection", kind: .integer, text: "The number of a connection",
            isRequired: true),
        ]),
    ]
  }()

  /// - Throws: What the client did wrong, or why there is no answer.
  func answer(_ name: String, _ given: Arguments) throws(Failure) -> String {
    func path(_ name: String) throws(Failure) -> String {
      guard let text = given.strings[name] else {
        throw Failure(.usage, "the argument \(name) is missing")
      }
      return try folder.file(text)
    }
    func number(_ name: String) -> [String] {
      given.numbers[name].map { ["--" + name, "\($0)"] } ?? []
    }
    func text(_ name: String) -> [String] {
      given.strings[name].map { ["--\(name)=\($0)"] } ?? []
    }
    switch name {
    case "overview":
      guard given.strings["path"] != nil else { return captures }
      return try output(of: [try path("path"), "--format", "brief"])
    case "connections":
      let path = try path("path")
      let first =
        given.numbers["first"].map { ["--connection", "\(max(1, $0))-\(Int32.max)"] } ?? []
      return try output(
        of: [path, "--format", "brief"] + text("outcome") + text("host") + number("port")
          + number("slowest") + first)
    case "why":
      let path = try path("path")
      let chosen = number("connection")
      return try output(
        of: ["why", path] + chosen,
        next: [path] + chosen
          + ["--format"] + (chosen.isEmpty ? ["brief"] : ["mermaid", "--frames"]))
    case "compare":
      let after = try path("after")
      return try output(
        of: ["diff", try path("before"), after, "--format", "text"] + text("by"),
        next: [after, "--format", "brief"])
    case "diagram":
      let path = try path("path")
      guard given.numbers["connection"] != nil else {
        throw Failure(.usage, "the argument connection is missing")
      }
      return try output(
        of: [path, "--format", "mermaid", "--frames", "--max-rows", "40"] + number("connection"),
        next: ["why", path] + number("connection"))
    default: throw Failure(.usage, "there is no tool \(name.safeToShow)")
    }
  }

  private var captures: String {
    let (names, isAll) = folder.captures(limit: Self.mostNamed)
    if names.isEmpty { return "no captures in this folder\n" }
    let lines = names.map { "\($0.name.safeToShow) \(Quantity.bytes($0.size))" }
    return (lines + (isAll ? [] : ["more captures are not named"])).joined(separator: "\n") + "\n"
      + Self.next([names[0].name.safeToShow, "--format", "brief"])
  }

  /// What to ask then, as a command that can be typed.
  private static func next(_ words: [String]) -> String {
    "next tcptimeline " + words.joined(separator: " ") + "\n"
  }

  /// What the command writes, with the command above it.
  ///
  /// - Parameter next: What to ask then, where the command's own output does not say so.
  private func output(of words: [String], next: [String]? = nil) throws(Failure) -> String {
    let file = try MemoryFile(named: "answer")
    do {
      var command = try TCPTimeline.parseAsRoot(words + ["-o", file.openPath])
      try command.run()
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.usage, TCPTimeline.message(for: error))
    }
    let bytes = try file.contents(limit: Self.longest)
    let command = "$ tcptimeline " + words.joined(separator: " ") + "\n"
    var text = String(decoding: bytes.prefix(Self.longest), as: UTF8.self)
    if bytes.count > Self.longest {
      text += "\n.. cut after \(Self.longest) bytes; ask for one connection\n"
    }
    return command + text + (next.map(Self.next) ?? "")
  }
}
