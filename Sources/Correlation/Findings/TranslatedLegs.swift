import TCPModel

/// Connections that were captured twice, before and behind a translator of addresses, as at a router with all of
/// its interfaces: what befell both legs is one thing to know.
///
/// Known by the initial sequence numbers of both ends, which a translator of addresses leaves as they are;
/// where nobody answered, by that of the client and what its SYN offers. `Paths` joins captures by the same.
struct TranslatedLegs {
  struct Leg {
    let client: Endpoint
    let server: Endpoint
    let start: Timestamp
    let retries: Int
    let offers: Handshake.Options?
    let kinds: [FindingKind]
  }

  private struct Numbers: Hashable {
    var client: UInt32
    var server: UInt32?
    var capture: Int
  }

  /// Many connections must not cost memory.
  private static let limit = 1 << 14
  /// Between the first segments of both: what a translator takes, and a queue before it.
  private static let patience: Nanoseconds = 100_000_000
  /// Hardly an initial sequence number lies below, but for those of packets that somebody made, often all the
  /// same.
  private static let leastNumber: UInt32 = 1 << 16

  private var legs: [Numbers: Leg] = [:]

  /// A connection of which something is told.
  mutating func note(_ connection: ConnectionSummary, _ kinds: [FindingKind]) {
    guard !kinds.isEmpty, legs.count < Self.limit, let numbers = Self.numbers(of: connection),
      legs[numbers] == nil
    else { return }
    legs[numbers] = Leg(
      client: connection.client, server: connection.server, start: connection.start,
      retries: connection.handshake.synRetransmissions,
      offers: connection.handshake.options.client, kinds: kinds)
  }

  /// The leg that was captured before this one.
  func other(of connection: ConnectionSummary) -> Leg? {
    if legs.isEmpty { return nil }
    guard let numbers = Self.numbers(of: connection), let leg = legs[numbers],
      Self.isTranslated(connection.client, connection.server, leg),
      connection.start.since(leg.start).magnitude <= Self.patience.magnitude
    else { return nil }
    return numbers.server != nil || Self.isSameAttempt(connection, leg) ? leg : nil
  }

  /// One end is the same, the other one's address is not.
  private static func isTranslated(_ client: Endpoint, _ server: Endpoint, _ leg: Leg) -> Bool {
    leg.server == server && leg.client.address != client.address
      || leg.client == client && leg.server.address != server.address
  }

  private static func numbers(of connection: ConnectionSummary) -> Numbers? {
    let server = connection.handshake.isn.server
    guard let client = connection.handshake.isn.client, client >= leastNumber,
      server ?? .max >= leastNumber
    else { return nil }
    return Numbers(client: client, server: server, capture: connection.capture)
  }

  /// Scanners and floods use one number for all of their SYNs: they send each once, or not to one server from
  /// several addresses.
  private static func isSameAttempt(_ connection: ConnectionSummary, _ leg: Leg) -> Bool {
    let handshake = connection.handshake
    return connection.traffic.server.segments == 0 && leg.server == connection.server
      && handshake.synRetransmissions > 0 && handshake.synRetransmissions == leg.retries
      && handshake.options.client.map { $0.timestamps || $0.windowScale != nil } ?? false
      && handshake.options.client?.timestamps == leg.offers?.timestamps
      && handshake.options.client?.windowScale == leg.offers?.windowScale
      && handshake.options.client?.sackPermitted == leg.offers?.sackPermitted
  }
}
