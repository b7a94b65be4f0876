import Support
import TCPModel

/// Services over time: a row each, a cell for each part of the capture's time, with what the servers took
/// there as a number, and as a colour how that compares with the whole capture.
public struct ServiceHeatMap {
  private let services: [Service]
  private let time: ServiceTime?
  private let kind: ServiceKind
  private let options: DiagramOptions
  private let texts: Texts
  private let width: Double

  private static let margin = LadderColumns.margin
  private static let nameWidth = 172.0
  private static let sumWidth = 79.0
  private static let rowHeight = 34.0
  private static let rowPitch = 37.0
  private static let broadest = 96.0
  private static let gap = 2.0
  private static let linePitch = 16.0

  public init(
    _ services: [Service], by kind: ServiceKind, _ time: ServiceTime?, options: DiagramOptions
  ) {
    self.services = services
    self.kind = kind
    self.time = time
    self.options = options
    texts = Texts.of(options.language)
    width = options.fittingWidth
  }

  /// How a part of the time compares with all of it.
  private enum Heat: CaseIterable {
    case usual, slower, double, fourfold

    var fill: Fill {
      switch self {
      case .usual: .tint(.receive)
      case .slower: .tint(.wait)
      case .double: .tint(.caution)
      case .fourfold: .tint(.trouble)
      }
    }

    var ink: Ink {
      switch self {
      case .usual: .receive
      case .slower: .wait
      case .double: .caution
      case .fourfold: .trouble
      }
    }

    var key: String {
      switch self {
      case .usual: "heat.usual"
      case .slower: "heat.slower"
      case .double: "heat.double"
      case .fourfold: "heat.fourfold"
      }
    }

    /// Less than a millisecond is no difference.
    init(_ value: Nanoseconds, of usual: Nanoseconds) {
      guard value.less(usual) >= 1_000_000 else {
        self = .usual
        return
      }
      switch Double(value) / Double(max(1, usual)) {
      case ..<1.25: self = .usual
      case ..<2: self = .slower
      case ..<4: self = .double
      default: self = .fourfold
      }
    }
  }

  public var figure: Figure {
    var y = 36.0
    var shapes = heading(&y)
    let shown = services.prefix(options.maxRows)
    if let time, !shown.isEmpty {
      y += 10
      shapes += axis(time, y)
      y += 10
      for service in shown {
        shapes.append(row(service, time, y))
        y += Self.rowPitch
      }
      y += 6
      if services.count > shown.count {
        let rest = services.dropFirst(shown.count)
        line(
          texts.counted(
            "heat.more", Int64(rest.count),
            ["connections": Quantity.count(rest.reduce(0) { $0 + $1.connections })]), &shapes, &y)
      }
      legend(&shapes, &y)
      for text in TextMetrics.wrapped(texts("heat.note"), .note, width: width - 2 * Self.margin) {
        line(text, &shapes, &y)
      }
    }
    return Figure(
      width: width, height: y + 8, title: title, summary: telling,
      shapes: [.group(ShapeGroup("heat-map", [.init("by", kind.name)], shapes))])
  }

  // MARK: Words

  private var title: String {
    options.title ?? texts("heat.title", ["kind": texts("heat.by." + kind.word)])
  }

  private var subtitle: String {
    guard let time else { return texts("heat.none") }
    return texts(
      "heat.subtitle",
      [
        "services": texts.counted("heat.services", services.count),
        "connections": texts.counted(
          "overview.title", services.reduce(0) { $0 + $1.connections }),
        "start": options.clock.instant(time.start, decimals: time.step < 1_000_000_000 ? 3 : 0),
        "step": Quantity.duration(time.step),
      ])
  }

  private var telling: String {
    let rows = services.prefix(options.maxRows).map { service in
      texts(
        "heat.row",
        [
          "service": service.key.safeToShow, "n": Quantity.count(service.connections),
          "median": median(service) ?? texts("heat.unknown"),
        ])
    }
    return ([title + texts("sentence.end"), subtitle + texts("sentence.end")] + rows)
      .joined(separator: " ")
  }

  private func median(_ service: Service) -> String? {
    service[.serverTime].p50.map(Quantity.duration)
  }

  // MARK: Shapes

  private func heading(_ y: inout Double) -> [Shape] {
    let room = width - 2 * Self.margin
    var shapes: [Shape] = [
      .text(
        TextLine(
          [Word(TextMetrics.fitting(title, .title, width: room), .title)],
          at: Point(Self.margin, y)))
    ]
    y += 22
    for text in TextMetrics.wrapped(subtitle, .note, width: room) { line(text, &shapes, &y) }
    return shapes
  }

  private func line(_ text: String, _ shapes: inout [Shape], _ y: inout Double) {
    shapes.append(.text(TextLine([Word(text, .note, .muted)], at: Point(Self.margin, y))))
    y += Self.linePitch
  }

  private var left: Double { Self.margin + Self.nameWidth }

  /// From one cell to the next.
  private func pitch(_ time: ServiceTime) -> Double {
    let room = width - Self.margin - Self.sumWidth * 2 - left
    return min(Self.broadest, room / Double(time.count))
  }

  private func axis(_ time: ServiceTime, _ y: Double) -> [Shape] {
    let pitch = pitch(time)
    let labels = (0..<time.count).map { label(time, $0) }
    let broadest = labels.map { TextMetrics.width($0, .fixedSmall) }.max() ?? 0
    let every = max(1, Int(((broadest + 8) / pitch).rounded(.up)))
    var shapes: [Shape] = stride(from: 0, to: time.count, by: every).map { index in
      .text(
        TextLine(
          [Word(labels[index], .fixedSmall, .muted)],
          at: Point(left + Double(index) * pitch, y)))
    }
    let right = left + Double(time.count) * pitch
    for (place, key) in ["heat.connections", "heat.median"].enumerated() {
      let text = TextMetrics.fitting(texts(key), .subhead, width: Self.sumWidth - 6)
      shapes.append(
        .text(
          TextLine(
            [Word(text, .subhead, .muted)],
            at: Point(right + Double(place + 1) * Self.sumWidth, y), anchor: .end)))
    }
    return shapes
  }

  /// When a part begins: the clock's time, or how long after the first one where parts are short.
  private func label(_ time: ServiceTime, _ index: Int) -> String {
    let second: Nanoseconds = 1_000_000_000
    let start = options.clock.shown(time.start(of: index))
    if time.step < second {
      return "+" + Quantity.duration(time.start(of: index).since(time.start))
    }
    if time.step >= 86_400 * second { return String(start.date.dropFirst(5)) }
    return String(time.step < 60 * second ? start.time() : start.time().prefix(5))
  }

  private func row(_ service: Service, _ time: ServiceTime, _ top: Double) -> Shape {
    let middle = top + Self.rowHeight / 2 + 4
    let name = TextMetrics.fittingEnds(
      service.key.safeToShow, .word, width: Self.nameWidth - 12)
    var shapes: [Shape] = [
      .text(TextLine([Word(name, .word)], at: Point(Self.margin, middle)))
    ]
    let pitch = pitch(time)
    for part in service.overTime {
      shapes.append(
        cell(
          part, service, time, Point(left + Double(part.index) * pitch, top), pitch - Self.gap))
    }
    let right = left + Double(time.count) * pitch
    let sums = [Quantity.count(service.connections), median(service) ?? ""]
    for (place, sum) in sums.enumerated() where !sum.isEmpty {
      shapes.append(
        .text(
          TextLine(
            [Word(sum, .fixed)],
            at: Point(right + Double(place + 1) * Self.sumWidth, middle), anchor: .end)))
    }
    return .group(
      ShapeGroup(
        "service",
        [.init("key", service.key.safeToShow), .init("connections", service.connections)], shapes))
  }

  private func cell(
    _ part: ServicePart, _ service: Service, _ time: ServiceTime, _ corner: Point, _ width: Double
  ) -> Shape {
    let heat = part.serverTime.map { Heat($0, of: service[.serverTime].p50 ?? $0) }
    let middle = corner.x + width / 2
    let isFailing = part.failed * 2 >= part.connections
    var shapes: [Shape] = [
      .rectangle(
        x: corner.x, y: corner.y, width: width, height: Self.rowHeight, radius: 3,
        Area(heat?.fill ?? .tint(.quiet), isFailing ? Stroke(.trouble, 1.2) : nil))
    ]
    func add(_ words: [Word], _ y: Double) {
      guard TextLine.width(of: words) <= width - 2 else { return }
      shapes.append(.text(TextLine(words, at: Point(middle, y), anchor: .middle)))
    }
    var counts = [Word(Quantity.count(part.connections), .detail, .muted)]
    if part.failed > 0 {
      let failed = Word("×" + Quantity.count(part.failed), .detail, .trouble, gap: 3)
      if TextLine.width(of: counts + [failed]) <= width - 2 { counts.append(failed) }
    }
    if let value = part.serverTime {
      add([Word(Quantity.duration(value), .fixedSmall, heat?.ink ?? .text)], corner.y + 14)
      add(counts, corner.y + 27)
    } else {
      add(counts, corner.y + 21)
    }
    var facts: [ShapeGroup.Fact] = [
      .init("part", part.index), .init("connections", part.connections),
      .init("failed", part.failed),
    ]
    if let value = part.serverTime { facts.append(.init("server-time-ns", value)) }
    return .group(ShapeGroup("cell", facts, tooltip: tooltip(part, time), shapes))
  }

  private func tooltip(_ part: ServicePart, _ time: ServiceTime) -> String {
    var lines = [
      options.clock.instant(
        time.start(of: part.index), decimals: time.step < 1_000_000_000 ? 3 : 0),
      texts.counted("overview.title", part.connections),
    ]
    if part.failed > 0 { lines.append(texts.counted("heat.failed", part.failed)) }
    if let value = part.serverTime {
      lines.append(texts("heat.tooltip", ["time": Quantity.duration(value)]))
    }
    return lines.joined(separator: "\n")
  }

  private func legend(_ shapes: inout [Shape], _ y: inout Double) {
    y += 10
    var x = Self.margin
    func add(_ area: Area, _ text: String) {
      let width = TextMetrics.width(text, .note)
      if x > Self.margin, x + 22 + width > self.width - Self.margin {
        x = Self.margin
        y += Self.linePitch + 2
      }
      shapes.append(
        .rectangle(x: x, y: y - 10, width: 16, height: 12, radius: 2, area))
      shapes.append(.text(TextLine([Word(text, .note)], at: Point(x + 22, y))))
      x += 22 + width + 18
    }
    for heat in Heat.allCases { add(Area(heat.fill, Stroke(heat.ink, 0.6)), texts(heat.key)) }
    add(Area(.tint(.quiet), Stroke(.faint, 0.6)), texts("heat.unmeasured"))
    add(Area(.none, Stroke(.trouble, 1.2)), texts("heat.failing"))
    y += Self.linePitch + 6
  }
}
