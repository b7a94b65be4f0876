import Support
import TCPModel

/// Segments that one point sent on and the next one never saw.
enum LossLocatedRule: FindingRule {
  static let kind = FindingKind.lossLocated
  static let severity = Finding.Severity.warning

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard let path = connection.path else { return nil }
    let lost = path.directions.client.lost &+ path.directions.server.lost
    guard lost > 0 else { return nil }
    let frames = Side.allCases.flatMap { path.directions[$0].lostFrames.map(\.frame) }
    return Sighting(weight: lost, frames: frames)
  }

  static func sentence(_ group: FindingGroup) -> String {
    guard let path = group.example.path else { return "" }
    let losses = Side.allCases.compactMap { side in words(path, side) }.joined(separator: " and ")
    let needless = Side.allCases.reduce(Int64(0)) { $0 &+ path.directions[$1].needless }
    let repeats =
      needless == 0
      ? ""
      : "; \(Quantity.counted(needless, "repeat")) arrived although the first copy had"
    return group.count == 1
      ? "\(group.capitalised) to \(group.serverName) lost \(losses)\(repeats)."
      : "\(group.capitalised) to \(group.serverName) lost segments on the path; connection "
        + "\(group.example.id) lost \(losses)\(repeats)."
  }

  /// `5 of 138 segments from the client (1 between a and b, 4 between b and c)`
  private static func words(_ path: ConnectionPath, _ side: Side) -> String? {
    let direction = path.directions[side]
    guard direction.lost > 0 else { return nil }
    var text =
      "\(Quantity.count(direction.lost)) of \(Quantity.counted(direction.sent, "segment")) from the "
      + side.name
    let places = places(path, side).map { "\(Quantity.count($0.lost)) between \($0.names)" }
    if !places.isEmpty { text += " (\(places.joined(separator: ", ")))" }
    return text
  }

  private static func places(
    _ path: ConnectionPath, _ side: Side
  ) -> [(names: String, lost: Int)] {
    guard path.points.count > 2 else { return [] }
    return zip(path.points, path.points.dropFirst()).compactMap { near, far in
      let lost = path.directions[side].lost(after: near.point)
      return lost > 0 ? ("\(near.name) and \(far.name)", lost) : nil
    }
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    guard let path = group.example.path else { return evidence }
    for side in Side.allCases {
      evidence.add("sent_by_\(side.name)", path.directions[side].sent)
      evidence.add("lost_from_\(side.name)", path.directions[side].lost)
      evidence.add("needless_from_\(side.name)", path.directions[side].needless)
      for place in places(path, side) {
        evidence.add("lost_from_\(side.name)_between", "\(place.names): \(place.lost)")
      }
    }
    return evidence
  }
}
