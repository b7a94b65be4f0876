import TCPModel

/// Snapshot files sorted by the hosts that they are of.
///
/// A name decides where there is one. Files without are of one host when the address of most of one's
/// sockets is a local address of the other, or when the same sockets listen in both. What then still
/// shows signs of two hosts is refused: mixed, the sockets of one would come and go with the snapshots
/// of the other.
public struct HostGroups: Sendable {
  public struct Group: Sendable {
    /// nil where nothing names it, which happens to a lone host only.
    public var host: HostName?
    /// Indices, in the order of the files.
    public var files: [Int]
  }

  /// In the order of the names.
  public private(set) var groups: [Group] = []

  public init(_ clues: [HostClue]) throws(HostConfusion) {
    var sorting = HostSorting(clues)
    if clues.contains(where: { $0.host == nil }) {
      try sorting.joinByAddress()
      try sorting.joinByListeners()
      try sorting.joinBlanks()
    }
    let found = sorting.groups
    for files in found where files.contains(where: { clues[$0].host == nil }) {
      try MixedHosts.check(files.map { clues[$0] })
    }
    for (place, files) in found.enumerated() {
      groups.append(
        Group(
          host: try HostGroups.name(of: place, in: found, clues), files: files))
    }
    groups.sort { ($0.host?.name ?? "") < ($1.host?.name ?? "") }
  }

  private static func name(
    of place: Int, in groups: [[Int]], _ clues: [HostClue]
  ) throws(HostConfusion) -> HostName? {
    if let host = groups[place].lazy.compactMap({ clues[$0].host }).first { return host }
    if groups.count == 1 { return nil }
    var sockets: [IPAddress: (files: Int, sockets: Int)] = [:]
    for file in groups[place] {
      for (address, count) in clues[file].addresses {
        sockets[address, default: (0, 0)].files += 1
        sockets[address, default: (0, 0)].sockets += count
      }
    }
    for (other, files) in groups.enumerated() where other != place {
      for file in files { for address in clues[file].addresses.keys { sockets[address] = nil } }
    }
    let main = sockets.max { left, right in
      let (one, two) = (left.value, right.value)
      return (one.files, one.sockets) != (two.files, two.sockets)
        ? (one.files, one.sockets) < (two.files, two.sockets) : right.key.precedes(left.key)
    }
    guard let main else {
      throw HostConfusion(
        clues[groups[place][0]].file, "nothing says which of \(groups.count) hosts it is of")
    }
    return HostName("\(main.key)", .address)
  }
}

/// Sets of files that are joined.
private struct HostSorting {
  private let clues: [HostClue]
  private var parents: [Int]
  /// Of the sets that a name is known of.
  private var names: [Int: String] = [:]

  init(_ clues: [HostClue]) {
    self.clues = clues
    parents = Array(clues.indices)
    var first: [String: Int] = [:]
    for (file, clue) in clues.enumerated() {
      guard let name = clue.host?.name else { continue }
      parents[file] = first[name] ?? file
      if first[name] == nil {
        first[name] = file
        names[file] = name
      }
    }
  }

  private mutating func root(_ file: Int) -> Int {
    var place = file
    while parents[place] != place {
      parents[place] = parents[parents[place]]
      place = parents[place]
    }
    return place
  }

  private mutating func join(_ file: Int, _ other: Int) throws(HostConfusion) {
    let (one, two) = (root(file), root(other))
    if one == two { return }
    if let name = names[one], let otherName = names[two] {
      let unnamed = clues[file].host == nil ? file : other
      throw HostConfusion(
        clues[unnamed].file, "is of \(min(name, otherName)) or of \(max(name, otherName))")
    }
    let (first, second) = (min(one, two), max(one, two))
    parents[second] = first
    names[first] = names[one] ?? names[two]
    names[second] = nil
  }

  mutating func joinByAddress() throws(HostConfusion) {
    var files: [IPAddress: [Int]] = [:]
    var mains: [IPAddress: [Int]] = [:]
    var order: [IPAddress] = []
    for (file, clue) in clues.enumerated() {
      for address in clue.addresses.keys { files[address, default: []].append(file) }
      guard let main = clue.mainAddress else { continue }
      if mains[main] == nil { order.append(main) }
      mains[main, default: []].append(file)
    }
    for address in order {
      let (own, all) = (mains[address] ?? [], files[address] ?? [])
      if let unnamed = own.first(where: { clues[$0].host == nil }) {
        for other in all { try join(unnamed, other) }
        continue
      }
      let hosts = Set(own.map { root($0) }).sorted()
      for other in all where clues[other].host == nil {
        for host in hosts { try join(other, host) }
      }
    }
  }

  mutating func joinByListeners() throws(HostConfusion) {
    struct Socket: Hashable {
      var local: Endpoint
      var number: UInt64
    }
    var files: [Socket: [Int]] = [:]
    for (file, clue) in clues.enumerated() {
      for (local, numbers) in clue.listeners {
        for number in numbers where number != 0 {
          files[Socket(local: local, number: number), default: []].append(file)
        }
      }
    }
    for group in files.values {
      for (file, other) in zip(group, group.dropFirst())
      where (clues[file].host == nil || clues[other].host == nil) && root(file) != root(other) {
        if clues[file].sharesListeners(with: clues[other]) { try join(file, other) }
      }
    }
  }

  /// Files that show nothing of their host are the only host's.
  mutating func joinBlanks() throws(HostConfusion) {
    let blank = clues.indices.filter { clues[$0].host == nil && clues[$0].isBlank }
    guard let first = blank.first else { return }
    let others = Set(clues.indices.filter { !blank.contains($0) }.map { root($0) })
    guard others.count < 2 else {
      throw HostConfusion(
        clues[first].file, "nothing says which of \(others.count) hosts it is of")
    }
    for file in blank { try join(file, others.first ?? first) }
  }

  /// In the order of their first files.
  var groups: [[Int]] {
    var sorting = self
    var places: [Int: Int] = [:]
    var groups: [[Int]] = []
    for file in clues.indices {
      let root = sorting.root(file)
      if let place = places[root] {
        groups[place].append(file)
      } else {
        places[root] = groups.count
        groups.append([file])
      }
    }
    return groups
  }
}
