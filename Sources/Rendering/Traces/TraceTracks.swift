import Support
import TCPModel

/// The tracks of one connection, as events of the Trace Event Format.
struct TraceTracks {
  /// What is shown in a track, in the order from above.
  private enum Track: Int {
    case phases = 1
    case clientStates, serverStates, clientLimits, serverLimits, events
    /// As many as there are exchanges at a time.
    case exchanges

    static func states(_ side: Side) -> Track { side == .client ? .clientStates : .serverStates }
    static func limits(_ side: Side) -> Track { side == .client ? .clientLimits : .serverLimits }
  }

  /// More tracks than a connection has.
  private static let most = 128

  private let connection: Connection
  /// Of the connection's first segment.
  private let since: Nanoseconds
  private var needsNoComma: Bool

  init(_ connection: Connection, since: Nanoseconds, _ isFirst: Bool) {
    self.connection = connection
    self.since = since
    needsNoComma = isFirst
  }

  // MARK: Names

  mutating func describe(_ header: ReportHeader, to output: inout ByteWriter) {
    let summary = connection.summary
    let ends = header.text(of: .client, summary) + " → " + header.text(of: .server, summary)
    meta("process_name", nil, to: &output) { $0.member("name", "\(summary.id)  \(ends)") }
    meta("process_sort_index", nil, to: &output) { $0.member("sort_index", Int64(summary.id)) }
    name(.phases, "phases", to: &output)
    for side in Side.allCases {
      name(.states(side), "\(side.name) states", to: &output)
      if !(connection.limitIntervals?[side].isEmpty ?? true) {
        name(.limits(side), "\(side.name) limited by", to: &output)
      }
    }
    if !(connection.events?.isEmpty ?? true) { name(.events, "events", to: &output) }
  }

  private mutating func name(_ track: Track, _ name: String, to output: inout ByteWriter) {
    self.name(place(track), name, to: &output)
  }

  private mutating func name(_ place: Int64, _ name: String, to output: inout ByteWriter) {
    meta("thread_name", place, to: &output) { $0.member("name", plain: name) }
    meta("thread_sort_index", place, to: &output) { $0.member("sort_index", place) }
  }

  /// Unique in the whole trace.
  private func place(_ track: Track, _ lane: Int = 0) -> Int64 {
    Int64(connection.summary.id * Self.most + track.rawValue + lane)
  }

  // MARK: Slices

  mutating func states(to output: inout ByteWriter) {
    for side in Side.allCases {
      let states = connection.states[side]
      var begin: Nanoseconds = 0
      for (index, state) in states.enumerated() {
        begin = max(begin, state.at ?? begin)
        let next = index + 1 < states.count ? states[index + 1].at : nil
        let end = next ?? (state.state == .timeWait ? timeWaitEnd : connection.summary.duration)
        guard end > begin, index + 1 < states.count || state.state != .closed else { continue }
        slice(state.state.name, "state", place(.states(side)), begin, end, to: &output) {
          $0.member("basis", plain: state.basis.rawValue)
          $0.member("frame", state.frame)
        }
      }
    }
  }

  private var timeWaitEnd: Nanoseconds {
    connection.phases.last { $0.name == .timeWait }.map { $0.start.plus($0.duration) }
      ?? connection.summary.duration
  }

  mutating func phases(to output: inout ByteWriter) {
    for phase in connection.phases where phase.duration > 0 {
      slice(
        phase.name.name, "phase", place(.phases), phase.start, phase.start.plus(phase.duration),
        to: &output
      ) {
        $0.member("first_frame", phase.firstFrame)
        $0.member("last_frame", phase.lastFrame)
      }
    }
  }

  mutating func limits(to output: inout ByteWriter) {
    for side in Side.allCases {
      for interval in connection.limitIntervals?[side] ?? [] where interval.duration > 0 {
        slice(
          interval.limit.name, "limit", place(.limits(side)), interval.start, interval.end,
          to: &output
        ) {
          $0.member("first_frame", interval.firstFrame)
          $0.member("last_frame", interval.lastFrame)
        }
      }
    }
  }

  /// A request and the wait for its response; those that go on at the same time have a track each.
  mutating func exchanges(to output: inout ByteWriter) {
    var lanes: [Nanoseconds] = []
    for exchange in connection.summary.spoken?.exchanges ?? [] {
      guard let begin = exchange.requestAt ?? exchange.responseAt else { continue }
      let end = max(begin, exchange.responseAt ?? connection.summary.duration)
      let lane = lanes.firstIndex { $0 <= begin } ?? lanes.count
      if lane == lanes.count {
        lanes.append(end)
        name(
          place(.exchanges, lane), lane == 0 ? "exchanges" : "exchanges \(lane + 1)", to: &output)
      }
      lanes[lane] = end
      slice(exchange.title, "exchange", place(.exchanges, lane), begin, end, to: &output) {
        $0.member("method", exchange.method)
        $0.member("host", exchange.host)
        $0.member("status", exchange.status.map(Int64.init))
        $0.member("request_frame", exchange.requestFrame)
        $0.member("response_frame", exchange.responseFrame)
        $0.member("request_bytes", exchange.requestBytes)
        $0.member("response_bytes", exchange.responseBytes)
        $0.member("server_time_ns", exchange.serverTime)
      }
    }
  }

  mutating func events(to output: inout ByteWriter) {
    for event in connection.events ?? [] {
      open("i", event.kind.rawValue, "event", event.at, to: &output)
      output.member("tid", place(.events))
      output.member("s", plain: "t")
      output.key("args")
      output.openObject()
      output.member("frame", event.frame)
      output.member("from", plain: event.from.name)
      output.member("text", event.text)
      output.closeObject()
      output.closeObject()
    }
  }

  // MARK: Counters

  mutating func counters(to output: inout ByteWriter) {
    guard let charts = connection.charts else { return }
    for side in Side.allCases {
      let direction = charts.directions[side]
      counter("\(side.name) in flight", "bytes", direction.flight, to: &output)
      counter("\(side.name) may send", "bytes", direction.window, to: &output)
      counter("\(side.name) round trip", "ns", direction.roundTrips, to: &output)
    }
  }

  /// Of values that were too many to keep apart, the most and the last.
  private mutating func counter(
    _ name: String, _ unit: StaticString, _ samples: [ChartSample], to output: inout ByteWriter
  ) {
    for sample in samples {
      value(name, unit, sample.high, at: sample.at, to: &output)
      if sample.end > sample.at { value(name, unit, sample.last, at: sample.end, to: &output) }
    }
  }

  private mutating func value(
    _ name: String, _ unit: StaticString, _ value: Int64, at: Nanoseconds,
    to output: inout ByteWriter
  ) {
    open("C", name, nil, at, to: &output)
    output.key("args")
    output.openObject()
    output.member(unit, value)
    output.closeObject()
    output.closeObject()
  }

  // MARK: Events of the format

  private mutating func slice(
    _ name: String, _ category: String, _ track: Int64, _ begin: Nanoseconds, _ end: Nanoseconds,
    to output: inout ByteWriter, _ arguments: (inout ByteWriter) -> Void
  ) {
    open("X", name, category, begin, to: &output)
    output.member("tid", track)
    output.key("dur")
    output.value(microseconds: max(0, end.less(begin)))
    output.key("args")
    output.openObject()
    arguments(&output)
    output.closeObject()
    output.closeObject()
  }

  private mutating func meta(
    _ name: String, _ track: Int64?, to output: inout ByteWriter,
    _ arguments: (inout ByteWriter) -> Void
  ) {
    begin("M", name, to: &output)
    if let track { output.member("tid", track) }
    output.key("args")
    output.openObject()
    arguments(&output)
    output.closeObject()
    output.closeObject()
  }

  /// An event with a time; it stays open.
  private mutating func open(
    _ kind: String, _ name: String, _ category: String?, _ at: Nanoseconds,
    to output: inout ByteWriter
  ) {
    begin(kind, name, to: &output)
    if let category { output.member("cat", plain: category) }
    output.key("ts")
    output.value(microseconds: max(0, since.plus(at)))
  }

  private mutating func begin(_ kind: String, _ name: String, to output: inout ByteWriter) {
    output.needsComma = false
    output.literal(needsNoComma ? "\n" : ",\n")
    needsNoComma = false
    output.openObject()
    output.member("ph", plain: kind)
    output.member("name", name)
    output.member("pid", Int64(connection.summary.id))
  }
}

extension ByteWriter {
  /// The format's unit, with nanoseconds behind the point.
  fileprivate mutating func value(microseconds duration: Nanoseconds) {
    openNumber()
    decimal(duration / 1000)
    let rest = duration % 1000
    byte(UInt8(ascii: "."))
    for digit in [rest / 100, rest / 10 % 10, rest % 10] {
      byte(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
    }
    needsComma = true
  }
}

extension Exchange {
  /// `GET www.example.com 200`
  var title: String {
    let words = [method, host, status.map(String.init)].compactMap(\.self)
    return words.isEmpty ? "response" : words.joined(separator: " ")
  }
}
