import Support
import TCPModel

/// Counts connections together, by service.
public struct ServiceCollector: Sendable {
  struct Group: Sendable {
    var service: Service
    var histograms = Array(repeating: LogHistogram(), count: ServiceMetric.allCases.count)
    /// Connections that came to nothing, and those in which anything was sent again.
    var failed = 0
    var repeating = 0
    /// The connections with the largest values, by metric.
    var longest: [ServiceExample?] = Array(repeating: nil, count: ServiceMetric.allCases.count)
    var firstFailed: ServiceExample?
    var mostRepeating: ServiceExample?
    fileprivate var segments: Int64 = 0
    fileprivate var repeated: Int64 = 0
    fileprivate var exchanges: Int64 = 0
    fileprivate var withExchanges = 0
    /// First and last instant of each connection.
    fileprivate var spans: [(start: Timestamp, end: Timestamp)] = []
    /// By the part of time that its connections began in.
    fileprivate var parts: [Int: Part] = [:]
  }

  fileprivate struct Part: Sendable {
    var connections = 0
    var failed = 0
    var serverTime = LogHistogram()
  }

  public let kind: ServiceKind
  /// The parts of time to count by; set before anything is added.
  public var time: ServiceTime?
  private var counted: [String: Group] = [:]
  /// By name: of connections that were refused or not answered, and had nobody to say a name to; and what
  /// others call the same server, if all say the same.
  private var mute: [Endpoint: Group] = [:]
  private var names: [Endpoint: String?] = [:]

  public init(_ kind: ServiceKind) {
    self.kind = kind
  }

  public mutating func add(_ summary: ConnectionSummary) {
    let part = time?.index(of: summary.start)
    let key = kind.key(of: summary)
    if kind == .name {
      if let name = summary.name?.text {
        let known = names.updateValue(name, forKey: summary.server)
        if let known, known != name { names[summary.server] = .some(nil) }
      } else if summary.outcome == .refused || summary.outcome == .unanswered {
        mute[summary.server, default: Group(service: Service(key: key))].add(summary, part: part)
        return
      }
    }
    counted[key, default: Group(service: Service(key: key))].add(summary, part: part)
  }

  /// By key. Who said no name is counted for the only one that the server's address and port have.
  var groups: [String: Group] {
    var groups = counted
    for (server, group) in mute {
      var group = group
      if let name = names[server], let name {
        group.service.key = name
        group.service.assumed = group.service.connections
      }
      groups[group.service.key, default: Group(service: Service(key: group.service.key))]
        .merge(group)
    }
    return groups
  }

  /// The connection that took longest.
  public var slowest: ServiceExample? {
    let index = ServiceMetric.allCases.firstIndex(of: .duration) ?? 0
    let all = Array(counted.values) + Array(mute.values)
    return all.compactMap { $0.longest[index] }.max { $1.isMore(than: $0) }
  }

  /// The services, most connections first, then by key.
  public var services: [Service] {
    groups.values.map(\.finished).sorted {
      $0.connections != $1.connections ? $0.connections > $1.connections : $0.key < $1.key
    }
  }
}

extension ServiceCollector.Group {
  fileprivate mutating func add(_ summary: ConnectionSummary, part: Int?) {
    service.connections += 1
    service.byOutcome[summary.outcome, default: 0] += 1
    ServiceExample.keep(ServiceExample(summary, value: 0), in: &service.first)
    if summary.outcome.isFailure {
      failed += 1
      ServiceExample.keep(ServiceExample(summary, value: 0), in: &firstFailed)
    }
    if let part {
      parts[part, default: .init()].connections += 1
      if summary.outcome.isFailure { parts[part]?.failed += 1 }
      if let time = summary.meanServerTime { parts[part]?.serverTime.add(time) }
    }
    for (index, metric) in ServiceMetric.allCases.enumerated() {
      guard let value = metric.value(of: summary) else { continue }
      histograms[index].add(value)
      ServiceExample.keep(ServiceExample(summary, value: value), in: &longest[index])
    }
    let sent = summary.traffic.client.retransmittedSegments ?? 0
    let received = summary.traffic.server.retransmittedSegments ?? 0
    repeated &+= sent &+ received
    if sent &+ received > 0 {
      repeating += 1
      ServiceExample.keep(ServiceExample(summary, value: sent &+ received), in: &mostRepeating)
    }
    segments &+= summary.traffic.client.segments &+ summary.traffic.server.segments
    if summary.timings.exchanges > 0 {
      exchanges &+= Int64(summary.timings.exchanges)
      withExchanges += 1
    }
    for side in Side.allCases {
      if let limits = summary.limits[side] { service.limits += limits.times }
    }
    if let blame = summary.blame { service.blame += blame }
    spans.append((summary.start, max(summary.start, summary.end)))
  }

  /// Adds what was counted elsewhere.
  fileprivate mutating func merge(_ other: ServiceCollector.Group) {
    service.connections += other.service.connections
    service.assumed += other.service.assumed
    service.byOutcome.merge(other.service.byOutcome) { $0 + $1 }
    service.limits += other.service.limits
    service.blame += other.service.blame
    ServiceExample.keep(other.service.first, in: &service.first)
    failed += other.failed
    repeating += other.repeating
    for index in histograms.indices {
      histograms[index].merge(other.histograms[index])
      ServiceExample.keep(other.longest[index], in: &longest[index])
    }
    ServiceExample.keep(other.firstFailed, in: &firstFailed)
    ServiceExample.keep(other.mostRepeating, in: &mostRepeating)
    segments &+= other.segments
    repeated &+= other.repeated
    exchanges &+= other.exchanges
    withExchanges += other.withExchanges
    spans += other.spans
    parts.merge(other.parts) { one, other in
      var sum = one
      sum.connections += other.connections
      sum.failed += other.failed
      sum.serverTime.merge(other.serverTime)
      return sum
    }
  }

  var finished: Service {
    var service = service
    service.distributions = histograms.map(\.distribution)
    service.retransmissionShare = segments > 0 ? Double(repeated) / Double(segments) : nil
    service.exchangesPerConnection =
      withExchanges > 0 ? Double(exchanges) / Double(withExchanges) : nil
    service.concurrencyMax = concurrency
    service.overTime = parts.sorted { $0.key < $1.key }.map { index, counted in
      var part = ServicePart(index: index)
      part.connections = counted.connections
      part.failed = counted.failed
      part.serverTime = counted.serverTime.quantile(0.5)
      return part
    }
    return service
  }

  /// A connection that ends when another one begins was alive together with it.
  private var concurrency: Int {
    let starts = spans.map(\.start).sorted()
    let ends = spans.map(\.end).sorted()
    var (alive, most, ended) = (0, 0, 0)
    for start in starts {
      while ended < ends.count, ends[ended] < start {
        ended += 1
        alive -= 1
      }
      alive += 1
      most = max(most, alive)
    }
    return most
  }
}

extension ServiceExample {
  /// Of equal ones the first.
  fileprivate func isMore(than other: ServiceExample) -> Bool {
    value != other.value ? value > other.value : connection < other.connection
  }

  fileprivate static func keep(_ example: ServiceExample?, in kept: inout ServiceExample?) {
    guard let example else { return }
    if kept.map({ example.isMore(than: $0) }) ?? true { kept = example }
  }
}

extension ServiceMetric {
  /// nil where the connection has none.
  public func value(of summary: ConnectionSummary) -> Nanoseconds? {
    switch self {
    case .handshake: summary.handshake.kind.isComplete ? summary.timings.handshake : nil
    case .tls: summary.timings.tls
    case .serverTime: summary.meanServerTime
    case .firstByte: summary.timings.firstByte
    case .duration: summary.duration
    case .rtt: summary.handshake.serverRTT ?? summary.rtt.client?.min
    }
  }
}

extension ServiceKind {
  func key(of summary: ConnectionSummary) -> String {
    switch self {
    case .server: return summary.server.description
    case .client: return summary.client.address.description
    case .name: return summary.name?.text ?? summary.server.description
    case .pair: return summary.client.address.description + " > " + summary.server.description
    case .application: return summary.spoken?.application.rawValue ?? "unknown"
    case .subnet(let length):
      let address = summary.server.address
      let bits = min(length, address.isIPv6 ? 128 : 32)
      return "\(address.network(bits))/\(bits)"
    }
  }
}

extension IPAddress {
  /// The first bits, the others 0.
  fileprivate func network(_ bits: Int) -> IPAddress {
    var network = self
    let unused = (isIPv6 ? 128 : 32) - bits
    // A smart shift by 64 or more gives 0.
    network.upper &= ~UInt64(0) << max(0, unused - 64)
    network.lower &= ~UInt64(0) << min(64, unused)
    return network
  }
}
