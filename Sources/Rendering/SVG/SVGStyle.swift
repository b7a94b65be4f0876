import Timeline

/// The style sheet of a picture, and the class names that its shapes use.
///
/// Sizes come from `Font`, colours from `Templates/light.css` and `dark.css`: one declaration
/// `--ink-name: colour` a line. Custom properties themselves stay out of the picture, because
/// librsvg does not know them.
enum SVGStyle {
  static func font(_ font: Font) -> String { "f-" + font.rawValue }
  static func words(_ ink: Ink) -> String { "w-" + ink.rawValue }
  static func stroke(_ stroke: Stroke) -> String { "n " + edge(stroke) }

  static func edge(_ stroke: Stroke) -> String {
    switch stroke.dash {
    case .solid: "s-" + stroke.ink.rawValue
    case .dashed: "s-" + stroke.ink.rawValue + " da"
    case .dotted: "s-" + stroke.ink.rawValue + " do"
    }
  }

  static func fill(_ fill: Fill) -> String {
    switch fill {
    case .none: "n"
    case .solid(let ink): "a-" + ink.rawValue
    case .tint(let ink): "t-" + ink.rawValue
    case .veil(let ink): "t-" + ink.rawValue + " ve"
    }
  }

  static func sheet(theme: DiagramOptions.Theme, scope: String) -> String {
    let light = palette(PackageResources.light_css)
    let dark = palette(PackageResources.dark_css)
    switch theme {
    case .light: return shapes(scope) + colours(light, scope)
    case .dark: return shapes(scope) + colours(dark, scope)
    case .auto:
      return shapes(scope) + colours(light, scope)
        + "@media (prefers-color-scheme:dark){\(colours(dark, scope))}"
    case .css:
      return shapes(scope) + colours(light, scope)
        + [".dark ", "[data-theme=dark] "].map { colours(dark, $0 + scope) }.joined()
    }
  }

  private static let family =
    "-apple-system,\"Segoe UI\",\"Noto Sans\",\"DejaVu Sans\",\"Noto Sans CJK KR\",sans-serif"
  private static let fixedFamily =
    "ui-monospace,SFMono-Regular,Menlo,\"DejaVu Sans Mono\",\"Noto Sans Mono CJK KR\",monospace"

  private static func shapes(_ scope: String) -> String {
    var rules = [
      "text{font-family:\(family);white-space:pre}", ".n{fill:none}",
      ".am{text-anchor:middle}", ".ae{text-anchor:end}", ".da{stroke-dasharray:5 3}",
      ".do{stroke-dasharray:1.5 4}",
      ".ve{fill-opacity:.45}",
    ]
    for font in Font.allCases {
      var declarations = "font-size:\(tenths(font.size))px"
      declarations += ";font-weight:\(font.isBold ? 600 : 400)"
      if font.isItalic { declarations += ";font-style:italic" }
      if font.isFixed { declarations += ";font-family:\(fixedFamily)" }
      rules.append(".\(self.font(font)){\(declarations)}")
    }
    return rules.map { scope + " " + $0 }.joined()
  }

  private static func colours(_ palette: [String: String], _ scope: String) -> String {
    var rules: [String] = []
    for ink in Ink.allCases {
      guard let colour = palette[ink.rawValue] else { continue }
      let strokeColour = palette[ink.rawValue + "-line"] ?? colour
      let tint = palette[ink.rawValue + "-tint"] ?? colour
      rules.append(".w-\(ink.rawValue){fill:\(colour)}")
      rules.append(".s-\(ink.rawValue){stroke:\(strokeColour)}")
      rules.append(".a-\(ink.rawValue){fill:\(strokeColour)}")
      rules.append(".t-\(ink.rawValue){fill:\(tint)}")
    }
    if let paper = palette[Ink.paper.rawValue] {
      rules.append(
        ".ri{stroke:\(paper);stroke-width:4px;stroke-linejoin:round;paint-order:stroke}")
    }
    return rules.map { scope + " " + $0 }.joined()
  }

  /// Lines `name: colour;`, anything else is passed over.
  private static func palette(_ bytes: [UInt8]) -> [String: String] {
    var palette: [String: String] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let name = parts[0].drop { $0 == " " || $0 == "-" }
      let colour = parts[1].drop { $0 == " " }.prefix { $0 != ";" }
      palette[String(name)] = String(colour)
    }
    return palette
  }

  private static func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }
}
