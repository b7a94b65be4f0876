import Foundation

/// The part of JSON Schema that docs/schema and SARIF's schema use; a word that it does not know is a
/// problem. A schema is read once, as documents may have a million values.
struct SchemaCheck: Sendable {
  private let root: SchemaPart
  /// What references lead to.
  private let definitions: [String: SchemaPart]

  init(_ schema: [String: Any]) {
    root = SchemaPart(schema)
    definitions = (schema["definitions"] as? [String: [String: Any]] ?? [:])
      .mapValues { SchemaPart($0) }
  }

  private init(root: SchemaPart, definitions: [String: SchemaPart]) {
    self.root = root
    self.definitions = definitions
  }

  /// Of an item of a list of the document.
  func of(_ list: String) -> SchemaCheck? {
    root.properties[list]?.items.map { SchemaCheck(root: $0, definitions: definitions) }
  }

  func problems(of value: Any) -> [String] {
    var problems: [String] = []
    check(value, root, Path(), &problems)
    return problems
  }

  static func problems(of value: Any, _ schema: [String: Any]) -> [String] {
    SchemaCheck(schema).problems(of: value)
  }

  /// Where a value stands, put into words only where something is wrong.
  private struct Path {
    private indirect enum Step {
      case root
      case name(String, in: Step)
      case index(Int, in: Step)
    }

    private var step = Step.root

    subscript(name: String) -> Path {
      var path = self
      path.step = .name(name, in: step)
      return path
    }

    subscript(index: Int) -> Path {
      var path = self
      path.step = .index(index, in: step)
      return path
    }

    var text: String { Path.text(of: step) }

    private static func text(of step: Step) -> String {
      switch step {
      case .root: ""
      case .name(let name, let outer): text(of: outer) + "/" + name
      case .index(let index, let outer): text(of: outer) + "/\(index)"
      }
    }
  }

  private func fits(_ value: Any, _ part: SchemaPart) -> Bool {
    var problems: [String] = []
    check(value, part, Path(), &problems)
    return problems.isEmpty
  }

  private func check(_ value: Any, _ part: SchemaPart, _ path: Path, _ problems: inout [String]) {
    if let reference = part.reference {
      guard reference.hasPrefix("#/definitions/"),
        let target = definitions[String(reference.dropFirst(14))]
      else { return problems.append("\(path.text): where is \(reference)?") }
      return check(value, target, path, &problems)
    }
    for word in part.unknown { problems.append("\(path.text): what is \(word)?") }
    if let choices = part.anyOf, !choices.contains(where: { fits(value, $0) }) {
      problems.append("\(path.text) is none of \(choices.count)")
    }
    if let choices = part.oneOf, choices.count(where: { fits(value, $0) }) != 1 {
      problems.append("\(path.text) is not one of \(choices.count)")
    }
    let kind = Kind(value)
    if let kinds = part.kinds, !kinds.contains(where: { $0.holds(kind) }) {
      return problems.append(
        "\(path.text) is no \(kinds.map(\.rawValue).sorted().joined(separator: " or "))")
    }
    switch kind {
    case .string: checkText(value as? String ?? "", part, path, &problems)
    case .object: checkObject(value as? [String: Any] ?? [:], part, path, &problems)
    case .array: checkList(value as? [Any] ?? [], part, path, &problems)
    case .integer, .number:
      let figure = (value as? NSNumber)?.doubleValue ?? 0
      if let least = part.minimum, figure < least { problems.append("\(path.text) is \(figure)") }
      if let most = part.maximum, figure > most { problems.append("\(path.text) is \(figure)") }
    case .boolean, .null: break
    }
    if let constant = part.constant, value as? String != constant {
      problems.append("\(path.text) is not \(constant)")
    }
  }

  private func checkText(
    _ text: String, _ part: SchemaPart, _ path: Path, _ problems: inout [String]
  ) {
    if let values = part.values, !values.contains(text) {
      problems.append("\(path.text) is \(text)")
    }
    if let pattern = part.pattern {
      let all = NSRange(text.startIndex..., in: text)
      if pattern.firstMatch(in: text, range: all) == nil {
        problems.append("\(path.text) is \(text)")
      }
    }
    if let format = part.format, format.hasPrefix("uri"),
      URL(string: text, encodingInvalidCharacters: false) == nil
    {
      problems.append("\(path.text) is no \(format): \(text)")
    }
  }

  private func checkObject(
    _ object: [String: Any], _ part: SchemaPart, _ path: Path, _ problems: inout [String]
  ) {
    for name in part.required where object[name] == nil {
      problems.append("\(path.text) has no \(name)")
    }
    for (name, inner) in object {
      if let schema = part.properties[name] ?? part.others {
        check(inner, schema, path[name], &problems)
      } else if part.isClosed {
        problems.append("\(path.text) has \(name)")
      }
    }
  }

  private func checkList(
    _ list: [Any], _ part: SchemaPart, _ path: Path, _ problems: inout [String]
  ) {
    if let least = part.leastItems, list.count < least {
      problems.append("\(path.text) has \(list.count) items")
    }
    if part.hasUniqueItems, Set(list.map { String(describing: $0) }).count < list.count {
      problems.append("\(path.text) has an item twice")
    }
    if let schema = part.items {
      for (index, inner) in list.enumerated() { check(inner, schema, path[index], &problems) }
    }
  }

  fileprivate enum Kind: String {
    case null, string, array, object, boolean, integer, number

    init(_ value: Any) {
      switch value {
      case is NSNull: self = .null
      case is String: self = .string
      case is [String: Any]: self = .object
      case is [Any]: self = .array
      default:
        let number = value as? NSNumber ?? 0
        // JSONSerialization gives true and false as numbers of one byte.
        if String(cString: number.objCType) == "c" {
          self = .boolean
        } else {
          self = number.doubleValue == number.doubleValue.rounded() ? .integer : .number
        }
      }
    }

    func holds(_ kind: Kind) -> Bool { self == kind || (self == .number && kind == .integer) }
  }
}

/// A schema, or what it says of a part of a document.
private final class SchemaPart: Sendable {
  private static let known: Set<String> = [
    "$schema", "$id", "$ref", "title", "description", "default", "definitions", "format", "type",
    "required", "properties", "items", "enum", "const", "pattern", "additionalProperties",
    "minItems", "minimum", "maximum", "uniqueItems", "anyOf", "oneOf",
  ]

  let reference: String?
  let unknown: [String]
  let anyOf: [SchemaPart]?
  let oneOf: [SchemaPart]?
  let kinds: [SchemaCheck.Kind]?
  let constant: String?
  /// What a text may be.
  let values: Set<String>?
  let pattern: NSRegularExpression?
  let format: String?
  let required: [String]
  let properties: [String: SchemaPart]
  let others: SchemaPart?
  let isClosed: Bool
  let leastItems: Int?
  let hasUniqueItems: Bool
  let items: SchemaPart?
  let minimum: Double?
  let maximum: Double?

  init(_ schema: [String: Any]) {
    func parts(_ word: String) -> [SchemaPart]? {
      (schema[word] as? [[String: Any]])?.map { SchemaPart($0) }
    }
    func part(_ word: String) -> SchemaPart? {
      (schema[word] as? [String: Any]).map { SchemaPart($0) }
    }
    func number(_ word: String) -> Double? { (schema[word] as? NSNumber)?.doubleValue }
    reference = schema["$ref"] as? String
    unknown = schema.keys.filter { !Self.known.contains($0) }.sorted()
    anyOf = parts("anyOf")
    oneOf = parts("oneOf")
    let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] }
    kinds = types?.compactMap { SchemaCheck.Kind(rawValue: $0) }
    constant = schema["const"] as? String
    values = (schema["enum"] as? [Any]).map { Set($0.compactMap { $0 as? String }) }
    pattern = (schema["pattern"] as? String).flatMap { try? NSRegularExpression(pattern: $0) }
    format = schema["format"] as? String
    required = schema["required"] as? [String] ?? []
    properties = (schema["properties"] as? [String: [String: Any]] ?? [:])
      .mapValues { SchemaPart($0) }
    others = part("additionalProperties")
    isClosed = schema["additionalProperties"] as? Bool == false
    leastItems = schema["minItems"] as? Int
    hasUniqueItems = schema["uniqueItems"] as? Bool ?? false
    items = part("items")
    minimum = number("minimum")
    maximum = number("maximum")
  }
}
