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

  /// The name without the length of a network.
  public var word: String {
    if case .subnet = self { return "subnet" }
    return name
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

/// A connection to look at, because no other has more of something.
public struct ServiceExample: Sendable, Hashable {
  public var connection: Int
  public var firstFrame: Int64
  public var lastFrame: Int64
  /// How much of it, in nanoseconds or segments.
  public var value: Int64

  public init(_ summary: ConnectionSummary, value: Int64) {
    connection = summary.id
    firstFrame = summary.firstFrame
    lastFrame = summary.lastFrame
    self.value = value
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

/// What began of a service in a part of the capture's time.
public struct ServicePart: Sendable, Hashable {
  /// Which part, from 0 at the beginning of `ServiceTime`.
  public var index: Int
  public var connections = 0
  /// Of these, those that came to nothing.
  public var failed = 0
  /// Median of the server's own time; nil where none of them has one.
  public var serverTime: Nanoseconds?

  public init(index: Int) {
    self.index = index
  }
}

/// A capture's time in parts of equal length, which begin at whole steps of the clock.
public struct ServiceTime: Sendable, Hashable {
  public var start: Timestamp
  public var step: Nanoseconds
  public var count: Int

  /// More parts have no room for a number each.
  public static let mostParts = 12

  /// - Parameter end: The last instant that has a part; not before `start`.
  public init(from start: Timestamp, to end: Timestamp) {
    let end = max(start, end)
    step = Self.steps.first { Self.parts($0, start, end) <= Self.mostParts } ?? .max
    let first = Self.part(of: start, step)
    self.start = Timestamp(nanoseconds: first.multipliedReportingOverflow(by: step).partialValue)
    count = Int(clamping: Self.part(of: end, step) &- first &+ 1)
  }

  /// The part that an instant lies in; the first or the last one for those outside.
  public func index(of time: Timestamp) -> Int {
    min(max(0, Int(clamping: Self.part(of: time, step) &- Self.part(of: start, step))), count - 1)
  }

  /// When a part begins.
  public func start(of index: Int) -> Timestamp {
    start.advanced(by: Nanoseconds(index).multipliedReportingOverflow(by: step).partialValue)
  }

  private static func parts(_ step: Nanoseconds, _ start: Timestamp, _ end: Timestamp) -> Int64 {
    part(of: end, step) &- part(of: start, step) &+ 1
  }

  /// Rounded down, also before 1970.
  private static func part(of time: Timestamp, _ step: Nanoseconds) -> Int64 {
    let (quotient, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: step)
    return rest < 0 ? quotient - 1 : quotient
  }

  /// From a microsecond to a century, as clocks are read.
  private static let steps: [Nanoseconds] = {
    var steps: [Nanoseconds] = []
    var unit: Nanoseconds = 1_000
    while unit < second {
      steps += [unit, 2 * unit, 5 * unit]
      unit *= 10
    }
    let seconds: [Nanoseconds] = [
      1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
    ]
    steps += seconds.map { $0 * second }
    let days: [Nanoseconds] = [1, 2, 7, 14, 28, 91, 182, 365, 1460, 3650, 36_500]
    return steps + days.map { $0 * 86_400 * second }
  }()

  private static let second: Nanoseconds = 1_000_000_000
}

/// Connections that were counted together.
public struct Service: Sendable, Hashable {
  public var key: String
  public var connections = 0
  /// Of these, those that said no name, and are counted for the only one that their server has.
  public var assumed = 0
  /// The one that began first.
  public var first: ServiceExample?
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
  /// Those parts of `ServiceTime` in which any began, in their order.
  public var overTime: [ServicePart] = []

  public init(key: String) {
    self.key = key
  }

  public subscript(metric: ServiceMetric) -> Distribution {
    let index = ServiceMetric.allCases.firstIndex(of: metric) ?? 0
    return index < distributions.count ? distributions[index] : Distribution()
  }

  /// Connections that came to nothing.
  public var failed: Int {
    byOutcome.reduce(0) { $0 + ($1.key.isFailure ? $1.value : 0) }
  }
}
