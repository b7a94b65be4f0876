import Support
import TCPModel

/// What the analysis of a night keeps of a socket while its instant is at hand: 108 bytes
/// of the 911 of a `SocketSample`, because an instant may have a million of them and three snapshots.
public struct NightSample: SocketRow {
  public var local: Endpoint
  public var remote: Endpoint
  var inode: UInt64
  var cookie: UInt64
  var bytesAcked: UInt64
  var bytesReceived: UInt64
  var segmentsSent: UInt32
  var retransmissions: UInt32
  var receiveQueue: UInt32
  var sendQueue: UInt32
  var uid: UInt32
  /// First of the socket's processes.
  var process: ProcessListID?
  var state: TCPState?
  var hasTimer: Bool
  /// The snapshot shows `tcp_info`: the counters above count.
  var hasCounters: Bool

  /// Stands for a queue or a uid the snapshot does not show.
  static let unknown = UInt32.max

  public init(_ sample: borrowing SocketSample) {
    local = sample.local
    remote = sample.remote
    inode = sample.inode ?? 0
    cookie = sample.cookie ?? 0
    bytesAcked = sample.info?.bytesAcked ?? 0
    bytesReceived = sample.info?.bytesReceived ?? 0
    segmentsSent = sample.info?.segmentsOut ?? 0
    retransmissions = sample.info?.totalRetransmissions ?? 0
    receiveQueue = sample.receiveQueue ?? NightSample.unknown
    sendQueue = sample.sendQueue ?? NightSample.unknown
    uid = sample.uid ?? NightSample.unknown
    process = sample.processes
    state = sample.state
    hasTimer = sample.timer != nil
    hasCounters = sample.info?.segmentsOut != nil
  }

  public static func append(_ samples: Span<SocketSample>, to rows: inout [NightSample]) {
    for index in samples.indices { rows.append(NightSample(samples[index])) }
  }

  public static func renumber(_ rows: inout [NightSample], by numbers: NameNumbers) {
    for index in rows.indices {
      if let process = rows[index].process { rows[index].process = numbers[process] }
    }
  }

  /// Waits for connections, or, where the state is not shown, has no peer.
  var isListener: Bool {
    state == .listen || (state == nil && remote.port == 0 && remote.address.isUnspecified)
  }
}

/// What makes two rows of different instants one socket: the addresses, and among listeners that
/// share a port the socket itself.
struct SocketKey: BitwiseCopyable, Hashable {
  var local: Endpoint
  var remote: Endpoint
  var listener: UInt64

  init(_ row: NightSample) {
    local = row.local
    remote = row.remote
    listener = row.isListener ? (row.cookie != 0 ? row.cookie : row.inode) : 0
  }
}
