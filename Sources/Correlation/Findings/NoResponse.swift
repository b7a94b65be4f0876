import TCPModel

/// A request that was acknowledged and got no response for noticeably long, where the protocol answers each.
struct NoResponse {
  /// How long nothing came.
  var time: Nanoseconds
  var frame: Int64
  var request: Request
  /// Who ended it; nil where the capture ended first.
  var closer: Side?

  enum Request {
    /// `GET www.example.com`
    case http(String)
    case clientHello
  }

  /// What a person begins to wait.
  static let patience: Nanoseconds = 1_000_000_000

  /// - Parameter watched: How long the capture went on after an offset of the connection.
  init?(_ connection: ConnectionSummary, watched: (Nanoseconds) -> Nanoseconds) {
    let marks = connection.landmarks
    // Else the path or the host is the trouble, or the capture.
    guard connection.isTwoWay, connection.traffic.server.missingBytes ?? 0 == 0,
      // A number beyond what came says that more had been sent.
      connection.analysis?.server.previousSegmentLost ?? 0 == 0,
      marks.unacknowledged.client == 0, !marks.clockWentBackwards, !marks.rstIsForged,
      let open = NoResponse.openRequest(connection),
      // What is not read any more may answer.
      marks.lastPayloadAt <= open.end
    else { return nil }
    frame = open.frame
    request = open.request
    if let start = connection.teardown.start {
      closer = connection.teardown.initiator ?? marks.resetBy
      time = start &- open.end
      if closer == .client, marks.resetBy == .server, time < NoResponse.patience {
        // Half closed with the request, as some clients do: it still waited.
        closer = .server
        time &+= connection.teardown.duration ?? 0
      }
    } else {
      time = watched(open.end)
    }
    // Longer than a person waits, and than any way there and back; or the server closed instead.
    let isLong = time >= NoResponse.patience && time / 10 >= connection.handshake.rtt ?? 0
    guard time >= 0, closer == .server || isLong else { return nil }
  }

  private static func openRequest(
    _ connection: ConnectionSummary
  ) -> (frame: Int64, end: Nanoseconds, request: Request)? {
    guard let spoken = connection.spoken, spoken.basis == .bytes else { return nil }
    switch spoken.application {
    case .http:
      guard spoken.exchangesOmitted == 0,
        let exchange = spoken.exchanges.first(where: { $0.responseAt == nil }),
        let request = exchange.request, let frame = exchange.requestFrame,
        let end = exchange.requestEnd
      else { return nil }
      return (frame, end, .http(request))
    case .tls where connection.traffic.server.payloadBytes == 0:
      guard let frame = connection.landmarks.lastPayload else { return nil }
      return (frame, connection.landmarks.lastPayloadAt, .clientHello)
    default:
      return nil
    }
  }
}

extension ConnectionSummary {
  /// Who waits for a response does not keep anybody waiting, though it moves next.
  mutating func creditSilence() {
    guard var blame, let silence = NoResponse(self, watched: { self.span &- $0 }),
      silence.closer == .client
    else { return }
    let time = max(0, silence.time &- (handshake.serverRTT ?? 0))
    let unknown = min(time, blame.unknown)
    let client = min(time &- unknown, blame.client)
    blame.unknown &-= unknown
    blame.client &-= client
    blame.server &+= unknown &+ client
    self.blame = blame
  }
}
