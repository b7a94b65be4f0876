import Foundation
import Synchronization
import TestSupport
import Testing

/// All JSON that the program writes in any test is what docs/schema says.
enum MadeJSON {
  /// Documents that were looked at: most tests write the same ones.
  private static let seen = Mutex<Set<Int>>([])

  private static let endings = [".json", ".ndjson", ".jsonl"]

  private static let schemas: [String: SchemaCheck] = {
    var schemas: [String: SchemaCheck] = [:]
    for name in ["report", "nightly", "fleet", "diff", "hosts", "pieces"] {
      let file = Repository.root.appendingPathComponent("docs/schema/\(name).schema.json")
      guard let data = try? Data(contentsOf: file),
        let schema = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
      else { continue }
      schemas[name] = SchemaCheck(schema)
    }
    return schemas
  }()

  /// - Parameters:
  ///   - output: What was written to standard output.
  ///   - folder: What the names of outputs among the arguments begin at.
  static func check(_ arguments: [String], output: [UInt8], folder: URL) {
    check(Data(output), of: arguments)
    for (option, file) in zip(arguments, arguments.dropFirst())
    where option == "-o" && endings.contains(where: { file.hasSuffix($0) }) {
      let url = URL(fileURLWithPath: file, relativeTo: folder)
      if let data = try? Data(contentsOf: url) { check(data, of: arguments) }
    }
  }

  private static func check(_ data: Data, of arguments: [String]) {
    guard data.first == UInt8(ascii: "{"), seen.withLock({ $0.insert(data.hashValue).inserted })
    else { return }
    let problems = problems(in: data, of: arguments)
    #expect(problems.isEmpty, "\(arguments): \(problems.prefix(5).joined(separator: "; "))")
  }

  private static func problems(in data: Data, of arguments: [String]) -> [String] {
    if let document = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      !isLine(document)
    {
      return problems(of: document)
    }
    return data.split(separator: UInt8(ascii: "\n")).flatMap { line -> [String] in
      guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else {
        return ["is no JSON: \(String(decoding: line.prefix(80), as: UTF8.self))"]
      }
      return problems(of: object)
    }
  }

  /// Of a document that is one object a line.
  private static func isLine(_ object: [String: Any]) -> Bool {
    object["schema"] == nil && object["traceEvents"] == nil && object["$schema"] == nil
  }

  private static func problems(of object: [String: Any]) -> [String] {
    let schema: SchemaCheck?
    switch object["schema"] as? String {
    case "tcptimeline/1": schema = schemas["report"]
    case "tcptimeline.nightly/1": schema = schemas["nightly"]
    case "tcptimeline.fleet/1": schema = schemas["fleet"]
    case "tcptimeline.diff/1": schema = schemas["diff"]
    default:
      // Perfetto's, SARIF and the Model Context Protocol are described elsewhere.
      if object["traceEvents"] != nil || object["$schema"] != nil || object["jsonrpc"] != nil {
        return []
      }
      if object["role_basis"] != nil {
        schema = schemas["report"]?.of("connections")
      } else {
        schema = object["input_number"] != nil ? schemas["pieces"] : schemas["hosts"]
      }
    }
    return schema?.problems(of: object) ?? ["no schema is there"]
  }
}
