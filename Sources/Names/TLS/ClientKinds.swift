/// What the hellos of TLS clients tell, made once for each kind of client.
struct ClientKinds {
  struct Told {
    var fingerprint: String
    var protocols: [String]
  }

  /// A capture has few kinds of clients, and many hellos of each, one after the other.
  private var last: (offer: ClientHello.Offer, told: Told)?
  private var known: [ClientHello.Offer: Told] = [:]
  private static let knownLimit = 1024
  /// Longer offers are not remembered.
  private static let countLimit = 512

  mutating func told(by offer: ClientHello.Offer) -> Told {
    if let last, last.offer == offer { return last.told }
    let told = known[offer] ?? remember(offer)
    last = (offer, told)
    return told
  }

  private mutating func remember(_ offer: ClientHello.Offer) -> Told {
    let told = Told(fingerprint: JA4.fingerprint(of: offer), protocols: offer.protocolNames)
    if offer.count <= Self.countLimit {
      if known.count >= Self.knownLimit { known.removeAll(keepingCapacity: true) }
      known[offer] = told
    }
    return told
  }
}
