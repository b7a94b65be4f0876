/// The kinds of output, by the name `--format` takes.
public enum OutputFormat: String, CaseIterable, Sendable {
  case svg
  case markdown = "md"
  case html, json, ndjson, csv, zeek, mermaid, plantuml, text

  /// The format a file's ending asks for; nil when the ending is not known.
  public init?(fileName: String) {
    let name = fileName.split(separator: "/").last ?? ""
    if name == "conn.log" {
      self = .zeek
      return
    }
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
    let ending = name[name.index(after: dot)...].lowercased()
    guard let format = Self.allCases.first(where: { $0.endings.contains(ending) }) else {
      return nil
    }
    self = format
  }

  /// Endings of file names, without the dot, in lower case.
  public var endings: [String] {
    switch self {
    case .svg: ["svg"]
    case .markdown: ["md", "markdown"]
    case .html: ["html", "htm"]
    case .json: ["json"]
    case .ndjson: ["ndjson", "jsonl"]
    case .csv: ["csv"]
    case .zeek: ["log", "zeek"]
    case .mermaid: ["mmd", "mermaid"]
    case .plantuml: ["puml", "plantuml"]
    case .text: ["txt", "text"]
    }
  }
}
