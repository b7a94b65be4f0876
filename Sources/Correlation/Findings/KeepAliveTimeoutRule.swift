import TCPModel

/// Keep-alive probes at the end that nothing answered.
enum KeepAliveTimeoutRule: FindingRule {
  static let kind = FindingKind.keepAliveTimeout
  static let severity = Finding.Severity.error

  static func judge(_ connection: ConnectionSummary) -> Sighting? {
    let keepAlives = connection.landmarks.unansweredKeepAlives
    let most = max(keepAlives.client, keepAlives.server)
    return most >= 2 ? Sighting(weight: Int64(most), frame: connection.lastFrame) : nil
  }

  static func sentence(_ group: FindingGroup) -> String {
    let keepAlives = group.example.landmarks.unansweredKeepAlives
    let side: Side = keepAlives.client >= keepAlives.server ? .client : .server
    return
      "\(group.capitalised) to \(group.serverName): \(keepAlives[side]) keep-alive probes of the "
      + "\(side.name) got no answer; the \(side.peer.name) or the path is gone\(group.worst)."
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    evidence.add("client_keep_alives", group.example.landmarks.unansweredKeepAlives.client)
    evidence.add("server_keep_alives", group.example.landmarks.unansweredKeepAlives.server)
    return evidence
  }
}
