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
    }
  }
}
