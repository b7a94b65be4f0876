import Foundation
import TestSupport
import Testing

/// `tcptimeline mcp`, spoken to as a client does.
@Suite struct ProtocolTests {
  private let folder: Scratch

  init() throws {
    folder = try Scratch()
    try FileManager.default.createDirectory(
      at: folder.folder.appendingPathComponent("root/inner"), withIntermediateDirectories: true)
    for (name, place) in [
      ("textbook.pcap", "root/textbook.pcap"), ("many.pcap", "root/inner/many.pcap"),
      ("refused.pcap", "outside.pcap"),
    ] {
      try FileManager.default.copyItem(
        atPath: Repository.sample(name), toPath: folder.path(place))
    }
  }

  /// The answers to some messages, by their ids.
  private func talk(_ messages: [String]) throws -> [[String: Any]] {
    var program = Program()
    program.input = Array((messages.joined(separator: "\n") + "\n").utf8)
    let result = try program.run("mcp", "--root", folder.path("root"))
    #expect(result.status == 0 && result.errors == "")
    return try result.text.split(separator: "\n").map { line in
      try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
  }

  private func call(_ tool: String, _ arguments: [String: Any]) throws -> (
    text: String, isError: Bool
  ) {
    let message: [String: Any] = [
      "jsonrpc": "2.0", "id": 7, "method": "tools/call",
      "params": ["name": tool, "arguments": arguments],
    ]
    let line = String(
      decoding: try JSONSerialization.data(withJSONObject: message), as: UTF8.self)
    let answers = try talk([line])
    try #require(answers.count == 1)
    #expect(answers[0]["id"] as? Int == 7)
    let result = try #require(answers[0]["result"] as? [String: Any], "\(answers)")
    let content = try #require(result["content"] as? [[String: Any]])
    return (
      try #require(content.first?["text"] as? String), try #require(result["isError"] as? Bool)
    )
  }

  @Test func aSessionFromTheGreetingOn() throws {
    let answers = try talk([
      #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
      #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
      #"{"jsonrpc":"2.0","id":"a","method":"ping"}"#,
      #"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#,
    ])
    #expect(answers.count == 3)
    let greeting = try #require(answers[0]["result"] as? [String: Any])
    #expect(greeting["protocolVersion"] as? String == "2025-03-26")
    #expect((greeting["serverInfo"] as? [String: Any])?["name"] as? String == "tcptimeline")
    #expect(answers[1]["id"] as? String == "a")
    let tools = try #require(
      (answers[2]["result"] as? [String: Any])?["tools"] as? [[String: Any]])
    #expect(
      tools.compactMap { $0["name"] as? String } == [
        "overview", "connections", "why", "compare", "diagram",
      ])
    #expect(
      tools.allSatisfy { ($0["inputSchema"] as? [String: Any])?["type"] as? String == "object" })
  }

  @Test func toolsAnswerWithFramesAndTheNextCommand() throws {
    let list = try call("overview", [:])
    #expect(list.text.contains("textbook.pcap ") && list.text.contains("inner/many.pcap "))
    let overview = try call("overview", ["path": "inner/many.pcap"])
    #expect(!overview.isError && overview.text.contains("frames "))
    #expect(overview.text.contains("next tcptimeline why inner/many.pcap"))
    let chosen = try call("connections", ["path": "inner/many.pcap", "first": 2, "slowest": 3])
    #expect(!chosen.isError, "\(chosen.text)")
    let why = try call("why", ["path": "textbook.pcap", "connection": 1])
    #expect(why.text.contains("Why it took so long"))
    let diagram = try call("diagram", ["path": "textbook.pcap", "connection": 1])
    #expect(diagram.text.contains("sequenceDiagram"))
    let compared = try call(
      "compare", ["before": "textbook.pcap", "after": "inner/many.pcap", "by": "server"])
    #expect(!compared.isError, "\(compared.text)")
    for answer in [list, overview, chosen, why, diagram, compared] {
      #expect(answer.text.utf8.count < 17_000)
      #expect(answer.text.split(separator: "\n").last?.hasPrefix("next tcptimeline ") == true)
    }
    #expect(why.text.contains("frames 4-6") && diagram.text.contains("frame 3: 0.0"))
    #expect(compared.text.contains("first: connection 1 (frames 1-13) before"))
    #expect(compared.text.contains("Longest connection: connection 1 (frames 1-13) before, conn"))
  }

  /// Neither the filler of these samples nor what a request asks for.
  @Test(arguments: ["textbook.pcap", "http.pcapng"])
  func noPayloadIsTold(_ sample: String) throws {
    try FileManager.default.copyItem(
      atPath: Repository.sample(sample), toPath: folder.path("root/told"))
    for tool in ["overview", "connections", "why", "diagram"] {
      var arguments: [String: Any] = ["path": "told"]
      if tool == "diagram" { arguments["connection"] = 1 }
      let answer = try call(tool, arguments)
      #expect(!answer.isError)
      for words in ["quick brown", "/item", "BaseHTTP", "identity"] {
        #expect(!answer.text.contains(words), "\(tool)")
      }
    }
  }

  /// What stands above and below an answer can be typed, and the answer is what the command writes.
  @Test func answersAreThoseOfTheCommands() throws {
    for (tool, arguments) in [
      ("overview", ["path": "inner/many.pcap"]),
      ("connections", ["path": "inner/many.pcap", "outcome": "reset", "slowest": 3]),
      ("why", ["path": "textbook.pcap", "connection": 1]), ("why", ["path": "inner/many.pcap"]),
      ("compare", ["before": "textbook.pcap", "after": "inner/many.pcap", "by": "server"]),
      ("diagram", ["path": "textbook.pcap", "connection": 1]),
    ] as [(String, [String: Any])] {
      let answer = try call(tool, arguments).text
      let all = answer.split(separator: "\n", omittingEmptySubsequences: false)
      let command = try #require(all.first)
      let lines = all.dropFirst()
      #expect(command.hasPrefix("$ tcptimeline "))
      let program = Program(folder: folder.folder.appendingPathComponent("root"))
      let own = try program.run(command.split(separator: " ").dropFirst(2).map(String.init))
      #expect(own.status == 0 && lines.joined(separator: "\n").hasPrefix(own.text), "\(tool)")
      let next = try #require(lines.last { !$0.isEmpty })
      for command in next.dropFirst(5).components(separatedBy: ", ") {
        let words = command.split(separator: " ").dropFirst().map(String.init)
        #expect(try program.run(words).status == 0, "\(next)")
      }
    }
  }

  @Test(arguments: [
    "../outside.pcap", "link.pcap", "linked/outside.pcap", "/etc/passwd", "-", "none.pcap", "",
    "inner/../../outside.pcap",
  ])
  func nothingOutsideIsRead(path: String) throws {
    let files = FileManager.default
    try files.createSymbolicLink(
      atPath: folder.path("root/link.pcap"), withDestinationPath: folder.path("outside.pcap"))
    try files.createSymbolicLink(
      atPath: folder.path("root/linked"), withDestinationPath: folder.folder.path)
    let answer = try call("overview", ["path": path])
    #expect(answer.isError)
    #expect(answer.text.hasSuffix("no such capture in the folder"), "\(answer.text)")
    #expect(!(try call("overview", [:])).text.contains("outside"))
  }

  @Test func aLinkThatStaysInsideIsFollowed() throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("root/also.pcap"), withDestinationPath: folder.path("root/textbook.pcap"))
    #expect(!(try call("overview", ["path": "also.pcap"])).isError)
  }

  @Test func aNameLikeAnOptionIsAFile() throws {
    try FileManager.default.copyItem(
      atPath: Repository.sample("textbook.pcap"), toPath: folder.path("root/--help"))
    let answer = try call("overview", ["path": "--help"])
    #expect(!answer.isError && answer.text.contains("connections 1"), "\(answer.text)")
  }

  @Test(arguments: [
    (#"{"#, -32_700), (#"[]"#, -32_600), (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32_600),
    (#"{"jsonrpc":"2.0","id":1}"#, -32_600),
    (#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32_600),
    (#"{"jsonrpc":"2.0","id":1,"method":"resources/list"}"#, -32_601),
    (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"rm"}}"#, -32_602),
    (
      #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"why","arguments":{"path":3}}}"#,
      -32_602
    ),
    (
      #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"why","arguments":{"path":"a","-o":"b"}}}"#,
      -32_602
    ),
  ])
  func whatIsWrongIsSaidInItsCode(message: String, code: Int) throws {
    let answers = try talk([message, #"{"jsonrpc":"2.0","id":99,"method":"ping"}"#])
    #expect(answers.count == 2)
    #expect((answers[0]["error"] as? [String: Any])?["code"] as? Int == code)
    // It goes on.
    #expect(answers[1]["id"] as? Int == 99)
  }

  @Test func aDamagedCaptureIsAnAnswerNotAnEnd() throws {
    try folder.write(Array("no capture at all".utf8), "root/bad.pcap")
    let answer = try call("overview", ["path": "bad.pcap"])
    #expect(answer.isError && answer.text.contains("bad.pcap"))
    let wrong = try call("diagram", ["path": "textbook.pcap", "connection": 9])
    #expect(wrong.isError && wrong.text.contains("no connection is chosen"))
  }

  @Test func anEndlessLineIsRefused() throws {
    let answers = try talk([
      String(repeating: "x", count: 3 << 20), #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
    ])
    #expect(answers.count == 2)
  }

  @Test func briefIsTheSameAsText() throws {
    let brief = try Program().run("Samples/many.pcap", "--format", "brief")
    #expect(brief.status == 0 && brief.errors == "")
    let lines = brief.text.split(separator: "\n")
    #expect(lines.first?.hasPrefix("capture Samples/many.pcap: ") == true)
    #expect(lines.last?.hasPrefix("next tcptimeline why Samples/many.pcap") == true)
    #expect(lines.count < 60)
  }

  @Test func theRootIsAFolder() throws {
    #expect(try Program().run("mcp", "--root", folder.path("none")).status == 66)
    #expect(try Program().run("mcp", "--root", folder.path("outside.pcap")).status == 64)
    #expect(try Program().run("mcp").status == 64)
  }
}
