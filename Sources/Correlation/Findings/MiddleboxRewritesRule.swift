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

  static func sentence(_ group: FindingGroup) -> String {
    guard let path = group.example.path else { return "" }
    return "The path of \(group.subject) to \(group.serverName) changes "
      + "\(words(path.rewritten).joined(separator: ", "))\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    guard let path = group.example.path else { return evidence }
    for change in words(path.rewritten) { evidence.add("changed", change) }
    return evidence
  }

  private static func words(_ rewritten: PathRewrites) -> [String] {
    var words: [String] = []
    if let change = rewritten.clientAddress {
      words.append("the client's address to \(change.atServer)")
    }
    if let change = rewritten.clientPort { words.append("the client's port to \(change.atServer)") }
    if let change = rewritten.serverAddress {
      words.append("the server's address to \(change.atServer)")
    }
    if let change = rewritten.serverPort { words.append("the server's port to \(change.atServer)") }
    if rewritten.isnDelta.client != nil || rewritten.isnDelta.server != nil {
      words.append("the sequence numbers")
    }
    for side in Side.allCases {
      if let change = rewritten.mss[side] {
        words.append(
          "the \(side.name)'s MSS of \(sent(change, by: side)) to \(arrived(change, by: side))")
      }
      if let change = rewritten.windowScale[side] {
        words.append(
          "the \(side.name)'s window scale of \(sent(change, by: side)) to \(arrived(change, by: side))"
        )
      }
    }
    if !rewritten.optionsStripped.isEmpty {
      words.append("the SYN's options (without \(names(rewritten.optionsStripped)))")
    }
    if !rewritten.optionsAdded.isEmpty {
      words.append("the SYN's options (with \(names(rewritten.optionsAdded)))")
    }
    for side in Side.allCases {
      if let change = rewritten.dscp[side] {
        words.append(
          "the \(side.name)'s DSCP of \(sent(change, by: side)) to \(arrived(change, by: side))")
      }
      if rewritten.ecnCleared[side] > 0 {
        words.append("the ECN marks of what the \(side.name) sends to none")
      }
      if rewritten.resegmented[side] > 0 {
        words.append("where the \(side.name)'s segments begin and end")
      }
    }
    if rewritten.sackNotTranslated {
      words.append("sequence numbers, but not those in SACK blocks")
    }
    return words
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
