import Correlation
import TCPModel
import TestSupport
import Testing

/// - Parameter end: How long the capture goes on, in milliseconds.
func findings(
  _ text: String, captures: [CaptureInfo] = [], until end: Int64? = nil
) -> [Finding] {
  allFindings(of: Trace(text).segments, captures, until: end)
}

/// Just one of a kind is found, in the first connection, and that is its sentence.
func expectOne(
  _ kind: FindingKind, _ severity: Finding.Severity, _ sentence: String, frames: [Int64],
  until end: Int64? = nil, in text: String, at location: SourceLocation = #_sourceLocation
) {
  let matching = findings(text, until: end).filter { $0.kind == kind }
  #expect(matching.count == 1, sourceLocation: location)
  guard let one = matching.first else { return }
  #expect(one.severity == severity, sourceLocation: location)
  #expect(one.text == sentence, sourceLocation: location)
  #expect(one.frames == frames, sourceLocation: location)
  #expect(one.connections == [1], sourceLocation: location)
  #expect(
    one.evidence.prefix(3) == [
      Finding.Evidence("server", .text("10.0.0.2:80")),
      Finding.Evidence("connections", .number(1)), Finding.Evidence("example", .number(1)),
    ], sourceLocation: location)
}
