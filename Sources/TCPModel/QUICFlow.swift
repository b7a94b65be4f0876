/// Datagrams of QUIC (RFC 9000) between a client and a server. All but their outside is encrypted.
public struct QUICFlow: Sendable, Hashable {
  public var client: Endpoint
  public var server: Endpoint
  public var start: Timestamp
  public var end: Timestamp
  public var datagrams: Int64 = 0
  /// Of their payloads.
  public var bytes: Int64 = 0
  /// As name servers and the capture tell it.
  public var name: ServerName?

  public init(client: Endpoint, server: Endpoint, at time: Timestamp) {
    self.client = client
    self.server = server
    start = time
    end = time
  }

  /// Takes another datagram into account.
  public mutating func add(_ bytes: Int64, at time: Timestamp) {
    datagrams &+= 1
    self.bytes &+= bytes
    start = min(start, time)
    end = max(end, time)
  }

  /// The same of both.
  public mutating func merge(_ other: QUICFlow) {
    datagrams &+= other.datagrams
    bytes &+= other.bytes
    start = min(start, other.start)
    end = max(end, other.end)
  }
}
