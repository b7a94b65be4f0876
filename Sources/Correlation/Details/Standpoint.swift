import TCPModel

// Where the capture was taken, and how far the ends are from there.

extension Vantage {
  /// Close to an end that answers in less than a tenth of what both take. Below 100 microseconds in
  /// all, both ends may be the same host: nothing can be said.
  ///
  /// - Parameters:
  ///   - client: From the capture point to the client and back.
  ///   - server: From the capture point to the server and back.
  private init(client: Nanoseconds, server: Nanoseconds) {
    guard client >= 0, server >= 0, client.plus(server) >= 100_000 else {
      self = .unknown
      return
    }
    let tenth = client.plus(server) / 10
    self = client < tenth ? .client : server < tenth ? .server : .middle
  }

  init(handshake: Handshake) {
    guard handshake.kind == .threeWay, let server = handshake.serverRTT,
      let client = handshake.clientRTT
    else {
      self = .unknown
      return
    }
    self.init(client: client, server: server)
  }

  /// By data and their ACKs. Those may wait, so two similar times do not prove a place between.
  fileprivate init(roundTrips client: Nanoseconds, _ server: Nanoseconds) {
    self = client > 0 && server > 0 ? Vantage(client: client, server: server) : .unknown
    if self == .middle { self = .unknown }
  }
}

extension PathDelays {
  public init(_ summary: ConnectionSummary) {
    self.init()
    // The shortest trip seen is nearest to the path itself: it holds the least waiting.
    // Crossing SYNs answer nothing, so their distances are no trips.
    let handshake = summary.handshake.kind == .simultaneous ? nil : summary.handshake
    let server = PathDelays.shorter(handshake?.serverRTT, summary.rtt.client?.min)
    let client = PathDelays.shorter(handshake?.clientRTT, summary.rtt.server?.min)
    vantage = summary.vantage
    if vantage == .unknown { vantage = Vantage(roundTrips: client, server) }
    switch vantage {
    case .client: toward = PerSide(client: 0, server: server / 2)
    case .server: toward = PerSide(client: client / 2, server: 0)
    case .middle: toward = PerSide(client: client / 2, server: server / 2)
    case .unknown: break
    }
    if let path = summary.path, let way = path.directions[path.nearSide].delay?.min {
      // Beyond the other point there may be more of the way; it ends where it is measured.
      isMeasured = true
      vantage = path.nearSide == .client ? .client : .server
      toward = PerSide(both: 0)
      toward[path.nearSide.peer] = max(0, way)
    }
  }

  private static func shorter(_ left: Nanoseconds?, _ right: Nanoseconds?) -> Nanoseconds {
    max(0, min(left ?? right ?? 0, right ?? left ?? 0))
  }
}
