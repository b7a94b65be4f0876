import Support
import TCPModel

/// The requests and responses that begin in segments of a ladder, as the bytes of the connection tell them.
struct LadderRequests {
  private var requests: [Int64: [Exchange]] = [:]
  private var responses: [Int64: [Exchange]] = [:]

  init(_ connection: Connection) {
    for exchange in connection.summary.spoken?.exchanges ?? [] {
      if let frame = exchange.requestFrame, exchange.method != nil {
        requests[frame, default: []].append(exchange)
      }
      if let frame = exchange.responseFrame, exchange.status != nil {
        responses[frame, default: []].append(exchange)
      }
    }
  }

  /// `GET www.example.com` or `200`; of several in a segment the first, and how many there are more.
  func words(_ frame: Int64, _ texts: Texts) -> Word? {
    if let list = requests[frame], let first = list.first {
      return word(first.request ?? "", list.count, .send, texts)
    }
    if let list = responses[frame], let status = list.first?.status {
      return word(String(status), list.count, status < 400 ? .receive : .trouble, texts)
    }
    return nil
  }

  private func word(_ what: String, _ count: Int, _ ink: Ink, _ texts: Texts) -> Word {
    let text =
      count > 1
      ? texts("request.more", ["what": what, "n": String(count - 1)]) : what
    return Word(text, .detail, ink)
  }

  /// A pennant where a request leaves, with what a program may want to know of it.
  func markers(_ frame: Int64, at point: Point, from side: Side) -> [Shape] {
    (requests[frame] ?? []).enumerated().map { place, exchange in
      var facts: [ShapeGroup.Fact] = [.init("frame", frame)]
      if let method = exchange.method { facts.append(.init("method", method)) }
      if let host = exchange.host { facts.append(.init("host", host)) }
      if let status = exchange.status { facts.append(.init("status", status)) }
      if let time = exchange.serverTime { facts.append(.init("server-time-ns", time)) }
      // One pennant stands for all that leave together.
      return .group(
        ShapeGroup("request", facts, place == 0 ? pennant(at: point, side) : []))
    }
  }

  private func pennant(at point: Point, _ side: Side) -> [Shape] {
    let inward = side == .client ? 1.0 : -1.0
    let pole = point.x + inward * 5
    return [
      .line(Point(pole, point.y), Point(pole, point.y - 12), Stroke(.send, 1.2)),
      .polygon(
        [
          Point(pole, point.y - 12), Point(pole + inward * 9, point.y - 9),
          Point(pole, point.y - 6),
        ], Area(.solid(.send))),
    ]
  }
}
