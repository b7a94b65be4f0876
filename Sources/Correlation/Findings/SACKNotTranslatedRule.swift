import TCPModel

/// SACK blocks that name bytes of another sequence space: a device on the path changes sequence numbers and forgets the blocks.
enum SACKNotTranslatedRule: FindingRule {
  static let kind = FindingKind.sackNotTranslated
  static let severity = Finding.Severity.error

  static let leastCount = 2

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    let marks = connection.landmarks
    guard connection.isTwoWay,
      marks.foreignSACKs.client + marks.foreignSACKs.server >= leastCount
    else { return nil }
    return Sighting(
      weight: Int64(marks.foreignSACKs.client + marks.foreignSACKs.server),
      frames: [marks.foreignSACK.client, marks.foreignSACK.server], cost: Sighting.failure)
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    let marks = group.example.landmarks
    let side: Side = marks.foreignSACKs.client >= marks.foreignSACKs.server ? .client : .server
    return group.says(
      "finding.sack_not_translated",
      [
        "count": group.upTo(.digits(marks.foreignSACKs[side])), "side": .side(side),
        "peer": .side(side.peer),
      ])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    let marks = group.example.landmarks
    evidence.add("client_sacks", marks.foreignSACKs.client)
    evidence.add("server_sacks", marks.foreignSACKs.server)
    return evidence
  }
}
