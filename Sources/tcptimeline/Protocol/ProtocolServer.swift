import Foundation
import Glibc
import Rendering

/// JSON-RPC 2.0 over standard input and output, as the Model Context Protocol uses it: a message a
/// line.
struct ProtocolServer {
  private let tools: CaptureTools
  /// The first is the one that is offered where the client asks for another.
  private static let versions = ["2025-06-18", "2025-03-26", "2024-11-05"]
  /// Of one message, in bytes.
  private static let longest = 1 << 20

  /// What JSON-RPC and the protocol call errors.
  private enum Code: Int {
    case parse = -32_700
    case invalidRequest = -32_600
    case noMethod = -32_601
    case invalidParameters = -32_602
  }

  private struct Refusal: Error {
    var code: Code
    var message: String
  }

  init(tools: CaptureTools) {
    self.tools = tools
  }

  /// Answers until standard input ends.
  mutating func run() throws(Failure) {
    var lines = LineReader(
      descriptor: STDIN_FILENO, name: "standard input", limit: Self.longest)
    while let line = try lines.next() {
      guard let bytes = line else {
        try write(error(.parse, "the message is longer than \(Self.longest) bytes", id: NSNull()))
        continue
      }
      if bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
      if let answer = answer(to: bytes) { try write(answer) }
    }
  }

  private func write(_ message: [String: Any]) throws(Failure) {
    guard
      let data = try? JSONSerialization.data(
        withJSONObject: message, options: [.sortedKeys, .withoutEscapingSlashes])
    else { return }
    var output = ByteWriter(descriptor: STDOUT_FILENO)
    output.append(Array(data) + [UInt8(ascii: "\n")])
    output.flush()
    if let code = output.failure { throw Failure(writing: "standard output", code) }
  }

  private func error(_ code: Code, _ message: String, id: Any) -> [String: Any] {
    ["jsonrpc": "2.0", "id": id, "error": ["code": code.rawValue, "message": message]]
  }

  /// nil for a notification.
  private func answer(to bytes: [UInt8]) -> [String: Any]? {
    guard let value = try? JSONSerialization.jsonObject(with: Data(bytes), options: []) else {
      return error(.parse, "the message is no JSON", id: NSNull())
    }
    guard let message = value as? [String: Any], message["jsonrpc"] as? String == "2.0" else {
      return error(.invalidRequest, "the message is no request of JSON-RPC 2.0", id: NSNull())
    }
    let id = message["id"]
    guard let method = message["method"] as? String else {
      // An answer to what was never asked.
      if message["result"] != nil || message["error"] != nil { return nil }
      return error(.invalidRequest, "the request names no method", id: id ?? NSNull())
    }
    guard let id else { return nil }
    guard id is String || id is NSNumber else {
      return error(.invalidRequest, "an id is a string or a number", id: NSNull())
    }
    do throws(Refusal) {
      let result = try result(of: method, message["params"] as? [String: Any] ?? [:])
      return ["jsonrpc": "2.0", "id": id, "result": result]
    } catch {
      return self.error(error.code, error.message, id: id)
    }
  }

  private func result(
    of method: String, _ parameters: [String: Any]
  ) throws(Refusal) -> [String: Any] {
    switch method {
    case "initialize":
      let asked = parameters["protocolVersion"] as? String ?? ""
      return [
        "protocolVersion": Self.versions.contains(asked) ? asked : Self.versions[0],
        "capabilities": ["tools": [String: Any]()],
        "serverInfo": ["name": Generator.name, "version": Generator.version],
        "instructions":
          "Reads packet captures of one folder. Begin with overview; frame numbers are"
          + " those of Wireshark.",
      ]
    case "ping": return [:]
    case "tools/list": return ["tools": CaptureTools.all.map(\.description)]
    case "tools/call": return try call(parameters)
    default: throw Refusal(code: .noMethod, message: "there is no method \(method.prefix(80))")
    }
  }

  private func call(_ parameters: [String: Any]) throws(Refusal) -> [String: Any] {
    guard let name = parameters["name"] as? String,
      let tool = CaptureTools.all.first(where: { $0.name == name })
    else {
      throw Refusal(
        code: .invalidParameters,
        message: "there is no such tool; there are "
          + CaptureTools.all.map(\.name).joined(separator: ", "))
    }
    var arguments = CaptureTools.Arguments()
    for (key, value) in parameters["arguments"] as? [String: Any] ?? [:] {
      guard let parameter = tool.parameters.first(where: { $0.name == key }) else {
        throw Refusal(
          code: .invalidParameters, message: "\(name) has no argument \(key.prefix(80))")
      }
      switch parameter.kind {
      case .string:
        guard let text = value as? String,
          parameter.values.isEmpty || parameter.values.contains(text)
        else { throw Self.wrong(parameter) }
        arguments.strings[key] = text
      case .integer:
        guard let number = value as? NSNumber, let exact = Int(exactly: number.doubleValue),
          exact >= 0
        else { throw Self.wrong(parameter) }
        arguments.numbers[key] = exact
      }
    }
    do throws(Failure) {
      return Self.content(try tools.answer(name, arguments), isError: false)
    } catch {
      return Self.content(error.message, isError: true)
    }
  }

  private static func wrong(_ parameter: CaptureTools.Parameter) -> Refusal {
    let what =
      parameter.values.isEmpty
      ? parameter.kind.rawValue : "one of " + parameter.values.joined(separator: ", ")
    return Refusal(code: .invalidParameters, message: "\(parameter.name) is \(what)")
  }

  private static func content(_ text: String, isError: Bool) -> [String: Any] {
    ["content": [["type": "text", "text": text]], "isError": isError]
  }
}

extension CaptureTools.Tool {
  /// As `tools/list` describes it.
  fileprivate var description: [String: Any] {
    var properties: [String: Any] = [:]
    for parameter in parameters {
      var property: [String: Any] = [
        "type": parameter.kind.rawValue, "description": parameter.text,
      ]
      if !parameter.values.isEmpty { property["enum"] = parameter.values }
      properties[parameter.name] = property
    }
    return [
      "name": name, "description": text,
      "inputSchema": [
        "type": "object", "properties": properties,
        "required": parameters.filter(\.isRequired).map(\.name), "additionalProperties": false,
      ],
      "annotations": ["readOnlyHint": true, "openWorldHint": false],
    ]
  }
}
