import TCPModel

/// What was found out about connections that are over, with every text once.
struct FactStore {
  /// An exchange with its texts as numbers.
  private struct Packed: BitwiseCopyable {
    var method: UInt32
    var host: UInt32
    var path: UInt32
    var pathLength: UInt32
    var requestAt: Nanoseconds
    var requestEnd: Nanoseconds
    var responseAt: Nanoseconds
    var requestFrame: Int64
    var responseFrame: Int64
    var requestBytes: Int64
    var responseBytes: Int64
    var status: UInt16
  }

  private struct Stored {
    var facts: ApplicationFacts
    var exchanges: Range<Int>
  }

  private var stored: [Stored] = []
  private var exchanges: [Packed] = []
  private var texts: [String] = []
  private var numbers: [String: UInt32] = [:]
  /// What the last client offered.
  private var protocols: [String] = []

  private static let none = Int64.min

  /// The number of what was stored.
  mutating func append(_ facts: consuming ApplicationFacts) -> Int {
    let first = exchanges.count
    for exchange in facts.exchanges { exchanges.append(pack(exchange)) }
    facts.exchanges = []
    facts.host = shared(facts.host)
    if let name = facts.tls?.serverName { facts.tls?.serverName = shared(name) }
    if let selected = facts.tls?.selectedProtocol {
      facts.tls?.selectedProtocol = shared(selected)
    }
    // Most clients offer what the one before did. The fingerprint is shared already.
    if let offered = facts.tls?.offeredProtocols {
      if offered != protocols { protocols = offered.map { shared($0) ?? $0 } }
      facts.tls?.offeredProtocols = protocols
    }
    stored.append(Stored(facts: facts, exchanges: first..<exchanges.count))
    return stored.count - 1
  }

  subscript(number: Int) -> ApplicationFacts? {
    guard stored.indices.contains(number) else { return nil }
    var facts = stored[number].facts
    facts.exchanges = stored[number].exchanges.map { unpack(exchanges[$0]) }
    return facts
  }

  private mutating func shared(_ text: String?) -> String? {
    text.map { texts[Int(number(of: $0)) - 1] }
  }

  /// 0 is no text.
  private mutating func number(of text: String?) -> UInt32 {
    guard let text else { return 0 }
    if let number = numbers[text] { return number }
    texts.append(text)
    let number = UInt32(truncatingIfNeeded: texts.count)
    numbers[text] = number
    return number
  }

  private func text(_ number: UInt32) -> String? {
    number == 0 ? nil : texts[Int(number) - 1]
  }

  private mutating func pack(_ exchange: Exchange) -> Packed {
    Packed(
      method: number(of: exchange.method), host: number(of: exchange.host),
      path: number(of: exchange.path),
      pathLength: UInt32(clamping: (exchange.pathLength ?? -1) + 1),
      requestAt: exchange.requestAt ?? FactStore.none,
      requestEnd: exchange.requestEnd ?? FactStore.none,
      responseAt: exchange.responseAt ?? FactStore.none,
      requestFrame: exchange.requestFrame ?? FactStore.none,
      responseFrame: exchange.responseFrame ?? FactStore.none,
      requestBytes: exchange.requestBytes ?? FactStore.none,
      responseBytes: exchange.responseBytes ?? FactStore.none,
      status: UInt16(clamping: exchange.status ?? 0))
  }

  private func unpack(_ packed: Packed) -> Exchange {
    func known(_ value: Int64) -> Int64? { value == FactStore.none ? nil : value }
    var exchange = Exchange()
    exchange.method = text(packed.method)
    exchange.host = text(packed.host)
    exchange.path = text(packed.path)
    exchange.pathLength = packed.pathLength == 0 ? nil : Int(packed.pathLength) - 1
    exchange.status = packed.status == 0 ? nil : Int(packed.status)
    exchange.requestAt = known(packed.requestAt)
    exchange.requestEnd = known(packed.requestEnd)
    exchange.responseAt = known(packed.responseAt)
    exchange.requestFrame = known(packed.requestFrame)
    exchange.responseFrame = known(packed.responseFrame)
    exchange.requestBytes = known(packed.requestBytes)
    exchange.responseBytes = known(packed.responseBytes)
    return exchange
  }
}
