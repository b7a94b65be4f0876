import Foundation
import TestSupport
import Testing

/// All JSON is what docs/schema says.
@Suite struct SchemaTests {
  private static func schema(_ name: String) throws -> [String: Any] {
    let file = Repository.root.appendingPathComponent("docs/schema/\(name).schema.json")
    return try #require(
      try JSONSerialization.jsonObject(with: try Data(contentsOf: file)) as? [String: Any])
  }

  private func check(_ arguments: [String], _ schema: [String: Any]) throws {
    let result = try Program().run(arguments + ["--format", "json"])
    try #require(result.status == 0, "\(result.errors)")
    let value = try JSONSerialization.jsonObject(with: Data(result.output))
    let problems = SchemaCheck.problems(of: value, schema)
    #expect(problems.isEmpty, "\(arguments): \(problems.prefix(5).joined(separator: "; "))")
  }

  @Test(arguments: ["proxy", "icmp", "nat", "clock-step", "syn-lost"])
  func severalPoints(_ name: String) throws {
    let schema = try Self.schema("report")
    try check(
      [
        "--client-capture", "Samples/both-ends/\(name)-client.pcap", "--server-capture",
        "Samples/both-ends/\(name)-server.pcap",
      ], schema)
    try check(
      ["client", "middle", "server"].flatMap {
        ["--capture", "\($0)=Samples/both-ends/three-points-\($0).pcap"]
      }, schema)
  }

  @Test(arguments: try Repository.captures())
  func reportsFit(capture: String) throws {
    let schema = try Self.schema("report")
    try check(["Samples/" + capture], schema)
    try check(["Samples/" + capture, "--segments", "--by", "server"], schema)
  }

  @Test func reportsOnMoreThanACaptureFit() throws {
    let schema = try Self.schema("report")
    try check(
      ["Samples/half-close.pcapng", "--snapshots", "Samples/half-close-snapshots"], schema)
  }

  @Test func nightsFit() throws {
    try check(["nightly", "Samples/nightly"], try Self.schema("nightly"))
  }

  @Test func comparisonsFit() throws {
    try check(["diff", "Samples/many.pcap", "Samples/http.pcapng"], try Self.schema("diff"))
  }

  /// The check itself sees what does not fit.
  @Test func whatDoesNotFitIsSeen() throws {
    let schema = try Self.schema("report")
    let text = try Program().run("Samples/textbook.pcap", "--format", "json").text
    for (place, other) in [
      ("\"schema\":\"tcptimeline/1\"", "\"schema\":\"tcptimeline/2\""),
      ("\"outcome\":\"closed\"", "\"outcome\":\"finished\""),
      ("\"first_frame\":1,", "\"first_frame\":\"1\","), ("\"vantage\":", "\"view\":"),
    ] {
      #expect(text.contains(place))
      let value = try JSONSerialization.jsonObject(
        with: Data(text.replacing(place, with: other).utf8))
      #expect(!SchemaCheck.problems(of: value, schema).isEmpty, "\(other)")
    }
  }
}

/// The part of JSON Schema (2020-12) that docs/schema uses; a word that it does not know is a problem.
private enum SchemaCheck {
  static func problems(of value: Any, _ schema: [String: Any], at path: String = "") -> [String] {
    var problems: [String] = []
    let known: Set<String> = [
      "$schema", "$id", "title", "description", "type", "required", "properties", "items", "enum",
      "const", "pattern", "additionalProperties",
    ]
    for word in schema.keys where !known.contains(word) {
      problems.append("\(path): what is \(word)?")
    }
    let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] }
    if let types, !types.contains(where: { isOf($0, value) }) {
      return problems + ["\(path) is no \(types.joined(separator: " or "))"]
    }
    if let constant = schema["const"] as? String, value as? String != constant {
      problems.append("\(path) is not \(constant)")
    }
    if let values = schema["enum"] as? [Any], let text = value as? String,
      !values.contains(where: { $0 as? String == text })
    {
      problems.append("\(path) is \(text)")
    }
    if let pattern = schema["pattern"] as? String, let text = value as? String,
      text.range(of: pattern, options: .regularExpression) == nil
    {
      problems.append("\(path) is \(text)")
    }
    if let object = value as? [String: Any] {
      for name in schema["required"] as? [String] ?? [] where object[name] == nil {
        problems.append("\(path) has no \(name)")
      }
      let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
      let others = schema["additionalProperties"] as? [String: Any]
      for (name, inner) in object {
        if let schema = properties[name] ?? others {
          problems += self.problems(of: inner, schema, at: "\(path)/\(name)")
        }
      }
    }
    if let list = value as? [Any], let schema = schema["items"] as? [String: Any] {
      for (index, inner) in list.enumerated() {
        problems += self.problems(of: inner, schema, at: "\(path)/\(index)")
      }
    }
    return problems
  }

  private static func isOf(_ type: String, _ value: Any) -> Bool {
    switch type {
    case "null": return value is NSNull
    case "string": return value is String
    case "array": return value is [Any]
    case "object": return value is [String: Any]
    default:
      guard let number = value as? NSNumber, !(value is String) else { return false }
      let isBool = CFBoolean.isBool(number)
      switch type {
      case "boolean": return isBool
      case "integer": return !isBool && number.doubleValue == number.doubleValue.rounded()
      case "number": return !isBool
      default: return false
      }
    }
  }
}

private enum CFBoolean {
  /// JSONSerialization gives true and false as numbers of one byte.
  static func isBool(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
