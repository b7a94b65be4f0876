import TCPModel

/// What several capture points tell together.
enum JSONPaths {
  static func write(_ summary: PathsSummary, to output: inout ByteWriter) {
    output.key("points")
    output.openArray()
    for point in summary.points {
      output.openObject()
      output.member("name", point.name)
      output.member("captures", point.captures.lazy.map { Int64($0) })
      output.member("unmatched", Int64(point.unmatched))
      output.member(
        "unmatched_reasons",
        Dictionary(
          uniqueKeysWithValues: point.reasons.map { ($0.key.rawValue, Int64($0.value)) }))
      output.closeObject()
    }
    output.closeArray()
    if let last = summary.clocks.last {
      output.key("clock")
      write(last, to: &output)
    }
    if summary.clocks.count > 1 {
      output.key("clocks")
      output.openArray()
      for clock in summary.clocks {
        write(clock, of: summary.points[clock.point].name, to: &output)
      }
      output.closeArray()
    }
    output.member("pairs", Int64(summary.pairs))
    output.key("path")
    output.openObject()
    for side in Side.allCases {
      output.key(side == .client ? "client_to_server" : "server_to_client")
      output.openObject()
      output.member("matched", summary.directions[side].matched)
      output.member("lost", summary.directions[side].lost)
      counts(summary.directions[side], to: &output)
      output.closeObject()
    }
    output.closeObject()
  }

  private static func write(
    _ clock: ClockComparison, of name: String? = nil, to output: inout ByteWriter
  ) {
    output.openObject()
    if let name { output.member("name", name) }
    output.member("reference", clock.reference)
    output.member("offset_ns", clock.offset)
    output.member("uncertainty_ns", clock.uncertainty)
    output.member("skew_ppm", thousandths: clock.skewPPM)
    output.member("skew_uncertainty_ppm", thousandths: clock.skewUncertaintyPPM)
    output.key("steps")
    output.openArray()
    var offset = clock.offset
    for step in clock.steps {
      // The first point's clock going forward brings the other one nearer.
      offset = offset.map { step.point == 0 ? $0 &- step.size : $0 &+ step.size }
      output.openObject()
      output.member("capture", Int64(step.place.capture))
      output.member("frame", step.place.frame)
      output.member("offset_ns", offset)
      output.member("by_ns", step.size)
      output.closeObject()
    }
    output.closeArray()
    output.closeObject()
  }

  static func write(_ connection: ConnectionSummary, to output: inout ByteWriter) {
    output.key("path")
    guard let path = connection.path else {
      output.null()
      output.member("unmatched", plain: connection.unmatched?.rawValue)
      output.member("proxied", connection.proxied.lazy.map { Int64($0) })
      return
    }
    output.openObject()
    write("client_to_server", path.directions.client, path.points, to: &output)
    write("server_to_client", path.directions.server, path.points, to: &output)
    output.closeObject()
    write(path.rewritten, to: &output)
    messages(path, to: &output)
    output.member("proxied", connection.proxied.lazy.map { Int64($0) })
    output.key("points")
    output.openArray()
    for point in path.points {
      output.openObject()
      output.member("name", point.name)
      output.member("capture", Int64(point.first.capture))
      output.member("first_frame", point.first.frame)
      output.member("last_frame", point.last.frame)
      output.closeObject()
    }
    output.closeArray()
  }

  private static func write(
    _ key: StaticString, _ direction: PathDirection, _ points: [PathPoint],
    to output: inout ByteWriter
  ) {
    output.key(key)
    output.openObject()
    output.member("matched", direction.matched)
    output.member("lost", direction.lost)
    output.member("lost_frames", direction.lostFrames.lazy.map(\.frame))
    if let first = direction.lostFrames.first,
      direction.lostFrames.contains(where: { $0.capture != first.capture })
    {
      output.member("lost_captures", direction.lostFrames.lazy.map { Int64($0.capture) })
    }
    if !direction.lostAfter.isEmpty {
      output.key("lost_between")
      output.openArray()
      for (near, far) in zip(points, points.dropFirst()) {
        let lost = zip(direction.lostFrames, direction.lostAfter).filter {
          Int($1) == near.point
        }
        if lost.isEmpty { continue }
        output.openObject()
        output.member("points", [near.name, far.name])
        output.member("lost", Int64(lost.count))
        output.member("lost_frames", lost.lazy.map(\.0.frame))
        output.closeObject()
      }
      output.closeArray()
    }
    counts(direction, to: &output)
    if !direction.injectedFrames.isEmpty {
      output.member("injected_frames", direction.injectedFrames.lazy.map(\.frame))
    }
    if !direction.undeliveredSegments.isEmpty {
      output.member("undelivered_frames", direction.undeliveredSegments.lazy.map(\.frame))
    }
    output.closeObject()
  }

  private static func messages(_ path: ConnectionPath, to output: inout ByteWriter) {
    if path.messages.isEmpty { return }
    output.key("icmp")
    output.openArray()
    for message in path.messages {
      output.openObject()
      output.member("about", message.about.name)
      output.member("message", message.name)
      output.key("sender")
      output.value(message.sender)
      output.member("fate", plain: message.fate.rawValue)
      output.key("seen")
      output.openArray()
      for sight in message.sights {
        output.openObject()
        output.member(
          "point", path.points.first { $0.point == sight.point }?.name ?? "")
        output.member("capture", Int64(sight.place.capture))
        output.member("frame", sight.place.frame)
        output.closeObject()
      }
      output.closeArray()
      output.closeObject()
    }
    output.closeArray()
  }

  /// What one connection and all together have.
  private static func counts(_ direction: PathDirection, to output: inout ByteWriter) {
    output.member("duplicated", direction.duplicated)
    output.member("reordered", direction.reordered)
    output.member("injected", direction.injected)
    output.member("needless", direction.needless)
    output.member("undelivered_bytes", direction.undelivered)
    output.member("resegmented", direction.resegmented)
    output.key("oversized")
    output.openObject()
    output.member("sent", direction.oversized.sender)
    output.member("arrived", direction.oversized.receiver)
    output.member("largest_sent", Int64(direction.largest.sender))
    output.member("largest_arrived", Int64(direction.largest.receiver))
    output.closeObject()
    output.member("ce_marked", direction.ceMarked)
    output.member("unknown", direction.unknown)
    output.key("delay")
    if let delay = direction.delay {
      output.openObject()
      output.member("count", delay.count)
      output.member("min_ns", delay.min)
      output.member("median_ns", delay.median)
      output.member("p95_ns", delay.p95)
      output.member("max_ns", delay.max)
      output.closeObject()
    } else {
      output.null()
    }
  }

  private static func write(_ rewritten: PathRewrites, to output: inout ByteWriter) {
    output.key("rewritten")
    if rewritten.isNothing {
      output.null()
    } else {
      output.openObject()
      pair("client_address", rewritten.clientAddress, to: &output) { $1.value($0) }
      pair("client_port", rewritten.clientPort, to: &output) { $1.value(Int64($0)) }
      pair("server_address", rewritten.serverAddress, to: &output) { $1.value($0) }
      pair("server_port", rewritten.serverPort, to: &output) { $1.value(Int64($0)) }
      output.member("client_isn_delta", rewritten.isnDelta.client.map(Int64.init))
      output.member("server_isn_delta", rewritten.isnDelta.server.map(Int64.init))
      sides("mss", rewritten.mss, to: &output)
      sides("window_scale", rewritten.windowScale, to: &output)
      sides("dscp", rewritten.dscp, to: &output)
      output.key("ecn_cleared")
      if rewritten.ecnCleared.client + rewritten.ecnCleared.server > 0 {
        output.openObject()
        output.member("client", rewritten.ecnCleared.client)
        output.member("server", rewritten.ecnCleared.server)
        output.closeObject()
      } else {
        output.null()
      }
      output.member("options_stripped", rewritten.optionsStripped)
      output.member("options_added", rewritten.optionsAdded)
      output.member("sack_not_translated", rewritten.sackNotTranslated)
      output.closeObject()
    }
    output.key("hops")
    output.openObject()
    output.member("client_to_server", rewritten.hops.client.map(Int64.init))
    output.member("server_to_client", rewritten.hops.server.map(Int64.init))
    output.closeObject()
  }

  private static func pair<Value>(
    _ key: StaticString, _ rewrite: Rewrite<Value>?, to output: inout ByteWriter,
    _ write: (Value, inout ByteWriter) -> Void
  ) {
    output.key(key)
    guard let rewrite else { return output.null() }
    output.openArray()
    write(rewrite.atClient, &output)
    write(rewrite.atServer, &output)
    output.closeArray()
  }

  private static func sides<Value: FixedWidthInteger>(
    _ key: StaticString, _ rewrites: PerSide<Rewrite<Value>?>, to output: inout ByteWriter
  ) {
    output.key(key)
    guard rewrites.client != nil || rewrites.server != nil else { return output.null() }
    output.openObject()
    if let client = rewrites.client {
      output.member("client", [Int64(client.atClient), Int64(client.atServer)])
    }
    if let server = rewrites.server {
      output.member("server", [Int64(server.atClient), Int64(server.atServer)])
    }
    output.closeObject()
  }
}

extension ByteWriter {
  /// A number with three decimals.
  fileprivate mutating func member(_ name: StaticString, thousandths value: Double?) {
    guard let value, value.magnitude < 1e12 else { return member(name, nil as Int64?) }
    let thousandths = Int64((value * 1000).rounded())
    key(name)
    openNumber()
    seconds(thousandths &* 1_000_000, places: 3)
  }
}
