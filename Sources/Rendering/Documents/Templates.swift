import Foundation
import Mustache

/// The Mustache templates: built in, and replaced file by file by those of a folder.
public struct Templates: Sendable {
  /// Those of the folder; nil without one.
  private let replacements: MustacheLibrary?

  private static let builtIn: KeyValuePairs = [
    "report.md": PackageResources.report_md_mustache,
    "report.html": PackageResources.report_html_mustache,
    "nightly.md": PackageResources.nightly_md_mustache,
    "nightly.html": PackageResources.nightly_html_mustache,
    "page.css": PackageResources.page_css_mustache,
  ]

  /// - Parameter folder: Its `NAME.mustache` files replace the built-in ones, and any others can be
  ///   included as `{{> NAME}}`.
  public init(folder: String?) throws(RenderingFailure) {
    MustacheContentTypes.register(MarkdownContent(), named: "MARKDOWN")
    guard let folder else {
      replacements = nil
      return
    }
    var library = MustacheLibrary()
    for file in try Self.files(in: folder) {
      let path = "\(folder)/\(file)"
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw RenderingFailure(file: path, "cannot be read as UTF-8 text")
      }
      library.register(try Self.parse(text, of: path), named: String(file.dropLast(9)))
    }
    replacements = library
  }

  func render(_ view: [String: Any], with name: String) -> [UInt8] {
    var library = replacements ?? MustacheLibrary()
    for (builtIn, bytes) in Self.builtIn where library.getTemplate(named: builtIn) == nil {
      // Those of a folder may include any of ours, and ours the style alone. To parse all of them each
      // time took 80 million instructions.
      guard replacements != nil || builtIn == name || builtIn == "page.css" else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      guard let template = try? Self.parse(text, of: builtIn) else { continue }
      library.register(template, named: builtIn)
    }
    return Array((library.render(view, withTemplate: name) ?? "").utf8)
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

/// Text inside GitHub-flavoured Markdown: nothing in it is markup, ends a table cell or a line.
struct MarkdownContent: MustacheContentType {
  func escapeText(_ text: String) -> String {
    var escaped = ""
    for scalar in text.safeToShow.unicodeScalars {
      switch scalar {
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "&": escaped += "&amp;"
      case "\\", "`", "*", "_", "[", "]", "|", "~":
        escaped += "\\"
        escaped.unicodeScalars.append(scalar)
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
