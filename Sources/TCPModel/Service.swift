/// What connections are counted together by.
public enum ServiceKind: Sendable, Hashable {
  /// The server's address and port.
  case server
  /// The client's address.
  case client
  /// What the server is called, else its address and port.
  case name
  /// The client's address with the server's address and port.
  case pair
  case application
  /// The network of that many bits that the server's address is in.
  case subnet(Int)

  public var name: String {
    switch self {
    case .server: "server"
    case .client: "client"
    case .name: "name"
    case .pair: "pair"
    case .application: "application"
    case .subnet(let length): "subnet/\(length)"
    }
  }

  public init?(_ text: String) {
    switch text {
    case "server": self = .server
    case "client": self = .client
    case "name": self = .name
    case "pair": self = .pair
    case "application": self = .application
    default:
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0] == "subnet", let length = Int(parts[1]),
        (0...128).contains(length)
      else { return nil }
      self = .subnet(length)
    }
  }
}

/// Durations of many connections: nearest ranks, at most 3 % off, and the exact largest one. nil where
/// no connection has one.
public struct Distribution: Sendable, Hashable {
  public var count: Int
  public var p50: Nanoseconds?
  public var p90: Nanoseconds?
  public var p99: Nanoseconds?
  public var max: Nanoseconds?

  public init(count: Int = 0) {
    self.count = count
  }
}

/// What is measured of a service, each by one duration a connection.
public enum ServiceMetric: String, Sendable, CaseIterable {
  case handshake, tls
  /// The server's own part of the wait for an answer: the mean of the connection's exchanges.
  case serverTime = "server_time"
  case firstByte = "first_byte"
  case duration
  /// From the capture point to the server and back: the SYN's answer, else the least round trip.
  case rtt
}

/// Connections that were counted together.
public struct Service: Sendable, Hashable {
  public var key: String
  public var connections = 0
  public var byOutcome: [Outcome: Int] = [:]
  /// By `ServiceMetric`, in the order of its cases.
  public var distributions: [Distribution] = []
  /// Of the segments with payload, SYN or FIN, those that were sent again; nil without any.
  public var retransmissionShare: Double?
  /// Connections alive at the same time, at most.
  public var concurrencyMax = 0
  public var exchangesPerConnection: Double?
  /// What held back all that was sent, and whose side the connections' time was.
  public var limits = LimitTimes()
  public var blame = Blame()

  public init(key: String) {
    self.key = key
  }

  public subscript(metric: ServiceMetric) -> Distribution {
    let index = ServiceMetric.allCases.firstIndex(of: metric) ?? 0
    return index < distributions.count ? distributions[index] : Distribution()
  }
}
