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
}

/// The elements of an XML document, in their order.
private final class XMLParts: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
  }

  struct Damaged: Error {}

  private(set) var elements: [Element] = []

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
    elements.append(Element(name: elementName, attributes: attributes))
  }
}
