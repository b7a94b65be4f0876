/// A socket of a snapshot that belongs to one end of a connection.
public struct ConnectionSnapshot: Sendable, Hashable {
  /// From the connection's first segment, the clocks' difference taken out.
  public var at: Nanoseconds
  /// As the snapshot has it.
  public var time: Timestamp
  /// `ss` or `procNetTCP`.
  public var source: CaptureInfo.Format
  public var path: String
  public var side: Side
  /// nil where the snapshot does not show it.
  public var state: TCPState?
  public var receiveQueue: UInt32?
  public var sendQueue: UInt32?
  public var timer: SocketTimer?
  public var shutdown: ShutdownSides?
  public var inode: UInt64?
  public var cookie: UInt64?
  public var info: TCPInfo?
  /// The congestion control's name; its id in `info` belongs to the reader.
  public var congestionControl: String?

  public init(
    at: Nanoseconds, time: Timestamp, source: CaptureInfo.Format, path: String, side: Side
  ) {
    self.at = at
    self.time = time
    self.source = source
    self.path = path
    self.side = side
  }
}

/// The process that held one end's socket.
public struct ConnectionProcess: Sendable, Hashable {
  /// nil where the snapshot shows only the user.
  public var pid: UInt32?
  public var name: String?
  public var uid: UInt32?

  public init(pid: UInt32?, name: String?, uid: UInt32?) {
    self.pid = pid
    self.name = name
    self.uid = uid
  }
}

/// How far a host's clock is ahead of the capture's.
public struct ClockOffset: Sendable, Hashable {
  /// A local address of the host.
  public var address: IPAddress
  /// What to subtract from the snapshots' times; 0 where that fits as well as anything.
  public var offset: Nanoseconds
  /// Every offset between these fits as well.
  public var least: Nanoseconds
  public var most: Nanoseconds
  /// Rows of snapshots whose states this rests on.
  public var sockets: Int

  public init(
    address: IPAddress, offset: Nanoseconds, least: Nanoseconds, most: Nanoseconds, sockets: Int
  ) {
    self.address = address
    self.offset = offset
    self.least = least
    self.most = most
    self.sockets = sockets
  }
}

/// What snapshots given beside captures say about the whole.
public struct SnapshotSummary: Sendable {
  /// In the order of time.
  public var snapshots: [SnapshotInfo]
  public var clockOffsets: [ClockOffset]
  /// Sockets none of whose segments was captured: listeners, idle and leaked connections.
  public var uncaptured: [SocketLifecycle]
  /// Further ones, left out of `uncaptured`.
  public var uncapturedOmitted: Int
  /// Rows that belong to a connection of the captures.
  public var joined: Int

  public init() {
    snapshots = []
    clockOffsets = []
    uncaptured = []
    uncapturedOmitted = 0
    joined = 0
  }
}
