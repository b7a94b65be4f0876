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

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let path = group.example.path else { return .nothing }
    let losses = Wording.Value.both(Side.allCases.compactMap { words(path, $0) })
    let needless = Side.allCases.reduce(Int64(0)) { $0 &+ path.directions[$1].needless }
    let repeats: Wording.Value =
      needless == 0
      ? .nothing
      : .said("repeats.needless", ["repeats": .counted("unit.repeats", needless)])
    return group.count == 1
      ? group.says("finding.loss_located", ["losses": losses, "needless": repeats])
      : group.says(
        "finding.loss_located.several",
        ["id": .digits(group.example.id), "losses": losses, "needless": repeats])
  }

  /// `5 of 138 segments from the client (1 between a and b, 4 between b and c)`
  private static func words(_ path: ConnectionPath, _ side: Side) -> Wording.Value? {
    let direction = path.directions[side]
    guard direction.lost > 0 else { return nil }
    let places = places(path, side).map { place in
      Wording.Value.said(
        "loss.place",
        ["lost": .count(place.lost), "near": .text(place.near), "far": .text(place.far)])
    }
    let lost = Wording.Value.count(direction.lost)
    let sent = Wording.Value.counted("unit.segments", direction.sent)
    return places.isEmpty
      ? .said("loss.direction", ["lost": lost, "sent": sent, "side": .side(side)])
      : .said(
        "loss.directionAt",
        ["lost": lost, "sent": sent, "side": .side(side), "places": .commas(places)])
  }

  private static func places(
    _ path: ConnectionPath, _ side: Side
  ) -> [(near: String, far: String, lost: Int64)] {
    guard path.points.count > 2 else { return [] }
    return zip(path.points, path.points.dropFirst()).compactMap { near, far in
      let lost = path.directions[side].lost(after: near.point)
      return lost > 0 ? (near.name, far.name, Int64(lost)) : nil
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
        evidence.add(
          "lost_from_\(side.name)_between", "\(place.near) and \(place.far): \(place.lost)")
      }
    }
    return evidence
  }
}
