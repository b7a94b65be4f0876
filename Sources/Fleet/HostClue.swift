import TCPModel

/// What is known of the host of one snapshot file.
public struct HostClue: Sendable {
  public var file: String
  /// What names it; nil where nothing does.
  public var host: HostName?
  public var time: Timestamp?
  /// What files of the same kind and host have in common.
  public var kind: String
  /// Local addresses with their numbers of sockets.
  public var addresses: [IPAddress: Int]
  /// Listening sockets by their inodes or cookies; 0 where these are not shown.
  public var listeners: [Endpoint: Set<UInt64>]

  public init(
    file: String, host: HostName?, time: Timestamp? = nil, kind: String = "",
    addresses: [IPAddress: Int] = [:], listeners: [Endpoint: Set<UInt64>] = [:]
  ) {
    self.file = file
    self.host = host
    self.time = time
    self.kind = kind
    self.addresses = addresses
    self.listeners = listeners
  }

  /// The address of most sockets.
  var mainAddress: IPAddress? {
    addresses.max { left, right in
      left.value != right.value ? left.value < right.value : right.key.precedes(left.key)
    }?.key
  }

  var isBlank: Bool { addresses.isEmpty && !listeners.values.contains { $0 != [0] } }

  /// Listeners that both files show are the same sockets, and there is at least one.
  func sharesListeners(with other: HostClue) -> Bool {
    var common = 0
    for (local, sockets) in listeners where sockets != [0] {
      guard let others = other.listeners[local], others != [0] else { continue }
      if sockets.isDisjoint(with: others) { return false }
      common += 1
    }
    return common > 0
  }
}

/// Why snapshots cannot be sorted by their hosts: one line, with what to do.
public struct HostConfusion: Error, Sendable, Hashable {
  public var message: String

  static let advice =
    "begin each file with a line '# host: NAME', give each host a folder, or say --host-from"

  init(_ file: String, _ reason: String) {
    message = "\(file): \(reason); \(HostConfusion.advice)"
  }
}
