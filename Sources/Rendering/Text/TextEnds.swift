import Support
import TCPModel
import Timeline

/// Both ends of a connection beside each other, by sender: what they offered, sent, repeated, and how
/// far the other end was.
struct TextEnds {
  private let connection: Connection
  private let style: TextStyle

  init(_ connection: Connection, style: TextStyle) {
    self.connection = connection
    self.style = style
  }

  func write(to output: inout ByteWriter) {
    output.literal("\n")
    style.paint("What each end sent", .heading, to: &output)
    output.literal("\n")
    var table = TextTable(
      [.init("", .left), .init("Client", .right), .init("Server", .right)], style: style)
    let rows = self.rows.filter { !$0.values.client.isEmpty || !$0.values.server.isEmpty }
    table.begin(
      rows.map { row in
        [.init("  " + row.name), .init(row.values.client), .init(row.values.server)]
      }, to: &output)
  }

  private typealias Row = (name: String, values: PerSide<String>)

  private var rows: [Row] { offers + amounts + troubles + ways }

  private func row(_ name: String, _ value: (Side) -> String?) -> Row {
    (name, PerSide(client: value(.client) ?? "", server: value(.server) ?? ""))
  }

  private func count(_ value: Int64?) -> String? {
    value.flatMap { $0 > 0 ? Quantity.count($0) : nil }
  }

  private var offers: [Row] {
    let options = connection.summary.handshake.options
    return [
      row("maximum segment size") { options[$0]?.mss.map { Quantity.count(Int($0)) } },
      row("window scale") {
        options[$0]?.windowScale.map { $0 < 15 ? "x\(1 << Int($0))" : "\($0)" }
      },
      row("options") { side in
        guard let offered = options[side] else { return nil }
        let names = [
          (offered.sackPermitted, "SACK"), (offered.timestamps, "timestamps"),
          (offered.fastOpen, "Fast Open"),
        ].filter(\.0).map(\.1)
        return names.isEmpty ? "none" : names.joined(separator: ", ")
      },
      row("process") { connection.processes[$0]?.name?.safeToShow },
    ]
  }

  private var amounts: [Row] {
    let traffic = connection.summary.traffic
    return [
      row("segments") { Quantity.count(traffic[$0].segments) },
      row("payload") { Quantity.bytes(traffic[$0].payloadBytes) },
      row("distinct payload") { side in
        let unique = traffic[side].uniqueBytes
        return unique == traffic[side].payloadBytes ? nil : unique.map(Quantity.bytes)
      },
      row("throughput") { throughput(of: $0).map(Quantity.bitRate) },
      row("bottleneck of the path") { side in
        connection.summary.limits[side]?.bottleneck.map(Quantity.bitRate)
      },
      row("largest window") { traffic[$0].maxWindow.map(Quantity.bytes) },
      row("missing in the capture") { side in
        traffic[side].missingBytes.flatMap { $0 > 0 ? Quantity.bytes($0) : nil }
      },
    ]
  }

  private var troubles: [Row] {
    let traffic = connection.summary.traffic
    func counted(_ name: String, _ count: @escaping (AnalysisCounts) -> UInt32) -> Row {
      row(name) { side in
        connection.summary.analysis.flatMap { self.count(Int64(count($0[side]))) }
      }
    }
    return [
      row("sent again") { side in
        guard let segments = traffic[side].retransmittedSegments, segments > 0 else { return nil }
        let bytes = traffic[side].retransmittedBytes ?? 0
        return Quantity.count(segments) + (bytes > 0 ? " (\(Quantity.bytes(bytes)))" : "")
      },
      counted("spurious repeats", \.spuriousRetransmissions),
      counted("out of order", \.outOfOrder),
      counted("duplicate ACKs", \.duplicateACKs),
      counted("zero windows", \.zeroWindows),
      counted("window full", \.windowFull),
      counted("keep-alives", \.keepAlives),
      counted("challenge ACKs", \.challengeACKs),
      row("RST segments") { count(traffic[$0].rst) },
    ]
  }

  private var ways: [Row] {
    let rtt = connection.summary.rtt
    return [
      row("round trips measured") { count(rtt[$0]?.samples) },
      row("round trip, least") { rtt[$0].map { Quantity.duration($0.min) } },
      row("round trip, mean") { rtt[$0].map { Quantity.duration($0.mean) } },
      row("round trip, most") { rtt[$0].map { Quantity.duration($0.max) } },
    ]
  }

  /// Distinct payload from the first segment that carries some to the last one; nil where that is no
  /// time to speak of.
  private func throughput(of side: Side) -> Int64? {
    guard let bytes = connection.summary.traffic[side].uniqueBytes, bytes > 0,
      let items = connection.segments
    else { return nil }
    var first: Nanoseconds?
    var last: Nanoseconds = 0
    for item in items {
      switch item {
      case .segment(let segment) where segment.from == side && segment.payload > 0:
        first = first ?? segment.at
        last = max(last, segment.at)
      case .run(let run) where run.from == side && run.dataSegments > 0:
        first = first ?? run.start
        last = max(last, run.end)
      case .segment, .run: break
      }
    }
    guard let first, last &- first >= Self.shortestTransfer else { return nil }
    return Int64(exactly: (Double(bytes) * 8e9 / Double(last &- first)).rounded())
  }

  /// Over less the rate is that of one burst.
  private static let shortestTransfer: Nanoseconds = 10_000_000
}
