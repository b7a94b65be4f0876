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
    openObject()
    for evidence in finding.evidence {
      switch evidence.value {
      case .number(let number): member(named: evidence.name, number)
      case .text(let text): member(named: evidence.name, text)
      }
    }
    closeObject()
    closeObject()
  }
}
