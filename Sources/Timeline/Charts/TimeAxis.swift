import Support
import TCPModel

/// A horizontal axis of time with round marks.
struct TimeAxis {
  /// Where it begins; later than 0 in a closer look at a part.
  let start: Nanoseconds
  let span: Nanoseconds
  let from: Double
  let to: Double

  init(start: Nanoseconds = 0, span: Nanoseconds, from: Double, to: Double) {
    self.start = start
    self.span = span
    self.from = from
    self.to = to
  }

  var end: Nanoseconds { start.plus(span) }

  func x(_ offset: Nanoseconds) -> Double {
    let share = Double(offset.less(start)) / Double(span)
    return from + (to - from) * min(1, max(0, share))
  }

  /// 2, 5 or 10 times a power of ten of them, in seconds.
  private var manyDays: Nanoseconds {
    var days: Nanoseconds = 1
    while true {
      for factor: Nanoseconds in [2, 5, 10] {
        let seconds = days * factor * 86_400
        if span / 1_000_000_000 / seconds <= 7 { return seconds }
      }
      days *= 10
    }
  }

  /// What the marks say, where it has room.
  func labels(_ font: Font, y: Double) -> [TextLine] {
    var free = -Double.infinity
    return ticks.compactMap { tick in
      let line = TextLine([Word(tick.label, font, .muted)], at: Point(tick.at, y), anchor: .middle)
      guard line.box.minX >= free else { return nil }
      free = line.box.maxX + 8
      return line
    }
  }

  /// At most eight, at 1, 2 or 5 times a power of ten, or at whole minutes and hours.
  var ticks: [AxisTick] {
    var step: Nanoseconds = 1
    let steps: [Nanoseconds] = [2, 5, 10]
    let second: Nanoseconds = 1_000_000_000
    let long: [Nanoseconds] = [60, 120, 300, 600, 1200, 3600, 7200, 21_600, 43_200, 86_400]
    search: while step < 10 * second {
      for factor in [1] + steps where span / (step * factor) <= 7 {
        step *= factor
        break search
      }
      step *= 10
    }
    if span / step > 7 {
      step = (long.first { span / ($0 * second) <= 7 } ?? manyDays) * second
    }
    guard start > 0 else {
      return (0...Int(span / step)).map { index in
        let offset = Nanoseconds(index) * step
        return AxisTick(at: x(offset), label: index == 0 ? "0" : Quantity.duration(offset))
      }
    }
    // Far from 0 the marks differ in later digits only.
    let axis = ValueAxis(low: start, high: end, unit: .time, top: 0, bottom: 0)
    let first = (start + step - 1) / step
    return (0...Int(span / step)).compactMap { index in
      let offset = (first + Nanoseconds(index)) * step
      guard offset <= end else { return nil }
      return AxisTick(at: x(offset), label: axis.label(offset, step: step))
    }
  }
}

extension Phase.Name {
  /// A bar whose height tells the phase as well as its colour: full where bytes move, low where
  /// somebody waits, a thread where nothing is due.
  func bar(from start: Double, to end: Double, y: Double) -> Shape {
    let height: Double
    let area: Area
    switch self {
    case .handshake, .send, .receive:
      height = 11
      area = Area(.solid(ink))
    case .wait:
      height = 5
      area = Area(.solid(ink))
    case .stalled:
      height = 5
      area = Area(.tint(ink), Stroke(ink, 1))
    case .idle:
      height = 1.6
      area = Area(.solid(ink))
    case .tls, .teardown:
      height = 11
      area = Area(.tint(ink), Stroke(ink, 1))
    case .timeWait:
      height = 5
      area = Area(.tint(ink), Stroke(ink, 1, .dashed))
    }
    return .rectangle(
      x: start, y: y - height / 2, width: end - start, height: height, radius: 0, area)
  }
}

extension Outcome {
  /// A mark of ten pixels, so that colour is not needed.
  func sign(at center: Point) -> [Shape] {
    func at(_ x: Double, _ y: Double) -> Point { Point(center.x + x, center.y + y) }
    let pen = Stroke(ink, 1.8)
    switch self {
    case .closed:
      return [.polyline([at(-4, 0), at(-1, 3.2), at(4.2, -3.6)], pen)]
    case .reset:
      return [.line(at(-3.5, -3.5), at(3.5, 3.5), pen), .line(at(-3.5, 3.5), at(3.5, -3.5), pen)]
    case .refused:
      return [
        .circle(center, radius: 4.2, Area(.none, pen)), .line(at(-2.9, 2.9), at(2.9, -2.9), pen),
      ]
    case .unanswered:
      return [.circle(center, radius: 4.2, Area(.none, Stroke(ink, 1.8, .dotted)))]
    case .halfOpen:
      return [
        .polyline([at(-4, -3.5), at(0, -3.5), at(0, 3.5), at(-4, 3.5)], pen),
        .line(at(2.5, 0), at(4.5, 0), pen),
      ]
    case .halfClosed:
      return [
        .polyline([at(4, -3.5), at(0, -3.5), at(0, 3.5), at(4, 3.5)], pen),
        .line(at(-4.5, 0), at(-2.5, 0), pen),
      ]
    case .open:
      return [.polygon([at(-3, -4), at(4.2, 0), at(-3, 4)], Area(.solid(ink)))]
    }
  }
}
