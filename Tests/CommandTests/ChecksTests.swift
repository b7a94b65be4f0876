import Foundation
import FoundationXML
import TestSupport
import Testing

/// Findings for the checks of others.
@Suite struct ChecksTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  @Test func junitHasATestForEveryKind() throws {
    let result = try Program().run("Samples/refused.pcap", "--format", "junit")
    #expect(result.status == 0)
    let document = try XMLParts(result.output)
    let suite = try #require(document.elements.first { $0.name == "testsuite" })
    #expect(suite.attributes["failures"] == "1")
    #expect(suite.attributes["timestamp"] == "2026-11-22T14:03:45")
    let tests = document.elements.filter { $0.name == "testcase" }
    #expect(suite.attributes["tests"] == String(tests.count))
    #expect(Set(tests.compactMap { $0.attributes["name"] }).count == tests.count)
    #expect(tests.contains { $0.attributes["name"] == "zero_window_stall" })
    let failures = document.elements.filter { $0.name == "failure" }
    #expect(failures.map { $0.attributes["type"] } == ["error"])
    #expect(
      failures.first?.attributes["message"]?.hasPrefix("10.61.2.20:4444 refused 3") == true)
  }

  @Test func aPassedCaptureHasNoFailure() throws {
    let path = scratch.path("r.xml")
    #expect(try Program().run("Samples/textbook.pcap", "-o", path).status == 0)
    let document = try XMLParts(try scratch.read("r.xml"))
    #expect(!document.elements.contains { $0.name == "failure" })
  }

  @Test(arguments: ["refused.pcap", "textbook.pcap", "many.pcap", "nightly"])
  func sarifTellsRulesAndResults(_ sample: String) throws {
    let result = try Program().run("Samples/" + sample, "--format", "sarif")
    #expect(result.status == 0, "\(result.errors)")
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any])
    #expect(document["version"] as? String == "2.1.0")
    let run = try #require((document["runs"] as? [[String: Any]])?.first)
    let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
    let rules = try #require(driver["rules"] as? [[String: Any]]).compactMap {
      $0["id"] as? String
    }
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(results.isEmpty == (sample == "textbook.pcap"))
    for result in results {
      let index = try #require(result["ruleIndex"] as? Int)
      #expect(rules[index] == result["ruleId"] as? String)
      #expect(["error", "warning", "note"].contains(result["level"] as? String ?? ""))
      #expect((result["message"] as? [String: Any])?["text"] is String)
    }
  }

  /// What a path holds cannot leave its place.
  @Test func aPathIsAReference() throws {
    let name = "a b\"<&>%41.pcap"
    let bytes = try Data(contentsOf: URL(fileURLWithPath: Repository.sample("refused.pcap")))
    let path = try scratch.write(Array(bytes), name)
    let sarif = try Program().run(path, "--format", "sarif")
    #expect(sarif.text.contains("a%20b%22%3C%26%3E%2541.pcap\""))
    let junit = try Program().run(path, "--format", "junit")
    let document = try XMLParts(junit.output)
    #expect(
      document.elements.first { $0.name == "testsuite" }?.attributes["name"]?.hasSuffix(name)
        == true)
  }

  // MARK: What their readers expect

  @Test(
    arguments: ["nightly"] + (try Repository.captures()))
  func junitFitsItsSchema(_ sample: String) throws {
    let result = try Program().run("Samples/" + sample, "--format", "junit")
    #expect(result.status == 0, "\(result.errors)")
    let problems = JUnitShape.problems(of: try XMLParts(result.output).elements)
    #expect(problems.isEmpty, "\(problems.prefix(5))")
  }

  /// The check itself sees what does not fit.
  @Test(arguments: [
    ("<properties/>", ""), ("failures=\"1\"", "failures=\"2\""), ("tests=", "checks="),
    ("<system-err/>", "<notes/>"), ("time=\"0\"", "time=\"soon\""), ("T14:03:45\"", "T14:03:45Z\""),
    ("<failure ", "<failure line=\"1\" "),
  ])
  func whatJUnitHasNotIsSeen(_ place: String, _ other: String) throws {
    let text = try Program().run("Samples/refused.pcap", "--format", "junit").text
    #expect(text.contains(place))
    let changed = Array(text.replacing(place, with: other).utf8)
    #expect(!JUnitShape.problems(of: try XMLParts(changed).elements).isEmpty)
  }

  /// With the schema of OASIS (sarif-schema-2.1.0.json) in TCPTIMELINE_SARIF_SCHEMA also against that.
  @Test(arguments: ["nightly"] + (try Repository.captures()))
  func sarifFitsItsSchema(_ sample: String) throws {
    let result = try Program().run("Samples/" + sample, "--format", "sarif")
    let value = try JSONSerialization.jsonObject(with: Data(result.output))
    var problems = SchemaCheck.problems(of: value, SARIFShape.schema)
    if let path = ProcessInfo.processInfo.environment["TCPTIMELINE_SARIF_SCHEMA"] {
      let file = try Data(contentsOf: URL(fileURLWithPath: path))
      let schema = try #require(
        try JSONSerialization.jsonObject(with: file) as? [String: Any])
      problems += SchemaCheck.problems(of: value, schema)
    }
    #expect(problems.isEmpty, "\(problems.prefix(5))")
  }

  @Test(arguments: [
    ("\"version\":\"2.1.0\"", "\"version\":\"2.1\""), ("\"driver\":", "\"program\":"),
    ("\"ruleIndex\":0", "\"ruleIndex\":-2"), ("\"level\":\"error\"", "\"level\":\"fatal\""),
    ("\"message\":{\"text\"", "\"message\":{\"words\""),
    ("\"locations\":", "\"places\":"), ("\"uri\":\"Samples/", "\"uri\":\"a b%/"),
  ])
  func whatSARIFHasNotIsSeen(_ place: String, _ other: String) throws {
    let text = try Program().run("Samples/refused.pcap", "--format", "sarif").text
    #expect(text.contains(place))
    let changed = text.replacing(place, with: other)
    let value = try JSONSerialization.jsonObject(with: Data(changed.utf8))
    #expect(!SchemaCheck.problems(of: value, SARIFShape.schema).isEmpty)
  }
}

/// What SARIF 2.1.0 (OASIS, section 3) says of the objects that are written, and no other property.
private enum SARIFShape {
  static var schema: [String: Any] {
    let text: [String: Any] = ["type": "string", "pattern": "[^ ]"]
    let index: [String: Any] = ["type": "integer", "minimum": -1]
    let message = object(["text": text], required: ["text"])
    let location = object(
      ["uri": ["type": "string", "format": "uri-reference"], "index": index], required: ["uri"])
    let rule = object(["id": text, "shortDescription": message], required: ["id"])
    let driver = object(
      ["name": text, "version": text, "rules": list(rule)], required: ["name", "version"])
    let place = object(
      [
        "physicalLocation": object(
          ["artifactLocation": location], required: ["artifactLocation"])
      ], required: ["physicalLocation"])
    let result = object(
      [
        "ruleId": text, "ruleIndex": index, "message": message, "locations": list(place),
        "level": ["enum": ["error", "warning", "note", "none"]], "properties": ["type": "object"],
      ], required: ["message", "ruleId", "ruleIndex", "level", "locations"])
    let run = object(
      [
        "tool": object(["driver": driver], required: ["driver"]),
        "artifacts": list(object(["location": location], required: ["location"])),
        "results": list(result),
      ], required: ["tool"])
    return object(
      ["$schema": text, "version": ["const": "2.1.0"], "runs": list(run, least: 1)],
      required: ["version", "runs"])
  }

  private static func object(
    _ properties: [String: [String: Any]], required: [String]
  ) -> [String: Any] {
    [
      "type": "object", "properties": properties, "required": required,
      "additionalProperties": false,
    ]
  }

  private static func list(_ items: [String: Any], least: Int = 0) -> [String: Any] {
    ["type": "array", "items": items, "minItems": least]
  }
}

/// What the readers of JUnit's reports agree on: the elements of Ant's task in its order, with the
/// attributes that Jenkins (junit-10.xsd) allows.
private enum JUnitShape {
  private struct Rule {
    var required: Set<String> = []
    var optional: Set<String> = []
    /// In their order, and how often each may be there.
    var children: [(name: String, times: ClosedRange<Int>)] = []
  }

  private static let rules: [String: Rule] = [
    "testsuites": Rule(children: [("testsuite", 1...Int.max)]),
    "testsuite": Rule(
      required: [
        "name", "tests", "failures", "errors", "time", "timestamp", "hostname", "id", "package",
      ],
      children: [
        ("properties", 1...1), ("testcase", 1...Int.max), ("system-out", 1...1),
        ("system-err", 1...1),
      ]),
    "testcase": Rule(
      required: ["name", "classname", "time"], children: [("failure", 0...1)]),
    "failure": Rule(required: ["type"], optional: ["message"]),
    "properties": Rule(), "system-out": Rule(), "system-err": Rule(),
  ]

  static func problems(of elements: [XMLParts.Element]) -> [String] {
    var problems: [String] = elements.first?.name == "testsuites" ? [] : ["the root"]
    for (index, element) in elements.enumerated() {
      guard let rule = rules[element.name] else {
        problems.append("<\(element.name)>")
        continue
      }
      let given = Set(element.attributes.keys)
      problems += rule.required.subtracting(given).map { "\(element.name) has no \($0)" }
      problems += given.subtracting(rule.required.union(rule.optional))
        .map { "\(element.name) has \($0)" }
      let children = elements.filter { $0.parent == index }.map(\.name)
      var rest = children[...]
      for (name, times) in rule.children {
        let count = rest.prefix { $0 == name }.count
        rest = rest.dropFirst(count)
        if !times.contains(count) { problems.append("\(element.name): \(count) of \(name)") }
      }
      if let other = rest.first { problems.append("\(element.name): \(other) out of order") }
      for (name, value) in element.attributes {
        let pattern: Regex<Substring>? =
          switch name {
          case "time": /[0-9]+(?:\.[0-9]{1,3})?/
          case "timestamp": /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}/
          case "tests", "failures", "errors", "id": /[0-9]+/
          default: nil
          }
        if let pattern, value.wholeMatch(of: pattern) == nil {
          problems.append("\(element.name): \(name) is \(value)")
        }
      }
      guard element.name == "testsuite" else { continue }
      let failures = elements.filter { $0.name == "failure" }.count
      for (name, count) in [
        ("tests", children.filter { $0 == "testcase" }.count), ("failures", failures),
        ("errors", 0),
      ] where element.attributes[name] != String(count) {
        problems.append("\(name) is not \(count)")
      }
    }
    return problems
  }
}

/// The elements of an XML document, in their order.
private final class XMLParts: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
    /// Its place among all.
    var parent: Int?
  }

  struct Damaged: Error {}

  private(set) var elements: [Element] = []
  private var open: [Int] = []

  init(_ bytes: [UInt8]) throws {
    super.init()
    let parser = XMLParser(data: Data(bytes))
    parser.delegate = self
    guard parser.parse() else { throw Damaged() }
  }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String] = [:]
  ) {
    elements.append(Element(name: elementName, attributes: attributes, parent: open.last))
    open.append(elements.count - 1)
  }

  func parser(
    _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    open.removeLast()
  }
}
