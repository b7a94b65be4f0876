import Support
import TCPModel
import Timeline

extension DocumentReport {
  /// One Markdown text below a limit: diagrams are Mermaid, and what is least notable is left out until
  /// it fits, which a line says.
  func markdown(_ templates: Templates, limit: Int) throws(RenderingFailure) -> [UInt8] {
    var short = self
    while true {
      let (text, _) = try short.markdown(templates, assetFolder: nil)
      // Bytes are never fewer than characters.
      if text.count < limit || !short.shorten() {
        guard text.count < limit else {
          throw RenderingFailure(
            "the report has no part left to leave out and still takes \(text.count) characters of"
              + " \(limit); choose fewer connections, or leave out --self-contained")
        }
        return text
      }
    }
  }

  /// Leaves out some of what takes most room and tells least; false where nothing is left to leave out.
  private mutating func shorten() -> Bool {
    if document.details.count > 1, let last = leastNotable {
      document.details.removeAll { $0.summary.id == last }
    } else if options.maxRows > 8 || options.isExpanded {
      options.isExpanded = false
      options.maxRows = min(60, options.maxRows / 2)
    } else if document.rows.count > 1 {
      let kept = Set(
        Notability.mostNotable(document.rows.map(Notability.init), count: document.rows.count / 2))
      document.rows.removeAll { !kept.contains($0.id) }
    } else if document.header.findings.count > 1 {
      document.header.findings.removeLast(document.header.findings.count / 2)
      document.findingsLeftOut = true
    } else if !document.details.isEmpty {
      document.details = []
    } else {
      return false
    }
    document.isShortened = true
    return true
  }

  /// Of those with a section.
  private var leastNotable: Int? {
    let details = Set(document.details.map(\.summary.id))
    return document.ranking.last { details.contains($0) } ?? document.details.last?.summary.id
  }
}
