import Support
import TCPModel
import Timeline

/// Services as rows of a table to read, the same for a terminal and for Markdown.
struct ServiceTable {
  let report: ServiceReport
  private let texts: Texts

  init(_ report: ServiceReport, _ options: DiagramOptions = DiagramOptions()) {
    self.report = report
    texts = Texts.of(options.language)
  }

  var columns: [TextTable.Column] {
    [
      .init(texts("column.service"), .left),
      .init(texts("column.connections"), .right),
      .init(texts("column.failed"), .right, rank: 2),
      .init(texts("column.atOnce"), .right, rank: 7),
      .init(texts("column.handshakeP50"), .right, rank: 4),
      .init(texts("column.tlsP50"), .right, rank: 6),
      .init(texts("column.serverP50"), .right),
      .init(texts("column.p90"), .right, rank: 3),
      .init(texts("column.p99"), .right),
      .init(texts("column.firstByteP50"), .right, rank: 5),
      .init(texts("column.durationP50"), .right, rank: 1),
      .init(texts("column.p99"), .right, rank: 3),
      .init(texts("column.repeated"), .right, rank: 8),
      .init(texts("column.requestsEach"), .right, rank: 9),
      .init(texts("column.whoseTime"), .left, rank: 10),
      .init(texts("column.begunOverTime"), .left, rank: 11),
    ]
  }

  func cells(of service: Service) -> [TextTable.Cell] {
    func time(_ value: Nanoseconds?) -> TextTable.Cell {
      .init(value.map(Quantity.duration) ?? "")
    }
    let failed = service.failed
    let server = service[.serverTime]
    return [
      .init(service.key.safeToShow),
      .init(Quantity.count(service.connections)),
      .init(failed > 0 ? Quantity.count(failed) + (service.assumed > 0 ? "?" : "") : "", .bad),
      .init(Quantity.count(service.concurrencyMax)),
      time(service[.handshake].p50),
      time(service[.tls].p50),
      time(server.p50),
      time(server.p90),
      time(server.p99),
      time(service[.firstByte].p50),
      time(service[.duration].p50),
      time(service[.duration].p99),
      .init(ServiceTable.percent(service.retransmissionShare), .doubtful),
      .init(service.exchangesPerConnection.map(ServiceTable.decimal) ?? ""),
      .init(LimitWords.shares(service.blame, texts, most: 2)),
      .init(bars(service)),
    ]
  }

  /// `▁▃▇·█`: how many connections began in each part of the time, the most in any as the highest.
  private func bars(_ service: Service) -> String {
    guard let time = report.header.serviceTime, time.count > 1 else { return "" }
    let counts = counts(service, time)
    let most = max(1, counts.max() ?? 1)
    let heights = Array("▁▂▃▄▅▆▇█")
    return String(
      counts.map { count -> Character in
        count == 0 ? "·" : heights[min(heights.count - 1, count * heights.count / most)]
      })
  }

  private func counts(_ service: Service, _ time: ServiceTime) -> [Int] {
    var counts = Array(repeating: 0, count: time.count)
    for part in service.overTime where counts.indices.contains(part.index) {
      counts[part.index] = part.connections
    }
    return counts
  }

  var title: String {
    texts(
      "services.title",
      [
        "connections": texts.counted("unit.connections", report.header.listed),
        "by": texts(report.by),
        "services": texts.counted("unit.services", report.services.count),
      ])
  }

  /// `2.5 %`; nothing where there is nothing.
  static func percent(_ share: Double?) -> String {
    guard let share, share > 0 else { return "" }
    return decimal(share * 100) + " %"
  }

  /// One digit after the point.
  static func decimal(_ value: Double) -> String {
    let tenths = Int64((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  // MARK: Documents

  func text(_ style: TextStyle, to output: inout ByteWriter) {
    output.text(title + "\n")
    guard !report.services.isEmpty else { return }
    output.literal("\n")
    var table = TextTable(columns, style: style)
    table.begin(report.services.map(cells), to: &output)
  }

  /// - Parameter picture: The file that shows the services over time.
  func markdown(picture: String?, to output: inout ByteWriter) {
    output.text("# " + title + "\n\n")
    if let picture { output.text("![\(texts("services.picture"))](\(picture))\n\n") }
    let heads = columns.map(\.title)
    output.text("| " + heads.joined(separator: " | ") + " |\n|")
    for column in columns {
      output.literal(column.alignment == .right ? " ---: |" : " --- |")
    }
    output.literal("\n")
    for service in report.services {
      let cells = cells(of: service).map { $0.text.replacing("|", with: "\\|") }
      output.text("| " + cells.joined(separator: " | ") + " |\n")
    }
  }

  func csv(to output: inout ByteWriter) {
    var titles = ["key", "connections"] + Outcome.allCases.map(\.rawValue)
    for metric in ServiceMetric.allCases {
      titles.append("\(metric.rawValue)_count")
      titles += ["p50", "p90", "p99", "max"].map { "\(metric.rawValue)_\($0)_ns" }
    }
    titles += ["retransmission_share", "concurrency_max", "exchanges_per_connection", "limit"]
    titles += Blame.Party.allCases.map { "blame_\($0.rawValue)_ns" }
    titles += ["step_ns", "begun", "failed", "assumed"]
    output.text(titles.joined(separator: ",") + "\r\n")
    for service in report.services {
      output.text("\"" + service.key.replacing("\"", with: "\"\"") + "\"")
      var numbers = [Int64(service.connections)]
      numbers += Outcome.allCases.map { Int64(service.byOutcome[$0] ?? 0) }
      var fields = numbers.map { String($0) }
      for metric in ServiceMetric.allCases {
        let figures = service[metric]
        fields.append(String(figures.count))
        fields += [figures.p50, figures.p90, figures.p99, figures.max].map {
          $0.map { String($0) } ?? ""
        }
      }
      fields.append(service.retransmissionShare.map(ServiceTable.share) ?? "")
      fields.append(String(service.concurrencyMax))
      fields.append(service.exchangesPerConnection.map(ServiceTable.share) ?? "")
      fields.append(service.limits.dominant?.name ?? "")
      fields += Blame.Party.allCases.map { String(service.blame[$0]) }
      if let time = report.header.serviceTime {
        fields.append(String(time.step))
        fields.append(counts(service, time).map { String($0) }.joined(separator: " "))
      } else {
        fields += ["", ""]
      }
      fields += [String(service.failed), String(service.assumed)]
      output.text("," + fields.joined(separator: ",") + "\r\n")
    }
  }

  /// Six digits after the point: the same on every machine.
  static func share(_ value: Double) -> String {
    let millionths = Int64((value * 1_000_000).rounded())
    let fraction = String(millionths % 1_000_000)
    return "\(millionths / 1_000_000)." + String(repeating: "0", count: 6 - fraction.utf8.count)
      + fraction
  }
}

extension Texts {
  /// What connections are counted by.
  func callAsFunction(_ kind: ServiceKind) -> String {
    if case .subnet(let length) = kind {
      return self("services.by.subnet", ["length": String(length)])
    }
    return self("services.by." + kind.name)
  }
}
