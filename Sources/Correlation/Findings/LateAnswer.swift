import TCPModel

/// An answer that came when its client had closed already.
struct LateAnswer {
  /// From the request's last byte to the answer's first one.
  var wait: Nanoseconds
  /// The request's last frame.
  var frame: Int64
  /// `GET www.example.com`, where the bytes tell it.
  var request: String?
  /// How long the client had been gone by then; nil where it had closed its half only, and took the answer.
  var late: Nanoseconds?

  private struct Asked {
    var frame: Int64
    var end: Nanoseconds
    var answer: Nanoseconds
    var request: String?
  }

  init?(_ connection: ConnectionSummary) {
    let marks = connection.landmarks
    guard connection.isTwoWay, connection.teardown.initiator == .client,
      let close = connection.teardown.start, connection.teardown.landmarks[0] != 0,
      connection.traffic.server.missingBytes ?? 0 == 0,
      connection.analysis?.server.previousSegmentLost ?? 0 == 0,
      !marks.clockWentBackwards, !marks.isMultipath, !marks.rstIsForged,
      let asked = LateAnswer.asked(connection, before: close)
    else { return nil }
    wait = asked.answer &- asked.end
    frame = asked.frame
    request = asked.request
    let hasLeft = connection.traffic.client.rst > 0
    // Who closes at once waits for nothing.
    guard wait >= NoResponse.patience, wait / 10 >= connection.handshake.rtt ?? 0,
      !hasLeft || close &- asked.end >= NoResponse.patience
    else { return nil }
    late = hasLeft ? asked.answer &- close : nil
  }

  private static func asked(
    _ connection: ConnectionSummary, before close: Nanoseconds
  ) -> Asked? {
    let marks = connection.landmarks
    if let spoken = connection.spoken, spoken.basis == .bytes {
      // Of others nobody knows which bytes answer which.
      guard spoken.application == .http else { return nil }
      for exchange in spoken.exchanges {
        guard let answer = exchange.responseAt, answer > close, let end = exchange.requestEnd,
          end <= close, let frame = exchange.requestFrame
        else { continue }
        return Asked(frame: frame, end: end, answer: answer, request: exchange.request)
      }
      return nil
    }
    // What comes at once after the close may answer that.
    guard connection.likelyApplication?.speaksUnasked != true, marks.closesUnanswered,
      let answer = marks.firstPayload.server, answer &- close >= NoResponse.patience,
      let frame = marks.lastPayload, marks.firstPayload.client != nil
    else { return nil }
    return Asked(frame: frame, end: marks.lastPayloadAt, answer: answer, request: nil)
  }
}
