import Support
import TCPModel

extension Finding {
  /// What every page says of a finding, as its template sees it.
  func pageValues(_ texts: Texts) -> [String: Any] {
    [
      "kind": kind.rawValue, "severity": severity.rawValue,
      "severity_words": texts("severity." + severity.rawValue),
      "text": texts(wording).safeToShow,
    ]
  }
}
