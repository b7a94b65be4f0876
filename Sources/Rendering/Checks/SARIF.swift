import Support
import TCPModel

extension OutputFormat {
  /// Findings as static analysis tools exchange them (SARIF 2.1.0, OASIS).
  public static let sarif = ofFindings("sarif", endings: ["sarif"]) { SARIF($0).bytes }
}

/// One run: a rule a kind that was found, a result a finding. The capture is the artifact; connections and
/// frames are properties, because a place in a capture is no line of text.
struct SARIF {
  let report: FindingsReport
  private let rules: [FindingKind]

  init(_ report: FindingsReport) {
    self.report = report
    let found = Set(report.findings.map(\.kind))
    rules = FindingKind.allCases.filter(found.contains)
  }

  var bytes: [UInt8] {
    var output = ByteWriter()
    output.openObject()
    output.member(
      "$schema",
      plain:
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    )
    output.member("version", plain: "2.1.0")
    output.key("runs")
    output.openArray()
    output.openObject()
    writeTool(to: &output)
    output.key("artifacts")
    output.openArray()
    for input in report.inputs {
      output.openObject()
      output.key("location")
      output.openObject()
      output.member("uri", plain: Self.reference(input))
      output.closeObject()
      output.closeObject()
    }
    output.closeArray()
    output.key("results")
    output.openArray()
    for finding in report.findings { write(finding, to: &output) }
    output.closeArray()
    output.closeObject()
    output.closeArray()
    output.closeObject()
    output.literal("\n")
    return output.takeBytes()
  }

  private func writeTool(to output: inout ByteWriter) {
    output.key("tool")
    output.openObject()
    output.key("driver")
    output.openObject()
    output.member("name", plain: Generator.name)
    output.member("version", plain: Generator.version)
    output.key("rules")
    output.openArray()
    for kind in rules {
      output.openObject()
      output.member("id", plain: kind.rawValue)
      output.key("shortDescription")
      output.openObject()
      output.member("text", plain: kind.rawValue.replacing("_", with: " "))
      output.closeObject()
      output.closeObject()
    }
    output.closeArray()
    output.closeObject()
    output.closeObject()
  }

  private func write(_ finding: Finding, to output: inout ByteWriter) {
    output.openObject()
    output.member("ruleId", plain: finding.kind.rawValue)
    output.member("ruleIndex", Int64(rules.firstIndex(of: finding.kind) ?? 0))
    output.member("level", plain: finding.severity == .info ? "note" : finding.severity.rawValue)
    output.key("message")
    output.openObject()
    output.member("text", finding.text.safeToShow)
    output.closeObject()
    output.key("locations")
    output.openArray()
    for (index, input) in report.inputs.enumerated() {
      output.openObject()
      output.key("physicalLocation")
      output.openObject()
      output.key("artifactLocation")
      output.openObject()
      output.member("uri", plain: Self.reference(input))
      output.member("index", Int64(index))
      output.closeObject()
      output.closeObject()
      output.closeObject()
    }
    output.closeArray()
    output.key("properties")
    output.openObject()
    output.member("connections", finding.connections.map(Int64.init))
    output.member("frames", finding.frames)
    output.closeObject()
    output.closeObject()
  }

  /// A path as a URI reference (RFC 3986, 4.2): relative, or absolute without a scheme.
  private static func reference(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        text += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
      }
    }
    return text
  }
}
