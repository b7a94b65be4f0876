import TCPModel

/// Long polls: a client asks, and the server answers when there is something to say, or after a fixed time that
/// there is not; then the client asks again. That wait is what both want, and no slow response. One alone may be
/// either; three that took as long tell.
struct PolledServers {
  private static let leastAlike = 3
  /// What says that there is nothing is short.
  private static let longestAnswer: Int64 = 4096
  /// Room for certificates and the like.
  private static let greeting: Int64 = 16_384
  /// As many connections are kept until the others have been seen.
  private static let limit = 256

  /// Those that may be polls, in the order in which they came.
  private var waiting: [(sighting: Sighting, connection: ConnectionSummary)] = []
  /// Times after which a server answered again and again.
  private var known: [Endpoint: [Nanoseconds]] = [:]

  /// Whether the same connection shows it.
  static func isPolled(_ connection: ConnectionSummary) -> Bool {
    Int(connection.landmarks.alikeAnswers) + 1 >= leastAlike && mayBePoll(connection)
  }

  /// The connection was for nothing but waiting, and what came was short and no error.
  private static func mayBePoll(_ connection: ConnectionSummary) -> Bool {
    guard connection.landmarks.longestAnswer >= PhaseRecord.shortestPoll,
      let wait = connection.timings.wait, wait / 4 >= connection.duration / 5,
      connection.traffic.server.uniqueBytes ?? 0
        <= greeting + longestAnswer * Int64(connection.timings.exchanges)
    else { return false }
    return !(connection.spoken?.exchanges ?? []).contains {
      ($0.status ?? 0) >= 400 || ($0.responseBytes ?? 0) > longestAnswer
    }
  }

  /// - Returns: Whether the sighting waits until the server's other connections have been seen, or is none.
  mutating func keep(_ sighting: Sighting, _ connection: ConnectionSummary) -> Bool {
    let wait = connection.landmarks.longestAnswer
    guard connection.landmarks.longestAnswer == sighting.weight, Self.mayBePoll(connection) else {
      return false
    }
    if known[connection.server]?.contains(where: { PhaseRecord.isAlike($0, wait) }) ?? false {
      return true
    }
    guard waiting.count < Self.limit else { return false }
    waiting.append((sighting, connection))
    let alike = waiting.filter {
      $0.connection.server == connection.server && PhaseRecord.isAlike($0.sighting.weight, wait)
    }
    let count = alike.reduce(0) { $0 + 1 + Int($1.connection.landmarks.alikeAnswers) }
    if count >= Self.leastAlike {
      known[connection.server, default: []].append(wait)
      waiting.removeAll {
        $0.connection.server == connection.server && PhaseRecord.isAlike($0.sighting.weight, wait)
      }
    }
    return true
  }

  /// Those that are no polls, as far as can be told.
  var rest: [(sighting: Sighting, connection: ConnectionSummary)] { waiting }
}
