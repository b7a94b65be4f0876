import Support
import TCPModel

/// Segments arrived with other addresses, numbers or options than they were sent with.
enum MiddleboxRewritesRule: FindingRule {
  static let kind = FindingKind.middleboxRewrites
  static let severity = Finding.Severity.info

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    guard let path = connection.path, !path.rewritten.isNothing else { return nil }
    return Sighting(
      weight: Int64(words(path.rewritten).count), frame: connection.firstFrame)
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    guard let path = group.example.path else { return .nothing }
    return group.says(
      "finding.middlebox_rewrites", ["changes": .commas(words(path.rewritten))])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    guard let path = group.example.path else { return evidence }
    for change in words(path.rewritten) { evidence.add("changed", Texts.of(.en).said(change)) }
    return evidence
  }

  private static func words(_ rewritten: PathRewrites) -> [Wording.Value] {
    var words: [Wording.Value] = []
    if let change = rewritten.clientAddress {
      words.append(
        .said(
          "change.address",
          [
            "side": .side(.client), "to": .text("\(change.atServer)"),
          ]))
    }
    if let change = rewritten.clientPort {
      words.append(
        .said(
          "change.port",
          [
            "side": .side(.client), "to": .text("\(change.atServer)"),
          ]))
    }
    if let change = rewritten.serverAddress {
      words.append(
        .said(
          "change.address",
          [
            "side": .side(.server), "to": .text("\(change.atServer)"),
          ]))
    }
    if let change = rewritten.serverPort {
      words.append(
        .said(
          "change.port",
          [
            "side": .side(.server), "to": .text("\(change.atServer)"),
          ]))
    }
    if rewritten.isnDelta.client != nil || rewritten.isnDelta.server != nil {
      words.append(.said("change.numbers"))
    }
    for side in Side.allCases {
      if let change = rewritten.mss[side] { words.append(value("change.mss", change, side)) }
      if let change = rewritten.windowScale[side] {
        words.append(value("change.windowScale", change, side))
      }
    }
    if !rewritten.optionsStripped.isEmpty {
      words.append(
        .said("change.optionsStripped", ["names": .text(names(rewritten.optionsStripped))]))
    }
    if !rewritten.optionsAdded.isEmpty {
      words.append(.said("change.optionsAdded", ["names": .text(names(rewritten.optionsAdded))]))
    }
    for side in Side.allCases {
      if let change = rewritten.dscp[side] { words.append(value("change.dscp", change, side)) }
      if rewritten.ecnCleared[side] > 0 {
        words.append(.said("change.ecn", ["side": .side(side)]))
      }
      if rewritten.resegmented[side] > 0 {
        words.append(.said("change.borders", ["side": .side(side)]))
      }
    }
    if rewritten.sackNotTranslated { words.append(.said("change.notSACK")) }
    return words
  }

  private static func value<Value>(
    _ key: String, _ change: Rewrite<Value>, _ side: Side
  ) -> Wording.Value {
    .said(
      key,
      [
        "side": .side(side), "from": .text("\(sent(change, by: side))"),
        "to": .text("\(arrived(change, by: side))"),
      ])
  }

  private static func names(_ options: [String]) -> String {
    options.map { $0.replacing("_", with: " ") }.joined(separator: ", ")
  }

  private static func sent<Value>(_ change: Rewrite<Value>, by side: Side) -> Value {
    side == .client ? change.atClient : change.atServer
  }

  private static func arrived<Value>(_ change: Rewrite<Value>, by side: Side) -> Value {
    side == .client ? change.atServer : change.atClient
  }
}
