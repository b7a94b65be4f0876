import CLibXML2
import Support
import Timeline

/// Turns a laid-out figure into an SVG document: XML, no geometry.
struct SVGRenderer {
  let theme: DiagramOptions.Theme
  let isTransparent: Bool
  let language: Language

  init(_ options: DiagramOptions) {
    theme = options.theme
    isTransparent = options.isTransparent
    language = options.language
  }

  /// Several pictures may stand in one page: names are scoped by what the picture shows.
  func id(of figure: Figure) -> String {
    "t" + hexadecimal(fingerprint(figure.title + figure.summary))
  }

  func bytes(_ figure: Figure) throws(RenderingFailure) -> [UInt8] {
    let tree = try XMLTree(root: "svg", namespace: "http://www.w3.org/2000/svg")
    let width = number(figure.width.rounded(.up))
    let height = number(figure.height.rounded(.up))
    let id = id(of: figure)
    tree.set("id", id, on: tree.root)
    tree.set("xml:lang", language.rawValue, on: tree.root)
    tree.set("viewBox", "0 0 \(width) \(height)", on: tree.root)
    tree.set("width", width, on: tree.root)
    tree.set("height", height, on: tree.root)
    tree.set("role", "img", on: tree.root)
    tree.set("aria-labelledby", "\(id)-title \(id)-desc", on: tree.root)
    for (name, text) in [("title", figure.title), ("desc", figure.summary)] {
      guard let node = tree.add(name, to: tree.root) else { break }
      tree.set("id", "\(id)-\(name)", on: node)
      tree.add(text: text, to: node)
    }
    if let style = tree.add("style", to: tree.root) {
      var sheet = SVGStyle.sheet(theme: theme, scope: "#" + id)
      if let motion = SVGMotion(figure, id: id) {
        var moments: Set<Moment> = []
        for shape in figure.shapes { shape.collectMoments(in: &moments) }
        sheet += motion.sheet(moments)
      }
      tree.add(text: sheet, to: style)
    }
    if !isTransparent, let page = tree.add("rect", to: tree.root) {
      tree.set("width", width, on: page)
      tree.set("height", height, on: page)
      tree.set("class", SVGStyle.fill(.solid(.paper)), on: page)
    }
    for shape in figure.shapes { write(shape, to: tree.root, of: tree) }
    return try tree.bytes()
  }

  private func write(_ shape: Shape, to parent: XMLTree.Node, of tree: XMLTree) {
    switch shape {
    case .text(let line):
      write(line, to: parent, of: tree)
    case .line(let start, let end, let stroke):
      guard let node = tree.add("path", to: parent) else { return }
      tree.set("d", "M\(pair(start))L\(pair(end))", on: node)
      set(stroke, on: node, of: tree)
    case .polyline(let points, let stroke):
      guard let node = tree.add("path", to: parent) else { return }
      tree.set("d", path(points), on: node)
      set(stroke, on: node, of: tree)
    case .polygon(let points, let area):
      guard let node = tree.add("path", to: parent) else { return }
      tree.set("d", path(points) + "Z", on: node)
      set(area, on: node, of: tree)
    case .polylines(let lines, let stroke):
      guard let node = tree.add("path", to: parent) else { return }
      tree.set("d", lines.map(steps).joined(), on: node)
      set(stroke, on: node, of: tree)
    case .polygons(let figures, let area):
      guard let node = tree.add("path", to: parent) else { return }
      tree.set("d", figures.map { steps($0) + "Z" }.joined(), on: node)
      set(area, on: node, of: tree)
    case .rectangle(let x, let y, let width, let height, let radius, let area):
      guard let node = tree.add("rect", to: parent) else { return }
      tree.set("x", number(x), on: node)
      tree.set("y", number(y), on: node)
      tree.set("width", number(width), on: node)
      tree.set("height", number(height), on: node)
      if radius > 0 { tree.set("rx", number(radius), on: node) }
      set(area, on: node, of: tree)
    case .circle(let center, let radius, let area):
      guard let node = tree.add("circle", to: parent) else { return }
      tree.set("cx", number(center.x), on: node)
      tree.set("cy", number(center.y), on: node)
      tree.set("r", number(radius), on: node)
      set(area, on: node, of: tree)
    case .group(let group):
      guard let node = tree.add("g", to: parent) else { return }
      tree.set("class", group.moment.map(SVGMotion.classes) ?? group.name, on: node)
      if let anchor = group.anchor { tree.set("id", anchor, on: node) }
      for fact in group.facts { tree.set("data-" + fact.name, fact.value, on: node) }
      if let tooltip = group.tooltip, let title = tree.add("title", to: node) {
        tree.add(text: tooltip, to: title)
      }
      var place = node
      if let link = group.link, let element = tree.add("a", to: node) {
        tree.set("href", "#" + link, on: element)
        place = element
      }
      for inner in group.shapes { write(inner, to: place, of: tree) }
    }
  }

  private func write(_ line: TextLine, to parent: XMLTree.Node, of tree: XMLTree) {
    guard let first = line.words.first, let node = tree.add("text", to: parent) else { return }
    if line.direction == .level {
      tree.set("x", number(line.at.x), on: node)
      tree.set("y", number(line.at.y), on: node)
    } else {
      let (cosine, sine) = (line.direction.cosine, line.direction.sine)
      tree.set(
        "transform",
        "matrix(\(number(cosine, decimals: 4)) \(number(sine, decimals: 4)) "
          + "\(number(-sine, decimals: 4)) \(number(cosine, decimals: 4)) "
          + "\(number(line.at.x)) \(number(line.at.y)))", on: node)
    }
    var classes = SVGStyle.font(first.font) + " " + SVGStyle.words(first.ink)
    switch line.anchor {
    case .start: break
    case .middle: classes += " am"
    case .end: classes += " ae"
    }
    if line.hasRim { classes += " ri" }
    tree.set("class", classes, on: node)
    tree.add(text: first.text, to: node)
    for word in line.words.dropFirst() {
      guard let span = tree.add("tspan", to: node) else { return }
      if word.gap > 0 { tree.set("dx", number(word.gap), on: span) }
      tree.set("class", SVGStyle.font(word.font) + " " + SVGStyle.words(word.ink), on: span)
      tree.add(text: word.text, to: span)
    }
  }

  private func set(_ stroke: Stroke, on node: XMLTree.Node, of tree: XMLTree) {
    tree.set("class", SVGStyle.stroke(stroke), on: node)
    if stroke.width != 1 { tree.set("stroke-width", number(stroke.width), on: node) }
  }

  private func set(_ area: Area, on node: XMLTree.Node, of tree: XMLTree) {
    var classes = SVGStyle.fill(area.fill)
    if let stroke = area.stroke {
      classes += " " + SVGStyle.edge(stroke)
      if stroke.width != 1 { tree.set("stroke-width", number(stroke.width), on: node) }
    }
    tree.set("class", classes, on: node)
  }

  // MARK: Numbers

  private func path(_ points: [Point]) -> String {
    guard let first = points.first else { return "" }
    return "M" + pair(first) + points.dropFirst().map { "L" + pair($0) }.joined()
  }

  /// The same, shorter where lines are level or upright, as most of a chart's are.
  private func steps(_ points: [Point]) -> String {
    guard let first = points.first else { return "" }
    var text = "M" + pair(first)
    var (x, y) = (number(first.x), number(first.y))
    for point in points.dropFirst() {
      let (nextX, nextY) = (number(point.x), number(point.y))
      switch (nextX == x, nextY == y) {
      case (true, true): continue
      case (false, true): text += "H" + nextX
      case (true, false): text += "V" + nextY
      case (false, false): text += "L" + nextX + " " + nextY
      }
      (x, y) = (nextX, nextY)
    }
    return text
  }

  private func pair(_ point: Point) -> String { number(point.x) + " " + number(point.y) }

  /// Rounded, without locale, without useless zeros.
  private func number(_ value: Double, decimals: Int = 1) -> String {
    var unit = 1
    for _ in 0..<decimals { unit *= 10 }
    let scaled = (value * Double(unit)).rounded()
    guard let whole = Int(exactly: scaled) else { return "0" }
    var text = whole < 0 ? "-" : ""
    text += String(whole.magnitude / UInt(unit))
    var fraction = whole.magnitude % UInt(unit)
    guard fraction > 0 else { return text }
    var digits = decimals
    while fraction % 10 == 0 {
      fraction /= 10
      digits -= 1
    }
    let written = String(fraction)
    return text + "." + String(repeating: "0", count: digits - written.utf8.count) + written
  }

  /// FNV-1a: small, and the same everywhere.
  private func fingerprint(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  private func hexadecimal(_ number: UInt64) -> String { String(number >> 28, radix: 16) }
}
