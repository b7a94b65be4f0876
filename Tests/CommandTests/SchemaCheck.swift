import Foundation

/// The part of JSON Schema that docs/schema and SARIF's schema use; a word that it does not know is a
/// problem.
enum SchemaCheck {
  private static let known: Set<String> = [
    "$schema", "$id", "$ref", "title", "description", "default", "definitions", "format", "type",
    "required", "properties", "items", "enum", "const", "pattern", "additionalProperties",
    "minItems", "minimum", "maximum", "uniqueItems", "anyOf", "oneOf",
  ]

  /// - Parameter root: What references begin at; nil where the schema itself is it.
  static func problems(
    of value: Any, _ schema: [String: Any], at path: String = "", root: [String: Any]? = nil
  ) -> [String] {
    let root = root ?? schema
    if let reference = schema["$ref"] as? String {
      guard reference.hasPrefix("#/definitions/"),
        let target = (root["definitions"] as? [String: Any])?[String(reference.dropFirst(14))]
          as? [String: Any]
      else { return ["\(path): where is \(reference)?"] }
      return problems(of: value, target, at: path, root: root)
    }
    var problems: [String] = []
    for word in schema.keys where !known.contains(word) {
      problems.append("\(path): what is \(word)?")
    }
    if let choices = schema["anyOf"] as? [[String: Any]],
      !choices.contains(where: { Self.problems(of: value, $0, at: path, root: root).isEmpty })
    {
      problems.append("\(path) is none of \(choices.count)")
    }
    if let choices = schema["oneOf"] as? [[String: Any]],
      choices.count(where: { Self.problems(of: value, $0, at: path, root: root).isEmpty }) != 1
    {
      problems.append("\(path) is not one of \(choices.count)")
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
          problems += Self.problems(of: inner, schema, at: "\(path)/\(name)", root: root)
        } else if schema["additionalProperties"] as? Bool == false {
          problems.append("\(path) has \(name)")
        }
      }
    }
    if let list = value as? [Any] {
      if let least = schema["minItems"] as? Int, list.count < least {
        problems.append("\(path) has \(list.count) items")
      }
      if schema["uniqueItems"] as? Bool == true,
        Set(list.map { String(describing: $0) }).count < list.count
      {
        problems.append("\(path) has an item twice")
      }
      if let schema = schema["items"] as? [String: Any] {
        for (index, inner) in list.enumerated() {
          problems += Self.problems(of: inner, schema, at: "\(path)/\(index)", root: root)
        }
      }
    }
    if let figure = number(value) {
      let (least, most) = (number(schema["minimum"]), number(schema["maximum"]))
      if let least, figure < least { problems.append("\(path) is \(figure)") }
      if let most, figure > most { problems.append("\(path) is \(figure)") }
    }
    if let text = value as? String, let format = schema["format"] as? String,
      format.hasPrefix("uri"), URL(string: text, encodingInvalidCharacters: false) == nil
    {
      problems.append("\(path) is no \(format): \(text)")
    }
    return problems
  }

  private static func number(_ value: Any?) -> Double? {
    if value is String { return nil }
    return (value as? Int).map(Double.init) ?? (value as? NSNumber)?.doubleValue
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
