import Support
import TCPModel
import Timeline

/// Both ends of a connection beside each other, by sender: what they offered, sent, repeated, and how
/// far the other end was.
struct TextEnds {
  private let connection: Connection
  private let style: TextStyle
  private let texts: Texts

  init(_ connection: Connection, style: TextStyle, _ texts: Texts) {
    self.connection = connection
    self.style = style
    self.texts = texts
  }

  func write(to output: inout ByteWriter) {
    output.literal("\n")
    style.paint(texts("head.ends"), .heading, to: &output)
    output.literal("\n")
    var table = TextTable(
      [
        .init("", .left), .init(texts("column.client"), .right),
        .init(texts("column.server"), .right),
      ], style: style)
    let rows = self.rows.filter { !$0.values.client.isEmpty || !$0.values.server.isEmpty }
    table.begin(
      rows.map { row in
        [.init("  " + row.name), .init(row.values.client), .init(row.values.server)]
      }, to: &output)
  }

  private typealias Row = (name: String, values: PerSide<String>)

  private var rows: [Row] { offers + amounts + troubles + ways }

  private func row(_ key: String, _ value: (Side) -> String?) -> Row {
    (texts("ends." + key), PerSide(client: value(.client) ?? "", server: value(.server) ?? ""))
  }

  private func count(_ value: Int64?) -> String? {
    value.flatMap { $0 > 0 ? Quantity.count($0) : nil }
  }

  private var offers: [Row] {
    let options = connection.summary.handshake.options
    return [
      row("mss") { options[$0]?.mss.map { Quantity.count(Int($0)) } },
      row("windowScale") {
        options[$0]?.windowScale.map { $0 < 15 ? "x\(1 << Int($0))" : "\($0)" }
      },
      row("options") { side in
        guard let offered = options[side] else { return nil }
        let names = [
          (offered.sackPermitted, "SACK"), (offered.timestamps, texts("ends.timestamps")),
          (offered.fastOpen, "Fast Open"),
        ].filter(\.0).map(\.1)
        return names.isEmpty ? texts("ends.none") : names.joined(separator: ", ")
      },
      row("process") { connection.processes[$0]?.name?.safeToShow },
    ]
  }

  private var amounts: [Row] {
    let traffic = connection.summary.traffic
    return [
      row("segments") { Quantity.count(traffic[$0].segments) },
      row("payload") { Quantity.bytes(traffic[$0].payloadBytes) },
      row("distinct") { side in
        let unique = traffic[side].uniqueBytes
        return unique == traffic[side].payloadBytes ? nil : unique.map(Quantity.bytes)
      },
      row("throughput") { throughput(of: $0).map(Quantity.bitRate) },
      row("bottleneck") { side in
        connection.summary.limits[side]?.bottleneck.map(Quantity.bitRate)
      },
      row("largestWindow") { traffic[$0].maxWindow.map(Quantity.bytes) },
      row("missing") { side in
        traffic[side].missingBytes.flatMap { $0 > 0 ? Quantity.bytes($0) : nil }
      },
    ]
  }

  private var troubles: [Row] {
    let traffic = connection.summary.traffic
    func counted(_ key: String, _ count: @escaping (AnalysisCounts) -> UInt32) -> Row {
      row(key) { side in
        connection.summary.analysis.flatMap { self.count(Int64(count($0[side]))) }
      }
    }
    return [
      row("sentAgain") { side in
        guard let segments = traffic[side].retransmittedSegments, segments > 0 else { return nil }
        let bytes = traffic[side].retransmittedBytes ?? 0
        return Quantity.count(segments) + (bytes > 0 ? " (\(Quantity.bytes(bytes)))" : "")
      },
      counted("spurious", \.spuriousRetransmissions),
      counted("outOfOrder", \.outOfOrder),
      counted("duplicateACKs", \.duplicateACKs),
      counted("zeroWindows", \.zeroWindows),
      counted("windowFull", \.windowFull),
      counted("keepAlives", \.keepAlives),
      counted("challengeACKs", \.challengeACKs),
      row("rst") { count(traffic[$0].rst) },
    ]
  }

  private var ways: [Row] {
    let summary = connection.summary
    // Times of the receiver alone are no round trips. With both captures each is measured at its sender.
    func isFar(_ side: Side) -> Bool {
      summary.path == nil && summary.vantage.isReceiver(of: side)
    }
    var rtt = summary.rtt
    for side in Side.allCases where isFar(side) { rtt[side] = nil }
    func asSender(_ side: Side, _ time: (TransferLimits) -> Nanoseconds?) -> String? {
      isFar(side) ? summary.limits[side].flatMap(time).map(Quantity.duration) : nil
    }
    return [
      row("rttCount") { count(rtt[$0]?.samples) },
      row("rttLeast") { side in
        rtt[side].map { Quantity.duration($0.min) } ?? asSender(side, \.leastRoundTrip)
      },
      row("rttMean") { side in
        rtt[side].map { Quantity.duration($0.mean) } ?? asSender(side, \.meanRoundTrip)
      },
      row("rttMost") { rtt[$0].map { Quantity.duration($0.max) } },
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
