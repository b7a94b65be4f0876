import Support
import Timeline

extension LessonDocument {
  /// Questions on the connections of a lesson, with the answers folded away, below the picture that
  /// they are answered from.
  func quiz(
    _ templates: Templates, assetFolder: String?
  ) throws(RenderingFailure) -> (text: [UInt8], assets: [ReportAsset]) {
    let texts = Texts.of(page.language)
    var assets: [ReportAsset] = []
    var parts: [[String: Any]] = []
    var number = 0
    var options = options
    options.isExpanded = options.isExpanded || page.isScript
    options.crop = options.crop ?? page.crop
    for (index, part) in page.parts.enumerated() {
      let quiz = Quiz(part.connection, options)
      var view: [String: Any] = [
        "has_heading": !part.title.isEmpty, "heading": part.title,
        "none": texts("quiz.none"),
        "questions": quiz.questions.map { question -> [String: Any] in
          number += 1
          return [
            "number": number, "question": question.text, "answer": question.answer,
            "word": texts("quiz.answer"),
          ]
        },
      ]
      if let assetFolder {
        let name = "part-\(index + 1).svg"
        assets.append(ReportAsset(name: name, bytes: try ladder(part, numbered: .byFrame)))
        view["file"] = "\(assetFolder)/\(name)"
        view["alt"] = part.title.isEmpty ? page.title : part.title
      } else {
        view["mermaid"] = String(decoding: mermaid(of: [part], numbered: .byFrame), as: UTF8.self)
      }
      parts.append(view)
    }
    let values: [String: Any] = [
      "title": texts("quiz.title", ["title": page.title]), "lead": texts("quiz.lead"),
      "parts": parts,
    ]
    return (try templates.render(values, with: "quiz.md"), assets)
  }
}
