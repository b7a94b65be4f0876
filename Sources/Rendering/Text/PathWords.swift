import Support
import TCPModel

/// What several capture points tell together, in words.
struct PathWords {
  private let texts: Texts

  init(_ texts: Texts) {
    self.texts = texts
  }

  /// `Captured at client and server: 6 connections seen at both ends, 1 at client only`
  func sentence(_ paths: PathsSummary) -> String {
    let names = paths.points.map { Wording.Value.text($0.name.safeToShow) }
    let alone = paths.points.filter { $0.unmatched > 0 }.map { point in
      texts(
        "points.alone",
        ["count": Quantity.count(point.unmatched), "point": point.name.safeToShow])
    }
    let list =
      names.count > 1
      ? Wording.Value.both([.commas(names.dropLast()), names[names.count - 1]]) : .commas(names)
    return texts(
      "points.captured",
      [
        "points": texts.said(list), "pairs": texts.counted("unit.connections", paths.pairs),
        "alone": alone.joined(),
      ])
  }

  /// `clock of server: 3.70 s ahead, give or take 12.1 ms; 51.0 ppm fast`
  func clock(_ clock: ClockComparison, of paths: PathsSummary) -> String {
    let point = paths.points[clock.point].name.safeToShow
    guard let offset = clock.offset else { return texts("clock.unknown", ["point": point]) }
    let time = Quantity.duration(Int64(clamping: offset.magnitude))
    var (doubt, skew) = ("", "")
    if let uncertainty = clock.uncertainty, uncertainty > 0 {
      doubt = texts("clock.doubt", ["time": Quantity.duration(uncertainty)])
    }
    if let rate = clock.skewPPM, let doubt = clock.skewUncertaintyPPM, abs(rate) > doubt {
      skew = texts(rate > 0 ? "clock.fast" : "clock.slow", ["ppm": Self.decimal(abs(rate))])
    }
    return texts(
      "clock.of",
      [
        "point": point,
        "offset": offset == 0
          ? texts("clock.same")
          : texts(offset > 0 ? "clock.ahead" : "clock.behind", ["time": time]),
        "doubt": doubt, "skew": skew,
      ])
  }

  /// What is known of a connection that one point alone has.
  func reason(_ alone: PathsSummary.Alone) -> String {
    if !alone.proxied.isEmpty {
      let ids = alone.proxied.map(String.init).joined(separator: ", ")
      return texts.counted("alone.proxied", Int64(alone.proxied.count), ["list": ids])
    }
    return switch alone.reason {
    case .neverArrived: texts("alone.neverArrived")
    case .notCaptured: texts("alone.notCaptured")
    case .ambiguous: texts("alone.ambiguous")
    case .noCounterpart: texts("alone.noCounterpart")
    }
  }

  /// Where the losses of a direction lie, with a point in the middle: `1 between a and b, 4 between b and c`.
  private func places(_ path: ConnectionPath, _ side: Side) -> String {
    guard path.points.count > 2 else { return "" }
    return zip(path.points, path.points.dropFirst()).compactMap { near, far in
      let lost = path.directions[side].lost(after: near.point)
      return lost > 0
        ? texts(
          "loss.place",
          ["lost": String(lost), "near": near.name.safeToShow, "far": far.name.safeToShow]) : nil
    }.joined(separator: ", ")
  }

  /// What else there is to say of one connection's path, a sentence each.
  func remarks(_ connection: ConnectionSummary) -> [String] {
    var remarks: [String] = []
    if let path = connection.path {
      for side in Side.allCases {
        let places = places(path, side)
        if !places.isEmpty {
          remarks.append(texts("path.lost", ["side": texts(side), "places": places]))
        }
        let direction = path.directions[side]
        if direction.needless > 0 {
          remarks.append(
            texts(
              "path.needless",
              [
                "repeats": texts.counted("unit.repeats", direction.needless), "side": texts(side),
              ]))
        }
        if direction.ceMarked > 0 {
          remarks.append(
            texts(
              "path.marked",
              [
                "segments": texts.counted("unit.segments", direction.ceMarked),
                "side": texts(side),
              ]))
        }
        if let hops = path.rewritten.hops[side] {
          remarks.append(texts("path.hops", ["side": texts(side), "hops": "\(hops)"]))
        }
      }
      for message in path.messages {
        let key =
          switch message.fate {
          case .arrived: "path.icmp.arrived"
          case .lost: "path.icmp.lost"
          case .madeOnPath: "path.icmp.madeOnPath"
          }
        remarks.append(
          texts(
            key,
            [
              "icmp": message.name, "sender": message.sender.description,
              "side": texts(message.about),
            ]))
      }
    }
    if !connection.proxied.isEmpty || connection.unmatched != nil {
      remarks.append(
        reason(
          PathsSummary.Alone(
            connection, point: 0, connection.unmatched ?? .noCounterpart)))
    }
    return remarks
  }

  private static func decimal(_ value: Double) -> String {
    var text = ByteWriter()
    text.seconds(Int64((value * 10).rounded()) &* 100_000_000, places: 1)
    return String(decoding: text.takeBytes(), as: UTF8.self)
  }

  static func count(_ value: Int64) -> String { value > 0 ? Quantity.count(value) : "" }

  static func duration(_ value: Nanoseconds?) -> String { value.map(Quantity.duration) ?? "" }
}
