import Foundation
import Support
import Timeline

extension DiagramOptions.Theme {
  /// What the style of a page is made from: the page is as light or dark as its pictures.
  var pageValues: [String: Any] {
    let light = String(decoding: PackageResources.light_css, as: UTF8.self)
    let dark = String(decoding: PackageResources.dark_css, as: UTF8.self)
    switch self {
    case .auto: return ["light": light, "dark": dark, "scheme": "light dark"]
    case .light: return ["light": light, "dark": light, "scheme": "light"]
    case .dark: return ["light": dark, "dark": dark, "scheme": "dark"]
    case .css:
      let switched = dark.replacing(":root {", with: ".dark, [data-theme=\"dark\"] {")
      return ["light": light + switched, "dark": "", "scheme": "light"]
    }
  }
}

/// The script of a page, and what its Content-Security-Policy lets run: this script and nothing else.
enum PageScript {
  static let source = String(decoding: PackageResources.report_js, as: UTF8.self)

  /// `sha256-..`, as CSP Level 3 has it (2.3.1).
  static let hash: String = {
    var digest = Data()
    for word in SHA256.words(of: Array(source.utf8)) {
      withUnsafeBytes(of: word.bigEndian) { digest.append(contentsOf: $0) }
    }
    return "sha256-" + digest.base64EncodedString()
  }()
}
