import Support
import TCPModel

/// What a snapshot file shows of the host that it is of.
public struct SnapshotClues: Sendable {
  /// In a line, or before every line.
  public private(set) var host: String?
  public private(set) var time: Timestamp?
  /// Of the latest snapshot that was read.
  public private(set) var lastTime: Timestamp?
  /// What files of the same kind and the same host have in common: source and name without the time.
  public private(set) var kind: String
  /// Local addresses that belong to one host alone, with their numbers of sockets, in the file's
  /// first snapshot.
  public private(set) var addresses: [IPAddress: Int] = [:]
  /// Who listens, and by which sockets: inodes or cookies, 0 where they are not shown.
  public private(set) var listeners: [Endpoint: Set<UInt64>] = [:]

  /// Sockets that are looked at; listeners stand first.
  private static let mostSockets = 2_000

  /// - Parameters:
  ///   - readsSockets: Else only the host and the time are looked for.
  ///   - toEnd: The file is read to its end, for the time of the last snapshot.
  public init(
    path: String, name: String, readsSockets: Bool, toEnd: Bool = false
  ) throws(CaptureError) {
    var reader = try SnapshotReader(path: path, name: name, keeping: .lifecycle)
    var batch = SocketBatch()
    var hasMore = try reader.read(into: &batch)
    host = reader.host
    time = reader.snapshots.first?.time
    kind =
      (reader.snapshots.first?.source.rawValue ?? "") + " "
      + (reader.snapshots.first?.label ?? "")
    if !readsSockets, toEnd {
      while hasMore { hasMore = try reader.read(into: &batch) }
    }
    lastTime = reader.snapshots.compactMap(\.time).max()
    guard readsSockets else { return }
    var count = 0
    while hasMore, count < Self.mostSockets, batch.span[0].snapshot == 0 {
      for index in batch.span.indices { take(batch.span[index]) }
      count += batch.count
      hasMore = try reader.read(into: &batch)
    }
  }

  private mutating func take(_ socket: borrowing SocketSample) {
    let address = socket.local.address
    if !address.isUnspecified, !address.isLoopback, !address.isLinkLocal {
      addresses[address, default: 0] += 1
    }
    guard socket.state == .listen else { return }
    let (inode, cookie) = (socket.inode, socket.cookie)
    let number = inode ?? cookie ?? 0
    listeners[socket.local, default: []].insert(number)
  }
}
