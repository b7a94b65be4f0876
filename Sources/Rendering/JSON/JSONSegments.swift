import TCPModel

/// A connection's segments, one JSON object each (`--segments`).
enum JSONSegments {
  static func write(_ items: [TimelineItem], to output: inout ByteWriter) {
    output.key("segments")
    output.openArray()
    for item in items {
      switch item {
      // Frames are those of one capture.
      case .segment(let segment) where segment.isSeenFarOnly: continue
      case .segment(let segment): write(segment, to: &output)
      case .run(let run): write(run, to: &output)
      }
    }
    output.closeArray()
  }

  private static func write(_ segment: SegmentDetail, to output: inout ByteWriter) {
    output.openObject()
    output.member("frame", segment.frame)
    output.member("at_ns", segment.at)
    output.member("from", plain: segment.from.name)
    output.member("flags", segment.flags.names)
    output.member("seq", segment.sequence)
    output.member("ack", segment.acknowledgment)
    output.member("payload", segment.payload)
    output.member("window", segment.window)
    options(of: segment, to: &output)
    output.closeObject()
  }

  /// A folded run: the connection has more segments than were kept.
  private static func write(_ run: SegmentRun, to output: inout ByteWriter) {
    output.openObject()
    output.member("first_frame", run.firstFrame)
    output.member("last_frame", run.lastFrame)
    output.member("at_ns", run.start)
    output.member("end_ns", run.end)
    output.member("from", plain: run.from.name)
    output.member("data_segments", Int64(run.dataSegments))
    output.member("ack_segments", Int64(run.ackSegments))
    output.member("payload", run.payload)
    output.member("seq", run.firstSequence)
    output.member("end_seq", run.lastSequence)
    output.closeObject()
  }

  /// Only the options that are there; SACK edges are relative, as `ack` is.
  private static func options(of segment: SegmentDetail, to output: inout ByteWriter) {
    let options = segment.options
    output.key("options")
    output.openObject()
    if options.kinds.contains(.mss) { output.member("mss", Int64(options.mss)) }
    if options.kinds.contains(.windowScale) {
      output.member("window_scale", Int64(options.windowScale))
    }
    if options.kinds.contains(.sackPermitted) { output.member("sack_permitted", true) }
    if options.kinds.contains(.timestamps) {
      output.key("timestamps")
      output.openObject()
      output.member("value", Int64(options.timestampValue))
      output.member("echo", Int64(options.timestampEcho))
      output.closeObject()
    }
    if options.kinds.contains(.sack), let acknowledgment = segment.acknowledgment {
      let base = SequenceNumber(segment.rawAcknowledgment)
      output.key("sack")
      output.openArray()
      for index in 0..<min(Int(options.sackCount), 4) {
        let block = options.sack[index]
        output.openArray()
        output.value(acknowledgment &+ Int64(base.distance(to: block.left)))
        output.value(acknowledgment &+ Int64(base.distance(to: block.right)))
        output.closeArray()
      }
      output.closeArray()
    }
    if options.kinds.contains(.fastOpen) {
      output.key("fast_open")
      output.openObject()
      output.member("cookie_bytes", Int64(options.fastOpenCookieLength))
      output.closeObject()
    }
    if options.kinds.contains(.multipath) { output.member("multipath", true) }
    if options.kinds.contains(.md5) { output.member("md5", true) }
    if options.kinds.contains(.authentication) { output.member("authentication", true) }
    if options.kinds.contains(.userTimeout) { output.member("user_timeout", true) }
    if options.kinds.contains(.malformed) { output.member("malformed", true) }
    if options.kinds.contains(.cut) { output.member("cut", true) }
    output.closeObject()
  }
}
