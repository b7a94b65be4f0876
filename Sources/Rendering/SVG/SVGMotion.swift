import Timeline

/// How the parts of a picture come into view: keyframes of CSS alone, which play inside `<img>` too.
/// Without them, as in librsvg, or for readers who want no motion, the picture is whole.
struct SVGMotion {
  private let id: String
  /// When each moment begins, in tenths of a second; the last one is the end.
  private let starts: [Int]

  /// Before the first moment.
  private static let lead = 5

  /// nil for a picture that stands still.
  init?(_ figure: Figure, id: String) {
    if figure.pace.isEmpty { return nil }
    self.id = id
    starts = figure.pace.reduce(into: [Self.lead]) { $0.append(($0.last ?? 0) + $1) }
  }

  static func classes(_ moment: Moment) -> String {
    let delay = "k k\(moment.order)"
    switch moment.way {
    case .whole: return delay
    case .rightward: return delay + " kr"
    case .leftward: return delay + " kl"
    case .downward(let until): return delay + " kd u\(moment.order)-\(until)"
    }
  }

  func sheet(_ moments: Set<Moment>) -> String {
    var rules = [
      ".k{animation:\(id)-w .4s both}", ".kr{animation-name:\(id)-r;animation-duration:.7s}",
      ".kl{animation-name:\(id)-l;animation-duration:.7s}",
      ".kd{animation-name:\(id)-d;animation-timing-function:linear}",
    ]
    for order in Set(moments.map(\.order)).sorted() {
      rules.append(".k\(order){animation-delay:\(seconds(start(order)))}")
    }
    let spans = Set(
      moments.compactMap { moment -> [Int]? in
        if case .downward(let until) = moment.way { [moment.order, until] } else { nil }
      })
    for span in spans.sorted(by: { ($0[0], $0[1]) < ($1[0], $1[1]) }) {
      let time = max(4, start(span[1]) - start(span[0]))
      rules.append(".u\(span[0])-\(span[1]){animation-duration:\(seconds(time))}")
    }
    let scoped = rules.map { "#\(id) " + $0 }.joined()
    let whole = "clip-path:inset(-12px)"
    func frames(_ name: String, _ from: String) -> String {
      "@keyframes \(id)-\(name){from{opacity:0;\(from)}2%{opacity:1}to{\(whole)}}"
    }
    return "@media (prefers-reduced-motion:no-preference){\(scoped)}"
      + "@keyframes \(id)-w{from{opacity:0}}"
      + frames("r", "clip-path:inset(-12px 100% -12px -12px)")
      + frames("l", "clip-path:inset(-12px -12px -12px 100%)")
      + frames("d", "clip-path:inset(-12px -12px 100% -12px)")
  }

  private func start(_ order: Int) -> Int { starts[min(max(0, order), starts.count - 1)] }

  private func seconds(_ tenths: Int) -> String { "\(tenths / 10).\(tenths % 10)s" }
}

extension Shape {
  /// The moments of everything in it.
  func collectMoments(in moments: inout Set<Moment>) {
    guard case .group(let group) = self else { return }
    if let moment = group.moment { moments.insert(moment) }
    for shape in group.shapes { shape.collectMoments(in: &moments) }
  }
}
