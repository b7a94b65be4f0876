import Support
import TCPModel

/// A connection that both points saw.
struct SightPair: BitwiseCopyable {
  /// Which of the first and of the second point's sights.
  let first: Int32
  let second: Int32
  /// The second point's sequence numbers less the first one's, by the side that counts them.
  var delta = PerSide<UInt32>(both: 0)
  /// Time stamps go through as they are, by sender.
  var keepsTimestamps = PerSide<Bool>(both: true)
  /// The receiver's MSS as the sender's point saw it, by sender; 0 where it was not told.
  var largest = PerSide<UInt16>(both: 0)
  /// The client is beyond the second point.
  var isReversed = false
  /// The second point's idea of who is the client is the other way round.
  var secondIsSwapped = false

  /// A side of the connection as the second point's sight calls it.
  func secondSide(_ side: Side) -> Side { secondIsSwapped ? side.peer : side }
}

/// Which connections of two points are the same.
///
/// By addresses, ports and initial sequence numbers; beyond a translator of addresses by the initial
/// sequence numbers; beyond one that changes those, by the SYN's time stamp and identification with its
/// window. What fits several is left alone, and what chance alone would make fit.
struct Pairing {
  /// More connections that look alike than this are not told apart: somebody made them so.
  private static let candidateLimit = 64

  private(set) var pairs: [SightPair] = []
  /// By sight, the pair's number or -1.
  private(set) var pairOfFirst: [Int32]
  private(set) var pairOfSecond: [Int32]
  /// Sights that fit several of the other point.
  private(set) var ambiguous: Set<Int32> = []

  init(_ first: SightTable, _ second: SightTable) {
    pairOfFirst = Array(repeating: -1, count: first.sights.count)
    pairOfSecond = Array(repeating: -1, count: second.sights.count)
    pairs.reserveCapacity(min(first.sights.count, second.sights.count))
    let isJoined = joinUnchanged(first, second)
    let (first, second) = (first.sights, second.sights)
    // Each rule works on what the ones before it left.
    if !isJoined {
      join(first, second) {
        Identity.bothNumbers($0)
      } accept: { _, _ in
        true
      }
    }
    join(first, second) {
      Identity.sameEverything($0)
    } accept: { one, other in
      Pairing.agree(one, other)
    }
    join(first, second) {
      Identity.numbers($0)
    } accept: { one, other in
      Pairing.agree(one, other)
    }
    join(first, second) {
      Identity.opening($0)
    } accept: { one, other in
      Pairing.agree(one, other) && Pairing.openAlike(one, other)
    }
    for (identity, bits) in [(Identity.timestamp, 32), (Identity.identification, 16)] {
      let (known, doubted) = (pairs.count, ambiguous)
      let (left, right) = join(first, second, by: identity) { one, other in
        guard let left = one.end(.client).syn, let right = other.end(.client).syn else {
          return false
        }
        return left.window == right.window
          && (left.mayHaveTimestamp(of: right) || left.mayHaveIdentification(of: right))
          && Pairing.answersAgree(one, other)
      }
      let chance = Double(left) * Double(right) / Double(1 << bits)
      dropChance(from: known, expecting: chance, doubted, first, second)
    }
    join(first, second) {
      Identity.endpoints($0)
    } accept: { one, other in
      Pairing.overlapAlike(one, other)
    }
    // A capture begins in the middle: the other point may know who opened it.
    join(first, second) {
      Identity.endpointsOnly($0)
    } accept: { one, other in
      one.key == other.key && Pairing.sameNumbers(one, other)
    }
    for index in pairs.indices { complete(index, first, second) }
  }

  // MARK: Rules

  /// What equals on both sides where a rule holds; nil where the rule does not speak of a sight.
  private enum Identity {
    struct Key: Equatable {
      var words: (UInt64, UInt64) = (0, 0)
      var flow: FlowKey?

      static func == (left: Key, right: Key) -> Bool {
        left.words == right.words && left.flow == right.flow
      }

      func hash(_ secret: UInt64) -> Int {
        var hash = FoldedHash.fold(words.0 ^ secret, words.1 &+ secret)
        if let flow {
          let addresses = FoldedHash.fold(
            flow.low.address.lower ^ secret, flow.high.address.lower &+ secret)
          let upper = FoldedHash.fold(
            flow.low.address.upper ^ secret, flow.high.address.upper &+ secret)
          let ports = UInt64(flow.low.port) << 16 | UInt64(flow.high.port)
          hash = FoldedHash.fold(hash ^ addresses, upper ^ ports)
        }
        return Int(truncatingIfNeeded: hash >> 1)
      }
    }

    /// Whoever opened it: both ends may have, at once.
    static func bothNumbers(_ sight: Sight) -> Key? {
      guard let low = sight.low.syn, let high = sight.high.syn else { return nil }
      return Key(words: (UInt64(low.sequence) << 32 | UInt64(high.sequence), 7), flow: sight.key)
    }

    static func sameEverything(_ sight: Sight) -> Key? {
      guard let syn = sight.end(.client).syn else { return nil }
      return Key(words: (UInt64(syn.sequence), 0), flow: sight.key)
    }

    static func numbers(_ sight: Sight) -> Key? {
      guard let syn = sight.end(.client).syn, let answer = sight.end(.server).syn else {
        return nil
      }
      return Key(words: (UInt64(syn.sequence) << 32 | UInt64(answer.sequence), 1))
    }

    static func opening(_ sight: Sight) -> Key? {
      guard let syn = sight.end(.client).syn else { return nil }
      return Key(words: (UInt64(syn.sequence), 2))
    }

    static func timestamp(_ sight: Sight) -> [Key] {
      guard let syn = sight.end(.client).syn, syn.kinds.contains(.timestamps) else { return [] }
      let values = Set([syn.timestamp, syn.lastTimestamp])
      return values.sorted().map { Key(words: (UInt64($0) << 16 | UInt64(syn.window), 3)) }
    }

    static func identification(_ sight: Sight) -> [Key] {
      guard let syn = sight.end(.client).syn, syn.identification != 0 else { return [] }
      let server = sight.endpoint(.server).port
      let values = Set([syn.identification, syn.lastIdentification])
      return values.sorted().map {
        Key(words: (UInt64($0) << 32 | UInt64(syn.window) << 16 | UInt64(server), 4))
      }
    }

    static func endpoints(_ sight: Sight) -> Key? { Key(words: (0, 5), flow: sight.key) }

    static func endpointsOnly(_ sight: Sight) -> Key? { Key(words: (0, 6), flow: sight.key) }
  }

  /// The server's number may not have been captured, or never have come; if both have it, it must agree.
  private static func agree(_ one: Sight, _ other: Sight) -> Bool {
    guard let left = one.end(.server).syn, let right = other.end(.server).syn else { return true }
    return left.sequence == right.sequence
  }

  private static func openAlike(_ one: Sight, _ other: Sight) -> Bool {
    guard let left = one.end(.client).syn, let right = other.end(.client).syn else { return false }
    return left.window == right.window
      && (left.mayHaveTimestamp(of: right) || left.mayHaveIdentification(of: right)
        || left.kinds == right.kinds && left.mss == right.mss)
  }

  /// Where both points saw the answer, it tells the same story.
  private static func answersAgree(_ one: Sight, _ other: Sight) -> Bool {
    guard let left = one.end(.server).syn, let right = other.end(.server).syn else { return true }
    if left.kinds.contains(.timestamps), right.kinds.contains(.timestamps) {
      return left.mayHaveTimestamp(of: right)
    }
    return left.window == right.window
  }

  /// Same addresses and ports, both opened before the captures' eyes, but with other numbers: the same
  /// connection behind a firewall with its own numbers, if its SYNs look the same.
  private static func overlapAlike(_ one: Sight, _ other: Sight) -> Bool {
    guard let left = one.end(.client).syn, let right = other.end(.client).syn else { return false }
    guard left.window == right.window, left.sequence != right.sequence else { return false }
    return left.mayHaveTimestamp(of: right) || left.mayHaveIdentification(of: right)
  }

  private static func sameNumbers(_ one: Sight, _ other: Sight) -> Bool {
    guard one.end(.client).syn == nil || other.end(.client).syn == nil else { return false }
    var isShown = false
    for (left, right) in [(one.low, other.low), (one.high, other.high)] {
      guard left.segments > 0, right.segments > 0 else { continue }
      if !left.overlaps(right) { return false }
      isShown = true
    }
    return isShown
  }

  // MARK: Joining

  /// Of many connections some look alike by chance. Gives up the latest pairs that no answer confirms, where
  /// they are not many more than chance makes.
  private mutating func dropChance(
    from known: Int, expecting chance: Double, _ doubted: Set<Int32>, _ first: SightList,
    _ second: SightList
  ) {
    let found = pairs[known...]
    let kept = found.filter { pair in
      let left = first[Int(pair.first)].end(.server).syn
      let right = second[Int(pair.second)].end(.server).syn
      guard let left, let right else { return false }
      return left.kinds.contains(.timestamps) && right.kinds.contains(.timestamps)
    }
    guard Double(found.count - kept.count) < Pairing.leastOverChance * chance else { return }
    for pair in found {
      pairOfFirst[Int(pair.first)] = -1
      pairOfSecond[Int(pair.second)] = -1
    }
    pairs.removeSubrange(known...)
    ambiguous = doubted
    for pair in kept { append(pair) }
  }

  private mutating func append(_ pair: SightPair) {
    pairOfFirst[Int(pair.first)] = Int32(truncatingIfNeeded: pairs.count)
    pairOfSecond[Int(pair.second)] = Int32(truncatingIfNeeded: pairs.count)
    pairs.append(pair)
  }

  private static let leastOverChance = 10.0

  private mutating func join(
    _ first: SightList, _ second: SightList, by identity: (Sight) -> Identity.Key?,
    accept: (Sight, Sight) -> Bool
  ) {
    _ = join(first, second, by: { identity($0).map { [$0] } ?? [] }, accept)
  }

  private mutating func join(
    _ first: SightList, _ second: SightList, by identity: (Sight) -> [Identity.Key],
    _ accept: (Sight, Sight) -> Bool
  ) -> (first: Int, second: Int) {
    var asked = (first: 0, second: 0)
    var index = Index(count: second.count - pairs.count)
    for number in second.indices where pairOfSecond[number] < 0 {
      let keys = identity(second[number])
      if !keys.isEmpty { asked.second += 1 }
      for key in keys { index.insert(key, Int32(truncatingIfNeeded: number)) }
    }
    if index.isEmpty { return asked }
    for number in first.indices where pairOfFirst[number] < 0 {
      var found: [Int32] = []
      let keys = identity(first[number])
      if !keys.isEmpty { asked.first += 1 }
      for key in keys {
        index.forEach(key) { candidate in
          guard pairOfSecond[Int(candidate)] < 0 else { return }
          if found.count < 3, !found.contains(candidate),
            accept(first[number], second[Int(candidate)])
          {
            found.append(candidate)
          }
        }
      }
      if found.count > 1 {
        ambiguous.insert(Int32(truncatingIfNeeded: number))
      } else if let other = found.first {
        append(SightPair(first: Int32(truncatingIfNeeded: number), second: other))
      }
    }
    return asked
  }

  /// A flow with more connections is left to an index.
  private static let longestChain = 16

  /// Joins what has the same addresses, ports and numbers at both points, by the table that the second point has
  /// of its flows: the first rule, and most connections.
  ///
  /// - Returns: false where too many have the same addresses and ports; nothing is joined then.
  private mutating func joinUnchanged(_ first: SightTable, _ second: SightTable) -> Bool {
    var hashes = Array(repeating: UInt32(0), count: SightTable.overlap)
    var next = 0
    while next < first.sights.count {
      let block = next..<min(first.sights.count, next + SightTable.overlap)
      for number in block { hashes[number - next] = second.fetch(first.sights[number].key) }
      for number in block where !joinUnchanged(number, first, second, hashes[number - next]) {
        giveUp()
        return false
      }
      next = block.upperBound
    }
    return true
  }

  private mutating func joinUnchanged(
    _ number: Int, _ first: SightTable, _ second: SightTable, _ hash: UInt32
  ) -> Bool {
    guard let low = first.sights[number].low.syn?.sequence,
      let high = first.sights[number].high.syn?.sequence
    else { return true }
    var (found, count, length) = (Int32(-1), 0, 0)
    var candidate = second.firstSight(of: first.sights[number].key, hash)
    while candidate >= 0 {
      let place = Int(candidate)
      length += 1
      if length > Pairing.longestChain { return false }
      if pairOfSecond[place] < 0, second.sights[place].low.syn?.sequence == low,
        second.sights[place].high.syn?.sequence == high
      {
        if count == 0 { found = candidate }
        count += 1
      }
      candidate = second.sights[place].next
    }
    if count > 1 {
      ambiguous.insert(Int32(truncatingIfNeeded: number))
    } else if count == 1 {
      append(SightPair(first: Int32(truncatingIfNeeded: number), second: found))
    }
    return true
  }

  private mutating func giveUp() {
    for pair in pairs {
      pairOfFirst[Int(pair.first)] = -1
      pairOfSecond[Int(pair.second)] = -1
    }
    pairs.removeAll()
    ambiguous.removeAll()
  }

  /// Sights by what they are known by: chains in one list, so that a million take no million lists.
  private struct Index {
    private struct Link {
      var key: Identity.Key
      var sight: Int32
      var next: Int32
    }

    private var heads: [Int32]
    private var links: [Link] = []
    private let secret = UInt64.random(in: .min ... .max)

    init(count: Int) {
      var size = 16
      while size < 2 * count { size *= 2 }
      heads = Array(repeating: -1, count: size)
    }

    var isEmpty: Bool { links.isEmpty }

    private func slot(_ key: Identity.Key) -> Int { key.hash(secret) & (heads.count - 1) }

    mutating func insert(_ key: Identity.Key, _ sight: Int32) {
      let slot = slot(key)
      var alike = 0
      var last: Int32 = -1
      var place = heads[slot]
      while place >= 0 {
        if links[Int(place)].key == key { alike += 1 }
        last = place
        place = links[Int(place)].next
      }
      guard alike < Pairing.candidateLimit else { return }
      let new = Int32(truncatingIfNeeded: links.count)
      links.append(Link(key: key, sight: sight, next: -1))
      if last >= 0 { links[Int(last)].next = new } else { heads[slot] = new }
    }

    /// In the order they came in.
    func forEach(_ key: Identity.Key, _ body: (Int32) -> Void) {
      var place = heads[slot(key)]
      while place >= 0 {
        if links[Int(place)].key == key { body(links[Int(place)].sight) }
        place = links[Int(place)].next
      }
    }
  }

  private mutating func complete(_ index: Int, _ first: SightList, _ second: SightList) {
    let one = first[Int(pairs[index].first)]
    let other = second[Int(pairs[index].second)]
    pairs[index].secondIsSwapped =
      one.key == other.key && one.client != other.client
    for side in Side.allCases {
      let left = one.end(side).syn
      let right = other.end(pairs[index].secondSide(side)).syn
      guard let left, let right else { continue }
      pairs[index].delta[side] = right.sequence &- left.sequence
      if left.kinds.contains(.timestamps) || right.kinds.contains(.timestamps) {
        pairs[index].keepsTimestamps[side] = left.mayHaveTimestamp(of: right)
      }
    }
    if let near = one.serverRoundTrip, let far = other.serverRoundTrip {
      // A loss between the points only makes the client's side wait longer.
      pairs[index].isReversed = near < far
    }
    for side in Side.allCases {
      let left = one.end(side.peer).syn
      let right = other.end(pairs[index].secondSide(side.peer)).syn
      let own = (side == .client) != pairs[index].isReversed ? left : right
      let told = own ?? left ?? right
      pairs[index].largest[side] = told?.kinds.contains(.mss) ?? false ? told?.mss ?? 0 : 0
    }
  }
}
