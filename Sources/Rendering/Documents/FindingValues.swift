import Support
import TCPModel

extension Finding {
  /// What every page says of a finding, as its template sees it.
  var pageValues: [String: Any] {
    ["kind": kind.rawValue, "severity": severity.rawValue, "text": text.safeToShow]
  }
}
