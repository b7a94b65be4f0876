/// An ICMP error about a TCP segment, whose header it quotes (RFC 792, RFC 4443).
public struct ICMPMessage: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// Destination unreachable, for the reason that the code says.
    case unreachable
    /// Fragmentation needed, or packet too big: the largest packet that passes, 0 where it is not said
    /// (RFC 1191 4).
    case packetTooBig(mtu: UInt32)
    case timeExceeded
  }

  public var kind: Kind
  public var code: UInt8
  /// Who says so: a router on the path, or the host itself.
  public var sender: IPAddress
  public var time: Timestamp
  public var frame: Int64
  /// Which of the merged captures, from 0.
  public var capture: Int
  /// Of the segment that it is about.
  public var source: Endpoint
  public var destination: Endpoint

  public init(
    kind: Kind, code: UInt8, sender: IPAddress, time: Timestamp, frame: Int64, source: Endpoint,
    destination: Endpoint
  ) {
    self.kind = kind
    self.code = code
    self.sender = sender
    self.time = time
    self.frame = frame
    self.source = source
    self.destination = destination
    capture = 0
  }

  /// `host administratively prohibited`, `packet too big`: as the RFCs call it.
  public var name: String {
    switch kind {
    case .packetTooBig: sender.isIPv6 ? "packet too big" : "fragmentation needed"
    case .timeExceeded: "time exceeded"
    case .unreachable: (sender.isIPv6 ? Self.ipv6Names : Self.ipv4Names)[code] ?? "unreachable"
    }
  }

  /// RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1.
  private static let ipv4Names: [UInt8: String] = [
    0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable",
    3: "port unreachable", 5: "source route failed", 6: "network unknown", 7: "host unknown",
    9: "network administratively prohibited", 10: "host administratively prohibited",
    13: "communication administratively prohibited",
  ]

  /// RFC 4443 3.1.
  private static let ipv6Names: [UInt8: String] = [
    0: "no route to destination", 1: "communication administratively prohibited",
    2: "beyond scope of source address", 3: "address unreachable", 4: "port unreachable",
    5: "source address failed policy", 6: "reject route to destination",
  ]
}
