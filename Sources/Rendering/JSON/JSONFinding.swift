import Support
import TCPModel

extension ByteWriter {
  /// A finding as a JSON object, of captures and of nights.
  mutating func value(_ finding: Finding) {
    openObject()
    member("kind", plain: finding.kind.rawValue)
    member("severity", plain: finding.severity.rawValue)
    member("connections", finding.connections.lazy.map(Int64.init))
    member("frames", finding.frames)
    member("text", finding.text)
    key("evidence")
    evidence(finding.evidence)
    closeObject()
  }

  mutating func evidence(_ items: [Finding.Evidence]) {
    openObject()
    for item in items {
      switch item.value {
      case .number(let number): member(named: item.name, number)
      case .text(let text): member(named: item.name, text)
      }
    }
    closeObject()
  }
}
