import Support
import TCPModel
import Timeline

/// A lesson as a picture, to read, or as text for programs that draw.
public struct LessonDocument {
  let page: LessonPage
  let options: DiagramOptions

  public init(_ page: LessonPage, options: DiagramOptions) {
    self.page = page
    self.options = options
  }

  /// One picture with all that is said in it.
  public func svg() throws(RenderingFailure) -> [UInt8] {
    try render(options.drawn(figure))
  }

  private func figure(_ options: DiagramOptions) -> Figure {
    guard let textbook = page.textbook else { return LessonLayout(page, options).figure }
    return ExplanationLayout(textbook, options, showing: page.showing).figure
  }

  /// GitHub-flavoured Markdown. Without a folder for pictures its diagrams are Mermaid text.
  func markdown(
    _ templates: Templates, assetFolder: String?
  ) throws(RenderingFailure) -> (text: [UInt8], assets: [ReportAsset]) {
    var assets: [ReportAsset] = []
    var values = self.values
    if let assetFolder, page.textbook != nil {
      assets.append(ReportAsset(name: "lesson.svg", bytes: try svg()))
      values["picture"] = ["file": "\(assetFolder)/lesson.svg", "alt": page.title]
    }
    var parts: [[String: Any]] = []
    for (index, part) in page.parts.enumerated() {
      var view = self.values(of: part)
      let alt = part.title.isEmpty ? page.title : part.title
      if let assetFolder {
        if page.textbook == nil {
          let name = "part-\(index + 1).svg"
          assets.append(ReportAsset(name: name, bytes: try ladder(part)))
          view["diagram"] = ["file": "\(assetFolder)/\(name)", "alt": alt]
        }
      } else if page.textbook == nil || index == 0 {
        view["diagram"] = ["mermaid": String(decoding: mermaid(of: [part]), as: UTF8.self)]
      }
      parts.append(view)
    }
    values["parts"] = parts
    return (try templates.render(values, with: "lesson.md"), assets)
  }

  /// One file with its diagrams inside.
  func html(_ templates: Templates) throws(RenderingFailure) -> [UInt8] {
    var values = self.values
    if page.textbook != nil { values["picture"] = ["svg": DocumentReport.inline(try svg())] }
    var parts: [[String: Any]] = []
    for part in page.parts {
      var view = self.values(of: part)
      if page.textbook == nil {
        view["diagram"] = ["svg": DocumentReport.inline(try ladder(part))]
      }
      parts.append(view)
    }
    values["parts"] = parts
    values.merge(options.theme.pageValues) { $1 }
    return try templates.render(values, with: "lesson.html")
  }

  func mermaid() -> [UInt8] { mermaid(of: drawnParts) }

  func plantUML() -> [UInt8] {
    PlantUMLDiagram(scripts(of: drawnParts, numbered: .bySteps)).bytes
  }

  /// Both figures of the textbook are of one connection.
  private var drawnParts: [LessonPage.Part] {
    page.textbook == nil ? page.parts : Array(page.parts.prefix(1))
  }

  /// What the numbers at the arrows are.
  enum Numbering {
    case bySteps, byFrame
  }

  private func numbers(_ part: LessonPage.Part, _ numbering: Numbering) -> LadderSteps {
    switch numbering {
    case .bySteps: part.numbers
    case .byFrame: LadderSteps.frames(of: part.connection)
    }
  }

  func mermaid(of parts: [LessonPage.Part], numbered numbering: Numbering = .bySteps) -> [UInt8] {
    MermaidDiagram(scripts(of: parts, numbered: numbering)).bytes
  }

  private func scripts(
    of parts: [LessonPage.Part], numbered numbering: Numbering
  ) -> SequenceScripts {
    var options = options
    options.crop = options.crop ?? page.crop
    options.isExpanded = options.isExpanded || page.isScript
    let numbered = page.textbook == nil
    let scripts = parts.map { part in
      SequenceScript(
        part.connection, header: part.header, options: options,
        steps: numbered ? numbers(part, numbering) : nil,
        title: parts.count > 1 && !part.title.isEmpty ? part.title : page.title)
    }
    return SequenceScripts(scripts)
  }

  func ladder(
    _ part: LessonPage.Part, numbered numbering: Numbering = .bySteps
  ) throws(RenderingFailure) -> [UInt8] {
    var options = options
    options.crop = options.crop ?? page.crop
    var figure = LessonLayout.ladder(part, page, options, steps: numbers(part, numbering))
    // Pictures of one page have names of their own.
    figure.title = part.title.isEmpty ? page.title : page.title + ": " + part.title
    return try render(figure)
  }

  private func render(_ figure: Figure) throws(RenderingFailure) -> [UInt8] {
    try SVGRenderer(options).bytes(figure)
  }

  private var values: [String: Any] {
    let reading =
      page.textbook == nil
      ? LessonLayout(page, options).reading.joined(separator: " ") : ""
    return [
      "generator": ["name": Generator.name, "version": Generator.version],
      "language": page.language.rawValue, "title": page.title,
      "has_source": !page.source.isEmpty, "source": page.source,
      "has_intro": !page.before.isEmpty, "intro": page.before,
      "has_outro": !page.after.isEmpty, "outro": page.after,
      "has_reading": !reading.isEmpty, "reading": reading,
      "written": Texts.of(page.language)(
        "page.written", ["name": Generator.name, "version": Generator.version]),
    ]
  }

  private func values(of part: LessonPage.Part) -> [String: Any] {
    [
      "has_heading": !part.title.isEmpty, "heading": part.title,
      "has_before": !part.before.isEmpty, "before": part.before,
      "has_after": !part.after.isEmpty, "after": part.after,
      "steps": part.steps.map { step -> [String: Any] in
        ["number": step.number, "label": step.label, "sentence": step.sentence]
      },
    ]
  }
}
