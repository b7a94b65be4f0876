import TCPModel

/// Many failed attempts with one cause.
enum Crowd: Hashable {
  /// Many ports of one host.
  case ports(client: IPAddress, host: IPAddress)
  /// One port of many hosts.
  case hosts(client: IPAddress, port: UInt16)
  case flood(server: Endpoint)
}
