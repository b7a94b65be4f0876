import TCPModel

/// What a rule may ask beyond the connection: how long it was watched.
public struct FindingContext: Sendable {
  /// The last instant of each capture, and of those that go on where it ends.
  private var watchedUntil: [Timestamp] = []
  /// The captures whose times are nonsense.
  private var untimed: Set<Int> = []
  /// The captures of which it is known how far their times go back.
  private var stepped: Set<Int> = []
  /// What routers and hosts say.
  public var icmp = ICMPIndex()
  /// Rotated pieces may leave out this much between two of them.
  private static let widestGap: Nanoseconds = 60_000_000_000

  /// Of one capture that ends with the last segment seen.
  public init(end: Timestamp? = nil) {
    if let end { watchedUntil = [end] }
  }

  public init(_ captures: [CaptureInfo]) {
    untimed = Set(captures.indices.filter { captures[$0].invalidTimes > 0 })
    stepped = Set(captures.indices.filter { captures[$0].hasStep })
    watchedUntil = captures.map { $0.lastTime ?? Timestamp(nanoseconds: .min) }
    let order = captures.indices.sorted { watchedUntil[$0] < watchedUntil[$1] }
    for index in order.reversed() {
      for later in captures {
        guard let first = later.firstTime, let last = later.lastTime else { continue }
        if first.since(watchedUntil[index]) <= Self.widestGap, last > watchedUntil[index] {
          watchedUntil[index] = last
        }
      }
    }
  }

  /// Whether what lies between two of its segments can be believed.
  func isTimed(_ connection: ConnectionSummary) -> Bool {
    !connection.landmarks.clockWentBackwards && !untimed.contains(connection.capture)
  }

  /// Whether the capture as a whole tells how far its times go back.
  func tellsStep(of connection: ConnectionSummary) -> Bool { stepped.contains(connection.capture) }

  /// How long the capture went on after an offset of a connection.
  func time(after offset: Nanoseconds, of connection: ConnectionSummary) -> Nanoseconds {
    let end =
      watchedUntil.indices.contains(connection.capture)
      ? max(watchedUntil[connection.capture], connection.end) : connection.end
    return end.since(connection.start.advanced(by: offset))
  }

  /// How long the captures went on after an instant.
  func time(since instant: Timestamp) -> Nanoseconds {
    watchedUntil.max().map { $0.since(instant) } ?? 0
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
