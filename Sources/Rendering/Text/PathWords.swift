import Support
import TCPModel

/// What several capture points tell together, in words.
enum PathWords {
  /// `Captured at client and server: 6 connections seen at both ends, 1 at client only`
  static func sentence(_ paths: PathsSummary) -> String {
    let names = paths.points.map(\.name.safeToShow)
    let list = names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    let alone = paths.points.filter { $0.unmatched > 0 }.map {
      ", \(Quantity.count($0.unmatched)) at \($0.name.safeToShow) only"
    }
    return "Captured at \(list): \(Quantity.counted(paths.pairs, "connection")) seen at both ends"
      + alone.joined()
  }

  /// `clock of server: 3.70 s ahead, give or take 12.1 ms; 51.0 ppm fast`
  static func clock(_ clock: ClockComparison, of paths: PathsSummary) -> String {
    let name = "clock of \(paths.points[clock.point].name.safeToShow): "
    guard let offset = clock.offset else { return name + "cannot be compared" }
    var text =
      offset == 0
      ? "the same"
      : "\(Quantity.duration(Int64(clamping: offset.magnitude))) \(offset > 0 ? "ahead" : "behind")"
    if let doubt = clock.uncertainty, doubt > 0 {
      text += ", give or take \(Quantity.duration(doubt))"
    }
    if let skew = clock.skewPPM, let doubt = clock.skewUncertaintyPPM, abs(skew) > doubt {
      text += "; \(decimal(abs(skew))) ppm \(skew > 0 ? "fast" : "slow")"
    }
    return name + text
  }

  /// What is known of a connection that one point alone has.
  static func reason(_ alone: PathsSummary.Alone) -> String {
    if !alone.proxied.isEmpty {
      let ids = alone.proxied.map(String.init).joined(separator: ", ")
      return "carried on beyond a relay as connection\(alone.proxied.count == 1 ? "" : "s") \(ids)"
    }
    switch alone.reason {
    case .neverArrived: return "nothing of it arrived at the other point"
    case .notCaptured: return "the other point was not capturing then"
    case .ambiguous: return "several connections of the other point may be it"
    case .noCounterpart: return "no connection of the other point fits"
    }
  }

  /// Where the losses of a direction lie, with a point in the middle: `1 between a and b, 4 between b and c`.
  static func places(_ path: ConnectionPath, _ side: Side) -> String {
    guard path.points.count > 2 else { return "" }
    return zip(path.points, path.points.dropFirst()).compactMap { near, far in
      let lost = path.directions[side].lost(after: near.point)
      return lost > 0
        ? "\(lost) between \(near.name.safeToShow) and \(far.name.safeToShow)" : nil
    }.joined(separator: ", ")
  }

  /// What else there is to say of one connection's path, a sentence each.
  static func remarks(_ connection: ConnectionSummary) -> [String] {
    var remarks: [String] = []
    if let path = connection.path {
      for side in Side.allCases {
        let places = places(path, side)
        if !places.isEmpty { remarks.append("lost from the \(side.name): \(places)") }
        let direction = path.directions[side]
        if direction.needless > 0 {
          remarks.append(
            "\(Quantity.counted(direction.needless, "repeat")) from the \(side.name) arrived although the"
              + " first copy had")
        }
        if direction.ceMarked > 0 {
          remarks.append(
            "\(Quantity.counted(direction.ceMarked, "segment")) from the \(side.name) got a congestion mark"
              + " on the way")
        }
        if let hops = path.rewritten.hops[side] {
          remarks.append("hops from the \(side.name): \(hops)")
        }
      }
      for message in path.messages {
        let fate =
          switch message.fate {
          case .arrived: "arrived"
          case .lost: "was lost on its way"
          case .madeOnPath: "was sent between the points, and arrived"
          }
        remarks.append(
          "ICMP \"\(message.name)\" of \(message.sender) to the \(message.about.name) \(fate)")
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
