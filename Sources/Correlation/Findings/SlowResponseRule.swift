import TCPModel

/// A response that the server took long for, and many round trips, or that never came to a request; nothing
/// between the two is missing in the capture.
enum SlowResponseRule: FindingRule {
  static let kind = FindingKind.slowResponse
  static let severity = Finding.Severity.warning

  static let limit = NoResponse.patience

  /// What there is to tell: judge, sentence and evidence tell the same.
  private enum Story {
    case silence(NoResponse)
    /// Nobody had waited any more, for so long.
    case late(LateAnswer, Nanoseconds)
    case greeting(Nanoseconds)
    case answer(Nanoseconds, request: Int64?)
    case pause(PausedResponse)
  }

  private static func story(
    _ connection: ConnectionSummary, _ context: FindingContext
  ) -> Story? {
    guard context.isTimed(connection) else { return nil }
    let silence = NoResponse(connection, watched: { context.time(after: $0, of: connection) })
    if let silence { return .silence(silence) }
    let wait = connection.landmarks.longestAnswer
    if let answer = LateAnswer(connection) {
      if let late = answer.late { return .late(answer, late) }
      if answer.wait > wait { return .answer(answer.wait, request: answer.frame) }
    }
    if let greeting = greeting(connection), greeting > wait { return .greeting(greeting) }
    if let pause = PausedResponse(connection), pause.time > wait { return .pause(pause) }
    guard wait >= limit, connection.isTwoWay, isAsked(connection),
      !mayPush(connection, wait), !connection.landmarks.isMultipath,
      wait / 10 >= connection.handshake.rtt ?? 0,
      !PolledServers.isPolled(connection)
    else { return nil }
    return .answer(wait, request: connection.landmarks.longestAnswered)
  }

  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting? {
    switch story(connection, context) {
    case .silence(let silence):
      Sighting(
        weight: silence.time,
        frames: [silence.frame, connection.teardown.frames.first],
        cost: Sighting.failure &+ silence.time
      ).telling("none \(silence.closer?.name ?? "")")
    case .late(let answer, let late):
      Sighting(
        weight: answer.wait,
        frames: [answer.frame, connection.teardown.landmarks[0], connection.landmarks.reset],
        cost: Sighting.failure &+ answer.wait &- late
      ).telling("late")
    case .greeting(let wait):
      Sighting(weight: wait, frame: connection.firstFrame, cost: wait).telling("greeting")
    case .answer(let wait, let request): Sighting(weight: wait, frame: request, cost: wait)
    case .pause(let pause):
      Sighting(weight: pause.time, frames: pause.frames, cost: pause.time).telling("pause")
    case nil: nil
    }
  }

  /// A request got no response at all, or one for which nobody waited any more.
  static func hasNoResponse(_ connection: ConnectionSummary, _ context: FindingContext) -> Bool {
    switch story(connection, context) {
    case .silence, .late: true
    case .greeting, .answer, .pause, nil: false
    }
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

  /// It spoke unasked after a silence that was not much shorter: what comes after a message of the client may have come
  /// anyway, unless the protocol answers each.
  private static func mayPush(_ connection: ConnectionSummary, _ wait: Nanoseconds) -> Bool {
    let unasked = connection.landmarks.longestUnasked
    // Of a part of a second nothing is known.
    guard unasked > 0, unasked &+ 1_000_000_000 >= wait / 4 else { return false }
    guard let spoken = connection.spoken, spoken.basis == .bytes else { return true }
    return !spoken.application.answersEach
  }

  static func sentence(_ group: FindingGroup) -> Wording {
    switch story(group.example, group.context) {
    case .silence(let silence):
      let key =
        switch silence.closer {
        case .client: "finding.slow_response.gaveUp"
        case .server: "finding.slow_response.closed"
        case nil: "finding.slow_response.none"
        }
      return group.says(
        key,
        ["time": group.upTo(.duration(silence.time)), "request": silence.request.words])
    case .late(let answer, let late):
      return group.says(
        "finding.slow_response.late",
        [
          "request": answer.request.map { .text($0) } ?? .said("request.any"),
          "time": group.upTo(.duration(answer.wait)), "late": .duration(late),
        ])
    case .greeting(let wait):
      return group.says("finding.slow_response.greeting", ["time": group.upTo(.duration(wait))])
    case .pause(let pause):
      return group.says(
        "finding.slow_response.pause",
        [
          "request": pause.request.map { .text($0) } ?? .said("request.any"),
          "time": group.upTo(.duration(pause.time)),
        ])
    case .answer(let longest, _):
      let wait = Wording.Value.duration(longest)
      let time = group.isSingle ? .said("amount.upTo", ["amount": wait]) : group.upTo(wait)
      guard let request = request(group.example) else {
        return group.says("finding.slow_response", ["time": time])
      }
      return group.says("finding.slow_response.to", ["time": time, "request": .text(request)])
    case nil: return .nothing
    }
  }

  static func evidence(_ group: FindingGroup) -> Evidence {
    var evidence = Evidence()
    switch story(group.example, group.context) {
    case .silence(let silence):
      evidence.add("no_response_ns", silence.time)
      evidence.add("request_frame", silence.frame)
      evidence.add("closed_by", silence.closer?.name)
      return evidence
    case .greeting(let wait):
      evidence.add("greeting_ns", wait)
      return evidence
    case .late(let answer, let late):
      evidence.add("longest_wait_ns", max(group.example.landmarks.longestAnswer, answer.wait))
      evidence.add("late_ns", late)
    case .answer(let wait, _): evidence.add("longest_wait_ns", wait)
    case .pause(let pause):
      evidence.add("pause_ns", pause.time)
      return evidence
    case nil: return evidence
    }
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
    if record.pointee.phases.longestWait >= limit || record.pointee.phases.longestUnasked > 0
      || record.pointee.bits.contains(.closesInWait)
    {
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
