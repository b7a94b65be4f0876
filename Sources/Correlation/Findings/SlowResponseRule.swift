import TCPModel

/// A response that the server took long for, and many round trips, or that never came to a request; nothing
/// between the two is missing in the capture.
enum SlowResponseRule: FindingRule {
  static let kind = FindingKind.slowResponse
  static let severity = Finding.Severity.warning

  static let limit = NoResponse.patience

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    if let silence = silence(connection, context) {
      return Sighting(
        weight: silence.time,
        frames: [silence.frame, connection.teardown.frames.first],
        cost: Sighting.failure &+ silence.time
      ).telling("none \(silence.closer?.name ?? "")")
    }
    let answer = late(connection, context)
    if let answer, let late = answer.late {
      return Sighting(
        weight: answer.wait,
        frames: [answer.frame, connection.teardown.landmarks[0], connection.landmarks.reset],
        cost: Sighting.failure &+ answer.wait &- late
      ).telling("late")
    }
    if let answer, answer.wait > connection.landmarks.longestAnswer {
      return Sighting(weight: answer.wait, frame: answer.frame, cost: answer.wait)
    }
    let wait = connection.landmarks.longestAnswer
    if let greeting = greeting(connection), greeting > wait, context.isTimed(connection) {
      return Sighting(weight: greeting, frame: connection.firstFrame, cost: greeting)
        .telling("greeting")
    }
    guard wait >= limit, connection.isTwoWay, context.isTimed(connection), isAsked(connection),
      !connection.landmarks.isMultipath, wait / 10 >= connection.handshake.rtt ?? 0,
      !PolledServers.isPolled(connection)
    else { return nil }
    return Sighting(weight: wait, frame: connection.landmarks.longestAnswered, cost: wait)
  }

  /// A request got no response at all, or one for which nobody waited any more.
  static func hasNoResponse(_ connection: ConnectionSummary, _ context: FindingContext) -> Bool {
    silence(connection, context) != nil || late(connection, context)?.late != nil
  }

  private static func late(
    _ connection: ConnectionSummary, _ context: FindingContext
  ) -> LateAnswer? {
    context.isTimed(connection) ? LateAnswer(connection) : nil
  }

  /// A greeting that was lost is there again by then.
  private static let lateGreeting: Nanoseconds = 2_000_000_000

  /// From the opening to the greeting of a server that speaks first, where that took long.
  private static func greeting(_ connection: ConnectionSummary) -> Nanoseconds? {
    guard let spoken = connection.spoken, spoken.basis == .bytes,
      connection.handshake.kind == .threeWay, !connection.landmarks.opensUnseen,
      connection.isTwoWay, let opened = connection.handshake.ack,
      let said = connection.landmarks.firstPayload.server,
      connection.traffic.server.missingBytes ?? 0 == 0
    else { return nil }
    switch spoken.application {
    case .smtp, .imap, .pop3, .ftp, .mysql:
      if let client = connection.landmarks.firstPayload.client, client <= said { return nil }
    case .ssh: break
    default: return nil
    }
    let wait = said &- opened
    return wait >= lateGreeting && wait / 10 >= connection.handshake.rtt ?? 0 ? wait : nil
  }

  private static func silence(
    _ connection: ConnectionSummary, _ context: FindingContext
  ) -> NoResponse? {
    context.isTimed(connection)
      ? NoResponse(connection, watched: { context.time(after: $0, of: connection) }) : nil
  }

  /// Whether what the server says answers what the client asked. Where the server spoke first it may be the
  /// one that asks, or both may speak when they like.
  private static func isAsked(_ connection: ConnectionSummary) -> Bool {
    if connection.likelyApplication?.speaksUnasked ?? false { return false }
    let spoken = connection.spoken
    switch spoken?.application {
    // A greeting comes first.
    case .smtp, .imap, .pop3, .ftp, .mysql: if spoken?.basis == .bytes { return true }
    default: break
    }
    let first = connection.landmarks.firstPayload
    guard let client = first.client, let server = first.server else { return true }
    return client <= server
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    if let silence = silence(group.example, group.context) {
      let key =
        switch silence.closer {
        case .client: "finding.slow_response.gaveUp"
        case .server: "finding.slow_response.closed"
        case nil: "finding.slow_response.none"
        }
      return group.says(
        key,
        ["time": group.upTo(.duration(silence.time)), "request": silence.request.words])
    }
    let answer = late(group.example, group.context)
    if let answer, let late = answer.late {
      return group.says(
        "finding.slow_response.late",
        [
          "request": answer.request.map { .text($0) } ?? .said("request.any"),
          "time": group.upTo(.duration(answer.wait)), "late": .duration(late),
        ])
    }
    let longest = max(group.example.landmarks.longestAnswer, answer?.wait ?? 0)
    if let greeting = greeting(group.example), greeting > longest {
      return group.says(
        "finding.slow_response.greeting", ["time": group.upTo(.duration(greeting))])
    }
    let wait = Wording.Value.duration(longest)
    let time = group.isSingle ? .said("amount.upTo", ["amount": wait]) : group.upTo(wait)
    guard let request = request(group.example) else {
      return group.says("finding.slow_response", ["time": time])
    }
    return group.says("finding.slow_response.to", ["time": time, "request": .text(request)])
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    if let silence = silence(group.example, group.context) {
      evidence.add("no_response_ns", silence.time)
      evidence.add("request_frame", silence.frame)
      evidence.add("closed_by", silence.closer?.name)
      return evidence
    }
    let answer = late(group.example, group.context)
    let longest = max(group.example.landmarks.longestAnswer, answer?.wait ?? 0)
    if answer?.late == nil, let greeting = greeting(group.example), greeting > longest {
      evidence.add("greeting_ns", greeting)
      return evidence
    }
    evidence.add("longest_wait_ns", longest)
    evidence.add("late_ns", answer?.late)
    if let exchange = slowest(group.example) {
      evidence.add("method", exchange.method)
      evidence.add("host", exchange.host)
      evidence.add("request_frame", exchange.requestFrame)
      evidence.add("status", exchange.status)
    }
    return evidence
  }

  /// The request that waited longest, if the bytes tell it.
  private static func slowest(_ connection: ConnectionSummary) -> Exchange? {
    let slowest = connection.spoken?.exchanges.max { $0.wait < $1.wait }
    return slowest.flatMap { $0.wait >= limit ? $0 : nil }
  }

  /// `GET www.example.com (200)`
  private static func request(_ connection: ConnectionSummary) -> String? {
    guard let exchange = slowest(connection), let request = exchange.request else { return nil }
    return request + (exchange.status.map { " (\($0))" } ?? "")
  }

  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool {
    if record.pointee.phases.longestWait >= limit || record.pointee.bits.contains(.closesInWait) {
      return true
    }
    if record.pointee.phases.longestIdle >= lateGreeting,
      record.serverEndpoint.pointee.firstPayload &- record.pointee.handshake.ack >= lateGreeting
    {
      return true
    }
    // It may wait still.
    switch record.pointee.phases.current {
    case .handshake, .tls, .send, .wait: return span >= limit
    case .receive, .idle, .teardown, .timeWait, .stalled: return false
    }
  }
}

extension NoResponse.Request {
  fileprivate var words: Wording.Value {
    switch self {
    case .http(let request): .text(request)
    case .clientHello: .said("request.clientHello")
    }
  }
}

extension Exchange {
  /// From the request's last byte to the response's first one; negative where one is not known.
  fileprivate var wait: Nanoseconds {
    guard let requestEnd, let responseAt else { return -1 }
    return responseAt &- requestEnd
  }
}
