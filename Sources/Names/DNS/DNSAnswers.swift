import TCPModel

/// Which names clients were told to stand for which addresses, and how long that holds.
public struct DNSAnswers: Sendable {
  /// Answers kept: what came before may name what comes, so the first ones stay.
  static let limit = 1 << 18
  /// Clients that were told of one address; with more, the others' word is not asked for.
  private static let clientLimit = 64
  /// Answers of one client on one address that are looked at.
  private static let recentLimit = 64

  private struct Key: Hashable {
    var address: IPAddress
    var client: IPAddress
  }

  private struct Answer {
    var name: String
    var from: Timestamp
    var until: Timestamp
  }

  private var answers: [Key: [Answer]] = [:]
  private var clients: [IPAddress: [IPAddress]] = [:]
  private var names: Set<String> = []
  private(set) var count = 0

  public init() {}

  public var isEmpty: Bool { count == 0 }

  /// Takes what an answer to `client` says.
  mutating func add(_ message: DNSMessage, client: IPAddress, at time: Timestamp) {
    guard message.isResponse, HostName.name(message.name) != nil else { return }
    for address in message.addresses {
      // An answer that may not be kept is for the connection that is asked for.
      let life = Nanoseconds(max(1, address.life)) &* 1_000_000_000
      add(
        message.name, address.address, client: client, from: time, until: time.advanced(by: life))
    }
  }

  /// Takes the payload of a UDP datagram from a name server's port to a client.
  public mutating func addDatagram(_ payload: RawSpan, client: IPAddress, at time: Timestamp) {
    guard let message = DNSMessage(payload) else { return }
    add(message, client: client, at: time)
  }

  /// The same with other addresses in place of the real ones.
  public func renamed(
    address: (IPAddress) -> IPAddress, client: (IPAddress) -> IPAddress
  ) -> DNSAnswers {
    var renamed = DNSAnswers()
    for (key, list) in answers {
      for answer in list {
        renamed.add(
          answer.name, address(key.address), client: client(key.client), from: answer.from,
          until: answer.until)
      }
    }
    return renamed
  }

  /// Takes what others were told, for one list of all.
  public mutating func merge(_ other: DNSAnswers) {
    for (key, list) in other.answers {
      for answer in list {
        add(
          answer.name, key.address, client: key.client, from: answer.from, until: answer.until)
      }
    }
  }

  private mutating func add(
    _ name: String, _ address: IPAddress, client: IPAddress, from: Timestamp, until: Timestamp
  ) {
    guard count < DNSAnswers.limit else { return }
    let key = Key(address: address, client: client)
    let name = names.insert(name).memberAfterInsert
    var list = answers.removeValue(forKey: key) ?? []
    defer { answers[key] = list }
    if list.isEmpty { clients[address, default: []].append(client) }
    if let last = list.indices.last, list[last].name == name, list[last].from <= from,
      from <= list[last].until
    {
      list[last].until = max(list[last].until, until)
      return
    }
    // Nearly always the end; answers over TCP come in later than those over UDP.
    let place = list.lastIndex { $0.from <= from }.map { $0 + 1 } ?? 0
    list.insert(Answer(name: name, from: from, until: until), at: place)
    count += 1
  }

  /// What that client was told last of an address before `time` and still holds; of many answers one of the
  /// newest.
  private func name(of address: IPAddress, toldTo client: IPAddress, at time: Timestamp) -> String?
  {
    if isEmpty { return nil }
    guard let list = answers[Key(address: address, client: client)] else { return nil }
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      if list[middle].from <= time { low = middle + 1 } else { high = middle }
    }
    // What came later and holds no longer takes nothing back.
    let newest = list[max(0, low - DNSAnswers.recentLimit)..<low]
    return newest.last { $0.until >= time }?.name
  }

  /// What a client was told.
  ///
  /// Who asks over one address family and connects over the other cannot be known by its address:
  /// what clients of the other family were told counts where all say the same.
  public func name(of address: IPAddress, for client: IPAddress, at time: Timestamp) -> String? {
    name(of: address, toldTo: client, at: time)
      ?? agreed(on: address, at: time) { $0.isIPv6 != client.isIPv6 }
  }

  /// What any clients were told, where all say the same: of two names none is better.
  public func name(of address: IPAddress, at time: Timestamp) -> String? {
    agreed(on: address, at: time) { _ in true }
  }

  private func agreed(
    on address: IPAddress, at time: Timestamp, among isAsked: (IPAddress) -> Bool
  ) -> String? {
    guard !isEmpty, let clients = clients[address], clients.count <= DNSAnswers.clientLimit else {
      return nil
    }
    var agreed: String?
    for client in clients where isAsked(client) {
      guard let name = name(of: address, toldTo: client, at: time) else { continue }
      if let agreed, agreed != name { return nil }
      agreed = name
    }
    return agreed
  }
}
