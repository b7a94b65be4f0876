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

    init(_ connection: ConnectionSummary) {
      client = connection.client
      server = connection.server
      start = connection.start
    }

    /// One end is the same, the other one's address is not, and both began together.
    func isOther(than connection: ConnectionSummary) -> Bool {
      let isTranslated =
        server == connection.server && client.address != connection.client.address
        || client == connection.client && server.address != connection.server.address
      return isTranslated && connection.start.since(start).magnitude <= Self.patience.magnitude
    }

    /// Between the first segments of both: what a translator takes, and a queue before it.
    private static let patience: Nanoseconds = 100_000_000
  }

  struct Noted {
    let leg: Leg
    let retries: Int
    let offers: Handshake.Options?
    let kinds: [FindingKind]
  }

  struct Numbers: Hashable {
    var client: UInt32
    var server: UInt32?
    var capture: Int

    init?(_ connection: ConnectionSummary) {
      let server = connection.handshake.isn.server
      guard let client = connection.handshake.isn.client, client >= Self.least,
        server ?? .max >= Self.least
      else { return nil }
      self.client = client
      self.server = server
      capture = connection.capture
    }

    /// Hardly an initial sequence number lies below, but for those of packets that somebody made, often all the
    /// same.
    private static let least: UInt32 = 1 << 16
  }

  /// Many connections must not cost memory.
  private static let limit = 1 << 14

  private var legs: [Numbers: Noted] = [:]

  /// A connection of which something is told.
  mutating func note(_ connection: ConnectionSummary, _ kinds: [FindingKind]) {
    guard !kinds.isEmpty, legs.count < Self.limit, let numbers = Numbers(connection),
      legs[numbers] == nil
    else { return }
    legs[numbers] = Noted(
      leg: Leg(connection), retries: connection.handshake.synRetransmissions,
      offers: connection.handshake.options.client, kinds: kinds)
  }

  /// The leg that was captured before this one.
  func other(of connection: ConnectionSummary) -> Noted? {
    if legs.isEmpty { return nil }
    guard let numbers = Numbers(connection), let noted = legs[numbers],
      noted.leg.isOther(than: connection)
    else { return nil }
    return numbers.server != nil || Self.isSameAttempt(connection, noted) ? noted : nil
  }

  /// Scanners and floods use one number for all of their SYNs: they send each once, or not to one server from
  /// several addresses.
  private static func isSameAttempt(_ connection: ConnectionSummary, _ noted: Noted) -> Bool {
    let handshake = connection.handshake
    return connection.traffic.server.segments == 0 && noted.leg.server == connection.server
      && handshake.synRetransmissions > 0 && handshake.synRetransmissions == noted.retries
      && handshake.options.client.map { $0.timestamps || $0.windowScale != nil } ?? false
      && handshake.options.client?.timestamps == noted.offers?.timestamps
      && handshake.options.client?.windowScale == noted.offers?.windowScale
      && handshake.options.client?.sackPermitted == noted.offers?.sackPermitted
  }
}
