import TCPModel

/// A socket of a connection, as a snapshot showed it.
struct SocketSighting {
  var connection: Int
  var side: Side
  var local: IPAddress
  /// By the host's clock.
  var time: Timestamp
  /// How exactly the time is known.
  var precision: Nanoseconds
  var snapshot: ConnectionSnapshot
  var process: ConnectionProcess?
}
