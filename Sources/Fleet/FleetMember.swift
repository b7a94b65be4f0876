import TCPModel

/// A host with what is needed to find the other ends of its connections.
struct FleetMember {
  var host: FleetHost
  var sockets: [FleetSocket]
  /// Sockets that were too many to keep.
  var omitted: Int
}
