import Foundation
import Mustache
import Support

/// The Mustache templates: built in, and replaced file by file by those of a folder.
public struct Templates: Sendable {
  /// Those of the folder; nil without one.
  private let replacements: MustacheLibrary?
  /// The files that were read.
  public let files: [String]

  private static let builtIn: KeyValuePairs = [
    "report.md": PackageResources.report_md_mustache,
    "report.html": PackageResources.report_html_mustache,
    "nightly.md": PackageResources.nightly_md_mustache,
    "nightly.html": PackageResources.nightly_html_mustache,
    "fleet.md": PackageResources.fleet_md_mustache,
    "fleet.html": PackageResources.fleet_html_mustache,
    "fleet-host.md": PackageResources.fleet_host_md_mustache,
    "fleet-host.html": PackageResources.fleet_host_html_mustache,
    "lesson.md": PackageResources.lesson_md_mustache,
    "quiz.md": PackageResources.quiz_md_mustache,
    "lesson.html": PackageResources.lesson_html_mustache,
    "services.html": PackageResources.services_html_mustache,
    "page.css": PackageResources.page_css_mustache,
  ]

  /// - Parameter folder: Its `NAME.mustache` files replace the built-in ones, and any others can be
  ///   included as `{{> NAME}}`.
  public init(folder: String?) throws(RenderingFailure) {
    MustacheContentTypes.register(MarkdownContent(), named: "MARKDOWN")
    guard let folder else {
      replacements = nil
      files = []
      return
    }
    var library = MustacheLibrary()
    var outlines: [String: TemplateOutline] = [:]
    for (name, bytes) in Self.builtIn {
      outlines[name] = try TemplateOutline(String(decoding: bytes, as: UTF8.self), of: name)
    }
    var texts: [(name: String, path: String, text: String)] = []
    for file in try Self.files(in: folder) {
      let path = "\(folder)/\(file)"
      let text = try Self.read(path)
      let name = String(file.dropLast(9))
      outlines[name] = try TemplateOutline(text, of: path)
      texts.append((name, path, text))
    }
    try TemplateOutline.check(outlines)
    for (name, path, text) in texts {
      library.register(try Self.parse(text, of: path), named: name)
    }
    replacements = library
    files = texts.map(\.path)
  }

  /// - Throws: Where nothing comes out.
  func render(
    _ view: [String: Any], with name: String
  ) throws(RenderingFailure) -> [UInt8] {
    var bytes: [UInt8] = []
    try render(1, with: name) { _ throws(RenderingFailure) in
      view
    } take: {
      bytes = $0
    }
    return bytes
  }

  /// Several views with one template, which is parsed once; of all of them one is in memory.
  func render(
    _ count: Int, with name: String, view: (Int) throws(RenderingFailure) -> [String: Any],
    take: ([UInt8]) -> Void
  ) throws(RenderingFailure) {
    var library = replacements ?? MustacheLibrary()
    for (builtIn, bytes) in Self.builtIn where library.getTemplate(named: builtIn) == nil {
      // Those of a folder may include any of ours, and ours the style alone. To parse all of them each
      // time took 80 million instructions.
      guard replacements != nil || builtIn == name || builtIn == "page.css" else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      library.register(try Self.parse(text, of: builtIn), named: builtIn)
    }
    for place in 0..<count {
      guard let text = library.render(try view(place), withTemplate: name), !text.isEmpty else {
        throw RenderingFailure(file: name + ".mustache", "makes an empty report")
      }
      take(Array(text.utf8))
    }
  }

  /// A template is a file of a size that somebody wrote by hand.
  private static func read(_ path: String) throws(RenderingFailure) -> String {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    guard attributes?[.type] as? FileAttributeType == .typeRegular,
      let size = attributes?[.size] as? Int, size <= TemplateOutline.longest
    else {
      throw RenderingFailure(file: path, "is no file of at most \(TemplateOutline.longest) bytes")
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw RenderingFailure(file: path, "cannot be read as UTF-8 text")
    }
    return text
  }

  private static func files(in folder: String) throws(RenderingFailure) -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw RenderingFailure(file: folder, "cannot be opened as a folder of templates")
    }
    let files = names.filter { $0.hasSuffix(".mustache") }.sorted()
    guard !files.isEmpty else {
      throw RenderingFailure(
        file: folder,
        "holds no .mustache file; "
          + builtIn.map { "\($0.key).mustache" }.joined(separator: " and ") + " can be replaced")
    }
    return files
  }

  private static func parse(_ text: String, of file: String) throws(RenderingFailure)
    -> MustacheTemplate
  {
    do {
      return try MustacheTemplate(string: text)
    } catch let error as MustacheTemplate.ParserError {
      throw RenderingFailure(
        file: file,
        "is no Mustache template: \(error.error) (line \(error.context.lineNumber))")
    } catch {
      throw RenderingFailure(file: file, "is no Mustache template: \(error)")
    }
  }
}

/// Text inside GitHub-flavoured Markdown: nothing in it is markup, ends a table cell or a line, or
/// becomes a link by itself.
struct MarkdownContent: MustacheContentType {
  /// Shows nothing. Addresses, `@user` and `#12` are looked for in what is shown, where no backslash is
  /// left of any: only something between their parts keeps them from being found.
  private static let nothing = "<!-- -->"

  func escapeText(_ text: String) -> String {
    var escaped = ""
    let scalars = Array(text.safeToShow.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      let next = index + 1 < scalars.count ? scalars[index + 1] : " "
      switch scalar {
      case "@": escaped += "@" + Self.nothing
      case "#" where next.properties.numericType != nil: escaped += "#" + Self.nothing
      case ":" where next == "/": escaped += ":" + Self.nothing
      case "." where Self.isWord("www", scalars[..<index]): escaped += Self.nothing + "."
      case "-" where Self.isWord("gh", scalars[..<index]) && next.properties.numericType != nil:
        escaped += Self.nothing + "-"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "&": escaped += "&amp;"
      case "\\", "`", "*", "_", "[", "]", "|", "~", "$":
        escaped += "\\"
        escaped.unicodeScalars.append(scalar)
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
  /// Whether the text ends in a word, in letters of either case.
  private static func isWord(_ word: String, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
    String(String.UnicodeScalarView(text.suffix(word.count))).lowercased() == word
  }
}
