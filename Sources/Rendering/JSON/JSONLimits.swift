import TCPModel

/// `limits` and `blame` of a connection.
enum JSONLimits {
  static func write(_ connection: Connection, to output: inout ByteWriter) {
    output.key("limits")
    guard let blame = connection.summary.blame else {
      output.null()
      output.key("blame")
      output.null()
      return
    }
    output.openObject()
    side("client", .client, connection, to: &output)
    side("server", .server, connection, to: &output)
    output.closeObject()
    write(blame, to: &output)
  }

  private static func side(
    _ key: StaticString, _ side: Side, _ connection: Connection, to output: inout ByteWriter
  ) {
    output.key(key)
    guard let limits = connection.summary.limits[side] else {
      output.null()
      return
    }
    output.openObject()
    output.key("by")
    write(limits.times, to: &output)
    output.member("dominant", plain: limits.dominant?.name)
    output.member("busy_ns", limits.busy)
    output.member("receiver_window_ns", limits.receiverWindow)
    if let intervals = connection.limitIntervals?[side] {
      list(intervals, to: &output)
      output.member("intervals_omitted", Int64(connection.limitIntervalsOmitted[side]))
    }
    output.member("bottleneck_bps", limits.bottleneck)
    output.member("send_buffer_bytes", limits.sendBuffer)
    output.member("basis", plain: limits.basis.name)
    if let kernel = limits.kernel {
      output.key("kernel")
      output.openObject()
      output.member("at_ns", kernel.at)
      output.member("busy_ns", kernel.busy)
      output.member("receiver_window_ns", kernel.receiverWindow)
      output.member("send_buffer_ns", kernel.sendBuffer)
      output.closeObject()
    }
    output.closeObject()
  }

  private static func list(_ intervals: [LimitInterval], to output: inout ByteWriter) {
    output.key("intervals")
    output.openArray()
    for interval in intervals {
      output.openObject()
      output.member("limit", plain: interval.limit.name)
      output.member("start_ns", interval.start)
      output.member("duration_ns", interval.duration)
      output.member("first_frame", interval.firstFrame)
      output.member("last_frame", interval.lastFrame)
      output.closeObject()
    }
    output.closeArray()
  }

  /// Time by class, in nanoseconds.
  static func write(_ times: LimitTimes, to output: inout ByteWriter) {
    output.openObject()
    for limit in Limit.allCases where times[limit] > 0 {
      output.member(named: limit.name, times[limit])
    }
    output.closeObject()
  }

  static func write(_ blame: Blame, to output: inout ByteWriter) {
    output.key("blame")
    output.openObject()
    output.member("client_ns", blame.client)
    output.member("server_ns", blame.server)
    output.member("network_ns", blame.network)
    output.member("unknown_ns", blame.unknown)
    output.member("dominant", plain: blame.dominant?.rawValue)
    output.closeObject()
  }
}
