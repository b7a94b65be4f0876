import TCPModel

/// Who accepts connections: a refusal of the same server says less.
struct AcceptingServers {
  /// Many servers must not cost memory.
  private static let limit = 1 << 12

  struct Accepted {
    var id: Int
    var frame: Int64
    var start: Timestamp
  }

  private var servers: [Endpoint: Accepted] = [:]

  /// One of all connections, or of a few of them.
  mutating func sample(_ connection: ConnectionSummary) {
    guard connection.handshake.synACK != nil, connection.handshake.ack != nil,
      servers[connection.server] == nil, servers.count < Self.limit
    else { return }
    servers[connection.server] = Accepted(
      id: connection.id, frame: connection.firstFrame, start: connection.start)
  }

  func accepted(by server: Endpoint) -> Accepted? { servers[server] }
}
