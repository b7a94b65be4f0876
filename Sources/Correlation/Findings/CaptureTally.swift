import Support
import TCPModel

/// What a capture lacks, in all of its connections together, and how far it can be trusted therefore.
struct CaptureTally {
  private struct Capture {
    var info: CaptureInfo?
    var missing: Int64 = 0
    var copies: Int64 = 0
    var connections: [Int] = []
    var frames: [Int64] = []
    var incomplete = 0
    var described = 0
    var oneWay = 0
    var setBack = 0
    /// Those whose times go backwards.
    var backwards: [Int] = []
    /// Where they first do.
    var backwardFrames: [Int64] = []
    /// Of one segment with a wrong checksum.
    var corrupt = 0
    /// The second legs of connections captured before and behind a translator of addresses.
    var legs = 0
    /// Those with findings whose sides nothing but ports tell.
    var assumed = 0

    /// A long step back between connections alone: it spoils no time of theirs, and is worth a word.
    var leap: CaptureInfo.StepBack? {
      guard setBack == 0, let info, info.tcpSegments > 0, let step = info.stepBack,
        step.size >= longStep
      else { return nil }
      return step
    }
  }

  private var captures: [Capture]

  init(_ infos: [CaptureInfo]) {
    captures = infos.map { Capture(info: $0) }
  }

  /// A hole in what was captured, an acknowledgment beyond it, or a direction that is not there.
  @inline(__always)
  static func mayBe(inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds) -> Bool {
    record.endpoint(.low).lacksData || record.endpoint(.high).lacksData
  }

  mutating func add(_ connection: ConnectionSummary) {
    while captures.count <= connection.capture { captures.append(Capture()) }
    Self.add(connection, to: &captures[connection.capture])
  }

  private static func add(_ connection: ConnectionSummary, to capture: inout Capture) {
    if connection.landmarks.isCorrupt {
      capture.corrupt += 1
      return
    }
    capture.described += 1
    // An ACK of another connection on the same ports acknowledges nothing of this one.
    let isForeign =
      connection.landmarks.firstChallengeACK != nil
      && connection.landmarks.firstGap == connection.landmarks.firstChallengeACK
    let missing =
      isForeign || acknowledgesNonsense(connection)
      ? 0
      : missing(.client, of: connection) + missing(.server, of: connection)
    let isOneWay = !connection.isTwoWay && connection.outcome != .unanswered
    if isOneWay { capture.oneWay += 1 }
    if missing > 0, !isOneWay {
      capture.missing += missing
      capture.incomplete += 1
      if capture.connections.count < Finding.namedConnections {
        capture.connections.append(connection.id)
        if let frame = connection.landmarks.firstGap { capture.frames.append(frame) }
      }
    }
    if let analysis = connection.analysis {
      capture.copies +=
        Int64(analysis.client.duplicateFrames) + Int64(analysis.server.duplicateFrames)
    }
    if connection.landmarks.clockWentBackwards {
      capture.setBack += 1
      if capture.backwards.count < Finding.namedConnections {
        capture.backwards.append(connection.id)
        if let frame = connection.landmarks.clockBackwards { capture.backwardFrames.append(frame) }
      }
    }
  }

  /// What befell it was told of its other leg.
  mutating func addLeg(_ connection: ConnectionSummary) {
    captures[connection.capture].legs += 1
  }

  /// What is found in it names sides that no SYN tells.
  mutating func addAssumed(_ connection: ConnectionSummary) {
    captures[connection.capture].assumed += 1
  }

  /// One number that was acknowledged and not seen is a FIN, which a filter for data leaves out.
  private static func missing(_ side: Side, of connection: ConnectionSummary) -> Int64 {
    let traffic = connection.traffic[side]
    let missing = traffic.missingBytes ?? 0
    return missing == 1 && traffic.fin == 0 ? 0 : missing
  }

  /// Nobody acknowledged the SYN/ACK, but more than a server sends before that, of which nothing was captured:
  /// the number is wrong, not the capture.
  private static func acknowledgesNonsense(_ connection: ConnectionSummary) -> Bool {
    let server = connection.traffic.server
    return connection.handshake.synACK != nil && connection.handshake.ack == nil
      && server.payloadBytes == 0 && server.missingBytes ?? 0 > 65_535
  }

  // MARK: Findings

  /// Of each capture what it lacks, and how far its times go back.
  var findings: [RankedFinding] {
    captures.compactMap(Self.drops) + captures.compactMap(Self.stepBack)
  }

  private static let longStep: Nanoseconds = 1_000_000_000

  private static func stepBack(_ capture: Capture) -> RankedFinding? {
    guard let info = capture.info, info.hasStep, let step = info.stepBack,
      capture.setBack > 0 || capture.leap != nil
    else { return nil }
    var evidence = Evidence()
    evidence.add("path", info.path)
    evidence.add("by_ns", step.size)
    evidence.add("backwards_frame", step.frame)
    evidence.add("connections", capture.setBack)
    return RankedFinding(
      Finding(
        kind: .clockBackwards, severity: .info, connections: capture.backwards,
        frames: Set([step.frame - 1, step.frame] + capture.backwardFrames).sorted(),
        wording: Wording(
          capture.setBack > 0
            ? "finding.clock_backwards.capture" : "finding.clock_backwards.between",
          [
            "size": .duration(step.size), "frame": .digits(step.frame),
            "connections": .counted("unit.connections", capture.setBack),
          ]), evidence: evidence.items))
  }

  private static func drops(_ capture: Capture) -> RankedFinding? {
    let drops = capture.info?.interfaceDrops ?? 0
    guard drops > 0 || capture.missing > 0 else { return nil }
    var parts: [Wording.Value] = []
    if drops > 0 { parts.append(.counted("capture.dropped", drops)) }
    if capture.missing > 0 {
      parts.append(
        .said(
          "capture.missing",
          [
            "bytes": .counted("unit.bytes", capture.missing),
            "where": FindingGroup.subject(capture.incomplete, capture.connections[0]),
          ]))
    }
    var evidence = Evidence()
    evidence.add("path", capture.info?.path)
    if drops > 0 { evidence.add("interface_drops", drops) }
    if capture.missing > 0 {
      evidence.add("missing_bytes", capture.missing)
      evidence.add("connections", capture.incomplete)
    }
    return RankedFinding(
      Finding(
        kind: .captureDrops, severity: .warning, connections: capture.connections,
        frames: capture.frames.sorted(),
        wording: Wording(
          "finding.capture_drops", ["parts": .list(parts, joined: "list.semicolon")]),
        evidence: evidence.items))
  }

  // MARK: Trust

  var trust: [CaptureTrust] { captures.filter { $0.info != nil }.map(Self.trust) }

  private static func trust(_ capture: Capture) -> CaptureTrust {
    var trust = CaptureTrust()
    let info = capture.info
    if let drops = info?.interfaceDrops, drops > 0 {
      trust.note(
        loss: .unsound, "\(Quantity.counted(drops, "frame")) dropped by the capturing host")
    }
    if capture.missing > 0 {
      let many = capture.incomplete * 20 >= capture.described || capture.missing > 1_000_000
      trust.note(
        loss: many ? .unsound : .care,
        "\(Quantity.counted(capture.missing, "byte")) acknowledged but not captured in "
          + Quantity.counted(capture.incomplete, "connection"))
    }
    if capture.oneWay > 0 {
      trust.note(
        loss: .care,
        "only one direction captured of \(Quantity.counted(capture.oneWay, "connection"))",
        Wording(
          "trust.oneDirection", ["connections": .counted("unit.connections", capture.oneWay)]))
    }
    if info?.isTruncated == true { trust.note(loss: .care, "the file ends inside a record") }
    if capture.copies > 0 {
      trust.note(
        loss: .care, "\(Quantity.counted(capture.copies, "frame")) captured more than once",
        Wording("trust.copies", ["frames": .counted("unit.frames", capture.copies)]))
    }
    if let invalid = info?.invalidTimes, invalid > 0 {
      trust.note(
        timing: .unsound,
        "a second or more behind the point of the time of \(Quantity.counted(invalid, "frame"))",
        Wording("trust.invalidTimes", ["frames": .counted("unit.frames", invalid)]))
    }
    if capture.setBack > 0 {
      trust.note(
        timing: .unsound,
        "times go backwards in \(Quantity.counted(capture.setBack, "connection"))")
    }
    if let step = capture.leap {
      trust.note(
        timing: .care,
        "frame \(step.frame) is \(Quantity.duration(step.size)) earlier than the one before it")
    }
    if capture.corrupt > 0 {
      trust.note(
        loss: .care,
        "a wrong IPv4 header checksum in the only segment of "
          + Quantity.counted(capture.corrupt, "connection"),
        Wording("trust.corrupt", ["connections": .counted("unit.connections", capture.corrupt)]))
    }
    if capture.legs > 0 {
      trust.note(
        loss: .sound,
        "\(Quantity.counted(capture.legs, "connection")) captured before and behind a translator of"
          + " addresses",
        Wording("trust.legs", ["connections": .counted("unit.connections", capture.legs)]))
    }
    if capture.assumed > 0 {
      trust.note(
        loss: .sound,
        "the opening of \(Quantity.counted(capture.assumed, "connection")) with findings not captured:"
          + " which end is the client is assumed from ports, or from who speaks first",
        Wording("trust.sides", ["connections": .counted("unit.connections", capture.assumed)]))
    }
    return trust
  }
}

extension UnsafePointer<EndpointRecord> {
  fileprivate var lacksData: Bool {
    let coverage = pointee.coverage
    return coverage.holes != 0 || coverage.isAcked && coverage.highest.isBefore(coverage.acked)
      || pointee.segments == 0
  }
}
