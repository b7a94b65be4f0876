import TCPModel

/// What the kernel said of one end at one instant: snapshots taken together (`ss` and
/// `/proc/net/tcp`, one after the other) are one mark. Or what a router or the other host said to it by ICMP.
public struct SnapshotMark: Sendable {
  public let side: Side
  /// From the connection's first segment.
  public let at: Nanoseconds
  public private(set) var state: TCPState?
  public private(set) var receiveQueue: UInt32?
  public private(set) var sendQueue: UInt32?
  public private(set) var timer: SocketTimer?
  public private(set) var shutdown: ShutdownSides?
  /// The kernel's smoothed round-trip time.
  public private(set) var rtt: Nanoseconds?
  public private(set) var congestionWindow: UInt32?
  /// Since the connection began.
  public private(set) var retransmissions: UInt32?
  /// `ss`, `proc_net_tcp`, or both.
  public private(set) var sources: [CaptureInfo.Format]
  /// The message; nil where a kernel said it.
  public let icmp: Event?

  /// Snapshots further apart were not taken together.
  private static let together: Nanoseconds = 250_000_000

  private init(_ snapshot: ConnectionSnapshot) {
    side = snapshot.side
    at = snapshot.at
    state = snapshot.state
    sources = []
    icmp = nil
    add(snapshot)
  }

  /// At the end that is told.
  private init(icmp event: Event) {
    side = event.from.peer
    at = event.at
    sources = []
    icmp = event
  }

  private mutating func add(_ snapshot: ConnectionSnapshot) {
    state = state ?? snapshot.state
    receiveQueue = receiveQueue ?? snapshot.receiveQueue
    sendQueue = sendQueue ?? snapshot.sendQueue
    timer = timer ?? snapshot.timer
    shutdown = shutdown ?? snapshot.shutdown
    // /proc/net/tcp tells some of these figures too, but not of connections that are over.
    rtt = rtt ?? snapshot.info?.rtt
    congestionWindow = congestionWindow ?? snapshot.info?.congestionWindow
    retransmissions = retransmissions ?? snapshot.info?.totalRetransmissions
    if !sources.contains(snapshot.source) { sources.append(snapshot.source) }
  }

  private func takes(_ snapshot: ConnectionSnapshot) -> Bool {
    snapshot.at.less(at) < SnapshotMark.together
      && (state == snapshot.state || state == nil || snapshot.state == nil)
  }

  /// A connection's marks in the order of time.
  public static func marks(of connection: Connection) -> [SnapshotMark] {
    // Clocks that differ may have changed the order.
    let snapshots = (connection.snapshots ?? []).enumerated().sorted { left, right in
      left.element.at != right.element.at
        ? left.element.at < right.element.at : left.offset < right.offset
    }
    var marks: [SnapshotMark] = []
    var last = PerSide<Int?>(both: nil)
    for (_, snapshot) in snapshots {
      if let place = last[snapshot.side], marks[place].takes(snapshot) {
        marks[place].add(snapshot)
      } else {
        last[snapshot.side] = marks.count
        marks.append(SnapshotMark(snapshot))
      }
    }
    let messages = (connection.events ?? []).filter { $0.kind == .icmp }
    if messages.isEmpty { return marks }
    marks += messages.map(SnapshotMark.init(icmp:))
    return marks.enumerated().sorted { left, right in
      left.element.at != right.element.at
        ? left.element.at < right.element.at : left.offset < right.offset
    }.map(\.element)
  }

  /// At most so many: the first sight of every state of each end, then the last ones.
  static func mostTelling(_ marks: [SnapshotMark], limit: Int) -> [SnapshotMark] {
    guard marks.count > limit else { return marks }
    var seen = PerSide<TCPState?>(both: nil)
    var chosen: [Int] = []
    for (index, mark) in marks.enumerated()
    where mark.icmp != nil || mark.state != seen[mark.side] {
      if mark.icmp == nil { seen[mark.side] = mark.state }
      chosen.append(index)
    }
    chosen = Array(chosen.prefix(limit))
    var places = Set(chosen)
    for index in marks.indices.reversed() where places.count < limit { places.insert(index) }
    return places.sorted().map { marks[$0] }
  }
}
