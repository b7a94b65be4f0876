import TCPModel

/// What a rule may ask beyond the connection: how long it was watched.
public struct FindingContext: Sendable {
  /// When somebody was captured, by all captures together.
  private var watched: [WatchedSpan] = []
  /// The captures whose times are nonsense.
  private var untimed: Set<Int> = []
  /// The captures of which it is known how far their times go back.
  private var stepped: Set<Int> = []
  /// What routers and hosts say.
  public var icmp = ICMPIndex()

  /// Of one capture that ends with the last segment seen.
  public init(end: Timestamp? = nil) {
    if let end { watched = [WatchedSpan(start: Timestamp(nanoseconds: .min), end: end)] }
  }

  public init(_ captures: [CaptureInfo]) {
    untimed = Set(captures.indices.filter { captures[$0].invalidTimes > 0 })
    stepped = Set(captures.indices.filter { captures[$0].hasStep })
    watched = WatchedSpan.joined(captures.flatMap(\.spans))
  }

  /// Whether what lies between two of its segments can be believed.
  func isTimed(_ connection: ConnectionSummary) -> Bool {
    !connection.landmarks.clockWentBackwards && !untimed.contains(connection.capture)
  }

  /// Whether the capture as a whole tells how far its times go back.
  func tellsStep(of connection: ConnectionSummary) -> Bool { stepped.contains(connection.capture) }

  /// How long the capture went on after an offset of a connection, until nobody at all was captured for long.
  func time(after offset: Nanoseconds, of connection: ConnectionSummary) -> Nanoseconds {
    let instant = connection.start.advanced(by: offset)
    return watched.isEmpty ? connection.end.since(instant) : time(since: instant)
  }

  /// How long somebody was captured after an instant, without a long silence.
  func time(since instant: Timestamp) -> Nanoseconds {
    var (low, high) = (0, watched.count)
    while low < high {
      let middle = (low + high) / 2
      if watched[middle].end < instant { low = middle + 1 } else { high = middle }
    }
    guard low < watched.count, watched[low].start <= instant else { return 0 }
    return watched[low].end.since(instant)
  }
}

extension CaptureInfo {
  /// Its times go back by more than the queues of a network card do.
  var hasStep: Bool { stepBack.map { $0.size > StepBack.jitter } ?? false }
}

extension ConnectionSummary {
  /// Segments of both ends were captured.
  var isTwoWay: Bool { traffic.client.segments > 0 && traffic.server.segments > 0 }

  /// What is spoken, or where nothing tells, what usually is at that port.
  var likelyApplication: Application? {
    spoken?.application ?? Application(port: server.port)
  }

  /// An ACK without anything else was captured: where a filter left out all of them, nothing that was not
  /// acknowledged tells of a loss, a queue or an end that is gone.
  var holdsBareACKs: Bool { history?.contains { "Aa".contains($0) } ?? true }

  /// The server ended it by an RST, and nobody had sent a FIN.
  var isResetByServer: Bool { landmarks.resetBy == .server && teardown.landmarks[0] == 0 }

  /// The segment with which the server ended it.
  var serversEnd: Wording.Value { .said(isResetByServer ? "segment.rst" : "segment.fin") }

  /// That side sent an RST and has no connection any more; nothing but a FIN was sent to it in vain.
  func hasLeft(_ side: Side) -> Bool {
    traffic[side].rst > 0 && landmarks.unacknowledged[side.peer] == 0
  }

  /// The offset of its last segment.
  var span: Nanoseconds { max(0, end.since(start)) }
}
