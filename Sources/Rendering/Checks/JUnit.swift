import Support
import TCPModel

extension OutputFormat {
  /// A check a kind of finding, as test reports are shown by build servers (the JUnit task of Ant).
  public static let junit = ofFindings("junit", endings: ["junit", "xml"]) { JUnit($0).bytes }
}

/// One suite; a kind that was found as an error or a warning is a failed test, one that was not is a passed
/// one. What is only worth knowing is told in the suite's output.
struct JUnit {
  let report: FindingsReport

  init(_ report: FindingsReport) {
    self.report = report
  }

  var bytes: [UInt8] {
    // Without memory nothing is written, which the writer of the file says.
    guard let tree = try? XMLTree(root: "testsuites"),
      let suite = tree.add("testsuite", to: tree.root)
    else { return [] }
    let kinds = report.allKinds
    let failed = kinds.filter { !failures(of: $0).isEmpty }
    let names = report.inputs.joined(separator: ", ")
    for (name, value) in [
      ("name", names.isEmpty ? Generator.name : names), ("package", Generator.name), ("id", "0"),
      ("timestamp", timestamp), ("hostname", "localhost"), ("tests", "\(kinds.count)"),
      ("failures", "\(failed.count)"), ("errors", "0"), ("time", seconds),
    ] { tree.set(name, value.safeToShow, on: suite) }
    _ = tree.add("properties", to: suite)
    for kind in kinds { write(kind, to: suite, of: tree) }
    if let output = tree.add("system-out", to: suite) {
      let infos = report.findings.filter { $0.severity == .info }
      tree.add(text: infos.map(Self.line).joined(separator: "\n"), to: output)
    }
    _ = tree.add("system-err", to: suite)
    return (try? tree.bytes()) ?? []
  }

  private func write(_ kind: FindingKind, to suite: XMLTree.Node, of tree: XMLTree) {
    guard let test = tree.add("testcase", to: suite) else { return }
    tree.set("name", kind.rawValue, on: test)
    tree.set("classname", Generator.name, on: test)
    tree.set("time", "0", on: test)
    let failures = failures(of: kind)
    guard let first = failures.first, let failure = tree.add("failure", to: test) else { return }
    let more = failures.count > 1 ? " (and \(Quantity.count(failures.count - 1)) more)" : ""
    tree.set("message", first.text.safeToShow + more, on: failure)
    tree.set("type", first.severity.rawValue, on: failure)
    tree.add(text: failures.map(Self.line).joined(separator: "\n"), to: failure)
  }

  private func failures(of kind: FindingKind) -> [Finding] {
    report.findings.filter { $0.kind == kind && $0.severity <= .warning }
  }

  private static func line(_ finding: Finding) -> String {
    "\(finding.kind.rawValue): \(finding.text.safeToShow) \(finding.places(Texts.of(.en)))"
  }

  /// When the inputs begin; without a zone, as the schema has it.
  private var timestamp: String {
    guard let start = report.start else { return "1970-01-01T00:00:00" }
    var text = ByteWriter()
    text.time(start)
    return String(String(decoding: text.takeBytes(), as: UTF8.self).prefix(19))
  }

  private var seconds: String {
    guard let start = report.start, let end = report.end else { return "0" }
    return Quantity.seconds(max(0, end.since(start)), decimals: 3)
  }
}
