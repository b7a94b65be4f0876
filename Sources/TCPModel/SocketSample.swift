/// One TCP socket as a kernel showed it at one instant: a row of `ss` or of `/proc/net/tcp[6]`.
///
/// What the row does not say is nil, never 0. The exceptions are the zeros `ss` leaves out by rule;
/// `TCPInfo` and `uid` list theirs.
public struct SocketSample: BitwiseCopyable, Sendable {
  /// Which of its file's snapshots, from 0.
  public var snapshot: UInt32
  /// The line its row begins on, from 1.
  public var line: UInt32
  /// An IPv4-mapped address (RFC 4291 2.5.5.2) is given as IPv4, and `isIPv4Mapped` is set. `*` is
  /// the IPv6 address `::`; port `*` is 0.
  public var local: Endpoint
  /// Unspecified address and port 0 where there is no peer.
  public var remote: Endpoint
  /// The socket is an IPv6 one that speaks IPv4.
  public var isIPv4Mapped: Bool
  /// nil where the state column is left out, as `ss state established` does, or names none.
  public var state: TCPState?
  /// Of shut-down sides, the glyph `<->`, `-->`, `<--`, `---`.
  public var shutdown: ShutdownSides?
  public var isIPv6Only: Bool?
  /// A port that was given as a service name the services table does not know; the port is then 0.
  public var localService: NameID?
  public var remoteService: NameID?
  /// The interface or scope after `%`.
  public var interface: NameID?
  /// The processes that hold the socket.
  public var processes: ProcessListID?
  public var cgroup: NameID?
  /// Bytes the application has not read; on `LISTEN` connections waiting to be accepted.
  public var receiveQueue: UInt32?
  /// Bytes not yet acknowledged; on `LISTEN` the limit of the accept queue.
  public var sendQueue: UInt32?
  /// `ss -e` leaves `uid:0` out: a socket with an inode and no uid belongs to 0.
  public var uid: UInt32?
  public var mark: UInt32?
  public var typeOfService: UInt8?
  public var trafficClass: UInt8?
  public var classID: UInt32?
  /// 0 is an orphan or a mini-socket (TIME_WAIT, SYN_RECEIVED), which no file holds any more.
  public var inode: UInt64?
  /// Unique for the time the host is up; nil where the kernel gives none (0).
  public var cookie: UInt64?
  public var timer: SocketTimer?
  public var memory: SocketMemory?
  public var info: TCPInfo?

  public init() {
    snapshot = 0
    line = 0
    local = Endpoint(address: IPAddress(ipv4: 0), port: 0)
    remote = local
    isIPv4Mapped = false
  }
}

/// The directions that were shut down; data flows on in the others.
public struct ShutdownSides: OptionSet, BitwiseCopyable, Sendable, Hashable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let receive = ShutdownSides(rawValue: 1)
  public static let send = ShutdownSides(rawValue: 2)
}

/// The timer that will act on the socket next (`ss -o`).
public struct SocketTimer: BitwiseCopyable, Sendable, Hashable {
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// Retransmission, early retransmission or tail loss probe.
    case on
    case keepalive, timewait
    /// Zero window probe.
    case persist
    case delack, unknown

    public var name: String {
      switch self {
      case .on: "on"
      case .keepalive: "keepalive"
      case .timewait: "timewait"
      case .persist: "persist"
      case .delack: "delack"
      case .unknown: "unknown"
      }
    }
  }

  public var kind: Kind
  /// Until it expires; nil where it has expired already (`timer:(on,,0)`).
  public var expires: Nanoseconds?
  /// Retransmissions or probes without an answer so far.
  public var retransmissions: UInt32

  public init(kind: Kind, expires: Nanoseconds?, retransmissions: UInt32) {
    self.kind = kind
    self.expires = expires
    self.retransmissions = retransmissions
  }
}

/// Bytes of kernel memory (`ss -m`; the kernel's `SK_MEMINFO`).
public struct SocketMemory: BitwiseCopyable, Sendable, Hashable {
  public var receiveAllocated: UInt32?
  public var receiveBuffer: UInt32?
  public var sendAllocated: UInt32?
  public var sendBuffer: UInt32?
  public var forwardAllocated: UInt32?
  public var sendQueued: UInt32?
  public var optionMemory: UInt32?
  public var backlog: UInt32?
  /// Packets dropped before they reached the socket.
  public var drops: UInt32?

  public init() {}
}

/// A process that holds a socket.
public struct SocketProcess: BitwiseCopyable, Sendable, Hashable {
  public var name: NameID
  public var pid: UInt32

  public init(name: NameID, pid: UInt32) {
    self.name = name
    self.pid = pid
  }
}
