import TCPModel

/// Signs that files taken for one host's are of several.
enum MixedHosts {
  /// What a file shows or not.
  private enum Sign: Hashable {
    case address(IPAddress)
    case listener(Endpoint, UInt64)
  }

  /// Fewer changes between two signs may be a service that was started anew, or an address that
  /// changed.
  private static let alternations = 3

  static func check(_ clues: [HostClue]) throws(HostConfusion) {
    var kinds: [String: [HostClue]] = [:]
    for clue in clues { kinds[clue.kind, default: []].append(clue) }
    for kind in kinds.keys.sorted() {
      guard let files = kinds[kind] else { continue }
      let series = files.enumerated().sorted { left, right in
        let (one, two) = (left.element.time, right.element.time)
        return one != two
          ? one ?? Timestamp(nanoseconds: .min) < two ?? Timestamp(nanoseconds: .min)
          : left.offset < right.offset
      }
      .map(\.element)
      try checkTimes(series)
      try checkListeners(series)
      try checkAlternation(series)
    }
  }

  /// One host gives one snapshot at a time.
  private static func checkTimes(_ series: [HostClue]) throws(HostConfusion) {
    for (file, next) in zip(series, series.dropFirst()) where file.time == next.time {
      guard file.time != nil,
        file.addresses != next.addresses || file.listeners != next.listeners
      else { continue }
      throw HostConfusion(next.file, "is of another host than \(file.file), or of the same")
    }
  }

  /// A socket that another one has replaced does not come back.
  private static func checkListeners(_ series: [HostClue]) throws(HostConfusion) {
    var current: [Endpoint: Set<UInt64>] = [:]
    var replaced: [Endpoint: Set<UInt64>] = [:]
    for clue in series {
      for (local, sockets) in clue.listeners where sockets != [0] {
        if let before = current[local], before.isDisjoint(with: sockets) {
          replaced[local, default: []].formUnion(before)
        }
        if let gone = replaced[local], !gone.isDisjoint(with: sockets) {
          throw HostConfusion(
            clue.file, "the sockets that listen on \(local) are those of several hosts in turn")
        }
        current[local] = sockets
      }
    }
  }

  /// Two things of which a file shows always one, now this, now that.
  private static func checkAlternation(_ series: [HostClue]) throws(HostConfusion) {
    guard series.count > alternations else { return }
    var presence: [Sign: [Bool]] = [:]
    func note(_ sign: Sign, _ file: Int) {
      presence[sign, default: Array(repeating: false, count: series.count)][file] = true
    }
    for (file, clue) in series.enumerated() {
      for address in clue.addresses.keys { note(.address(address), file) }
      for (local, sockets) in clue.listeners {
        for socket in sockets { note(.listener(local, socket), file) }
      }
    }
    let patterns = Set(presence.values)
    for pattern in patterns where pattern[0] {
      let changes = zip(pattern, pattern.dropFirst()).count { $0 != $1 }
      guard changes >= alternations, patterns.contains(pattern.map { !$0 }) else { continue }
      let other = pattern.firstIndex(of: false) ?? 0
      throw HostConfusion(
        series[other].file,
        "is of another host than \(series[0].file): what one shows the other does not, in turns")
    }
  }
}
