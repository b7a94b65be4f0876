import TCPModel

/// `services[]` of the JSON report.
enum JSONServices {
  static func write(_ services: [Service], _ time: ServiceTime?, to output: inout ByteWriter) {
    output.key("services")
    output.openArray()
    for service in services { write(service, time, to: &output) }
    output.closeArray()
  }

  static func write(_ service: Service, _ time: ServiceTime?, to output: inout ByteWriter) {
    output.openObject()
    output.member("key", service.key)
    output.member("connections", Int64(service.connections))
    output.member("assumed", Int64(service.assumed))
    output.key("by_outcome")
    output.openObject()
    for outcome in Outcome.allCases {
      guard let count = service.byOutcome[outcome], count > 0 else { continue }
      output.member(named: outcome.rawValue, Int64(count))
    }
    output.closeObject()
    for metric in ServiceMetric.allCases {
      output.key(key(metric))
      let figures = service[metric]
      output.openObject()
      output.member("count", Int64(figures.count))
      output.member("p50_ns", figures.p50)
      output.member("p90_ns", figures.p90)
      output.member("p99_ns", figures.p99)
      output.member("max_ns", figures.max)
      output.closeObject()
    }
    output.key("retransmission_share")
    output.value(share: service.retransmissionShare)
    output.member("concurrency_max", Int64(service.concurrencyMax))
    output.key("exchanges_per_connection")
    output.value(share: service.exchangesPerConnection)
    output.key("limits")
    JSONLimits.write(service.limits, to: &output)
    JSONLimits.write(service.blame, to: &output)
    if let time { write(service.overTime, time, to: &output) }
    output.closeObject()
  }

  private static func write(
    _ parts: [ServicePart], _ time: ServiceTime, to output: inout ByteWriter
  ) {
    output.key("over_time")
    output.openObject()
    output.member("step_ns", time.step)
    output.key("parts")
    output.openArray()
    for part in parts {
      output.openObject()
      output.member("start", time.start(of: part.index))
      output.member("connections", Int64(part.connections))
      output.member("failed", Int64(part.failed))
      output.member("server_time_p50_ns", part.serverTime)
      output.closeObject()
    }
    output.closeArray()
    output.closeObject()
  }

  private static func key(_ metric: ServiceMetric) -> StaticString {
    switch metric {
    case .handshake: "handshake"
    case .tls: "tls"
    case .serverTime: "server_time"
    case .firstByte: "first_byte"
    case .duration: "duration"
    case .rtt: "rtt"
    }
  }
}

extension ByteWriter {
  /// A number with six digits after the point.
  mutating func value(share: Double?) {
    guard let share else { return null() }
    if needsComma { byte(UInt8(ascii: ",")) }
    text(ServiceTable.share(share))
    needsComma = true
  }
}
