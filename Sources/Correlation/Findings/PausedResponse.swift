import TCPModel

/// A response that its server's program left off and went on with: nothing that it had sent was under way, and nothing new
/// was asked meanwhile.
struct PausedResponse {
  var time: Nanoseconds
  var frames: [Int64]
  /// `GET www.example.com`
  var request: String?

  init?(_ connection: ConnectionSummary) {
    guard connection.isTwoWay, connection.holdsBareACKs, !connection.landmarks.isMultipath,
      !connection.landmarks.clockWentBackwards,
      connection.traffic.server.missingBytes ?? 0 == 0,
      let spoken = connection.spoken, spoken.basis == .bytes, spoken.application == .http,
      spoken.exchangesOmitted == 0, let limits = connection.limits.server,
      let pause = limits.longestOfProgram, pause.limit == .application,
      // It went on with data, and not to its close.
      connection.landmarks.lastPayloadAt >= pause.end,
      pause.duration >= NoResponse.patience, pause.duration / 10 >= connection.handshake.rtt ?? 0,
      // Who sends a piece every few seconds means to, as for a video.
      pause.duration >= limits.times[.application] / 5 * 2,
      let response = spoken.exchanges.last(where: { $0.responseAt ?? .max < pause.start &+ 1 }),
      // Its end is known, which that of a stream of events is not.
      response.responseBytes != nil, response.status ?? 0 >= 200,
      !spoken.exchanges.contains(where: { exchange in
        let asked = exchange.requestAt ?? exchange.responseAt ?? .min
        return asked > response.responseAt ?? .max && asked < pause.end
      })
    else { return nil }
    time = pause.duration
    frames = [pause.firstFrame, pause.lastFrame]
    request = response.request
  }
}
