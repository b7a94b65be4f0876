import Foundation
import TestSupport
import Testing

/// JSON is what docs/schema says; that of all other tests is looked at where it is made (`MadeJSON`).
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

  /// What docs/comparison.md sets beside the names of others is in the JSON, by sender or not.
  @Test func theNamesThatAreComparedAreThere() throws {
    func names(_ schema: [String: Any]) -> Set<String> {
      var all: Set<String> = []
      for (name, part) in schema["properties"] as? [String: [String: Any]] ?? [:] {
        let inner = names(part)
        all.insert(name)
        all.formUnion(
          ["client", "server"].contains(name) ? inner : Set(inner.map { "\(name).\($0)" }))
      }
      return all
    }
    let schema = try Self.schema("report")
    let list = (schema["properties"] as? [String: [String: Any]])?["connections"]
    let known = names(try #require(list?["items"] as? [String: Any]))
    let rows = try Manual.text(of: "docs/comparison.md").split(separator: "\n")
      .filter { $0.hasPrefix("| ") }.compactMap { $0.split(separator: "|").first }
    let compared = rows.flatMap { $0.matches(of: /`([a-z_.0-9]+)`/).map { String($0.output.1) } }
    #expect(compared.count >= 20)
    for name in compared { #expect(known.contains(name), "\(name)") }
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
