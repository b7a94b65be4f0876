import Rendering
import Support
import TCPModel
import Timeline

/// Connections made by hand: one that has everything, one of which nothing is known.
enum ReportFixture {
  static let client = Endpoint(address: IPAddress(ipv4: 0xC000_0201), port: 40_000)
  static let server = Endpoint(address: IPAddress(ipv6: 0x2001_0DB8_0000_0000, 2), port: 443)
  static let start = Timestamp(nanoseconds: 1_700_000_000_004_184_000)

  /// Text that would break a table, a page, a document or a terminal if it were let.
  static let hostile = "a|b`c\"d'<script>]]>&\\\u{1B}[31m\r\n\u{202E}\u{9B}é한"

  static var full: Connection {
    var summary = ConnectionSummary(
      id: 7, client: client, server: server, roleBasis: .syn, start: start,
      end: start.advanced(by: 1_500_000_000), firstFrame: 11, lastFrame: 29)
    summary.outcome = .closed
    summary.completeness = 31
    summary.connState = "SF"
    summary.history = "ShADadFf"
    summary.zeekDuration = 1_500_000_000
    summary.handshake = handshake
    summary.vantage = .client
    summary.teardown = Teardown(kind: .fourWay)
    summary.teardown.initiator = .client
    summary.teardown.start = 1_400_000_000
    summary.teardown.duration = 100_000_000
    summary.teardown.halfClosed = 50_000_000
    summary.teardown.landmarks = [26, 27, 28, 29, 0]
    summary.timings.handshake = 20_000_000
    summary.timings.firstByte = 60_000_000
    summary.timings.exchanges = 1
    for (side, payload) in [(Side.client, Int64(180)), (.server, 2_500)] {
      summary.traffic[side].segments = 9
      summary.traffic[side].payloadBytes = payload
      summary.traffic[side].uniqueBytes = payload
      summary.traffic[side].retransmittedSegments = 1
      summary.traffic[side].retransmittedBytes = 100
      summary.traffic[side].missingBytes = 20
      summary.traffic[side].maxWindow = 65_535
      summary.rtt[side] = RoundTrips(samples: 3, min: 1, mean: 2, max: 3)
    }
    var counts = AnalysisCounts()
    counts.retransmissions = 4
    summary.analysis = PerSide(both: counts)
    var connection = Connection(summary: summary)
    connection.phases = [
      Phase(name: .handshake, start: 0, duration: 20_000_000, firstFrame: 11, lastFrame: 13),
      Phase(
        name: .timeWait, start: 1_500_000_000, duration: 60_000_000_000, firstFrame: nil,
        lastFrame: nil, basis: .assumed),
    ]
    connection.phasesOmitted = 3
    connection.states.client = [
      StateChange(state: .closed, at: nil, frame: nil, basis: .assumed),
      StateChange(state: .synSent, at: 0, frame: 11, basis: .observed),
    ]
    connection.states.server = [
      StateChange(state: .listen, at: nil, frame: nil, basis: .assumed),
      StateChange(state: .synReceived, at: 0, frame: 11, basis: .inferred),
    ]
    connection.events = [
      Event(at: 5, frame: 12, from: .server, kind: .rst, wording: Wording(verbatim: hostile))
    ]
    connection.segments = [.segment(segment)]
    return connection
  }

  private static var handshake: Handshake {
    var handshake = Handshake()
    handshake.kind = .threeWay
    handshake.syn = 0
    handshake.synACK = 19_000_000
    handshake.ack = 20_000_000
    handshake.rtt = 20_000_000
    handshake.serverRTT = 19_000_000
    handshake.clientRTT = 1_000_000
    handshake.isn = PerSide(client: 4_294_967_295, server: 0)
    handshake.options = PerSide(
      client: Handshake.Options(mss: 1460, windowScale: 7, sackPermitted: true, timestamps: true),
      server: Handshake.Options(mss: nil))
    return handshake
  }

  private static var segment: SegmentDetail {
    var options = TCPOptions()
    options.kinds = [.timestamps, .sack]
    options.timestampValue = 4_000_000_000
    options.timestampEcho = 1
    options.sackCount = 1
    // The peer's ISN is 2^32 - 1, so that relative 1001 is absolute 1000.
    options.sack[0] = SACKBlock(left: SequenceNumber(2000), right: SequenceNumber(3000))
    var segment = SegmentDetail(
      frame: 12, at: 5, from: .server, flags: [.psh, .ack], sequence: 1, acknowledgment: 1001,
      payload: 100, window: 66_560, options: options)
    segment.rawAcknowledgment = 1000
    return segment
  }

  static var unknown: Connection {
    Connection(
      summary: ConnectionSummary(
        id: 8, client: client, server: server, roleBasis: .firstSegment, start: start, end: start,
        firstFrame: 30, lastFrame: 30))
  }

  static var header: ReportHeader {
    var capture = CaptureInfo(path: "dir/\(hostile).pcap", format: .pcapng)
    capture.linkTypes = ["ETHERNET"]
    capture.skipped = ["non_ip": 3]
    capture.warnings = [hostile]
    capture.firstTime = start
    capture.lastTime = start.advanced(by: 1_500_000_000)
    var summary = TraceSummary()
    summary.connections = 2
    summary.byOutcome = [.closed: 1, .open: 1]
    summary.start = start
    summary.end = start.advanced(by: 1_500_000_000)
    var header = ReportHeader(captures: [capture], summary: summary)
    header.names = [client.address: hostile]
    header.findings = [
      Finding(
        kind: .reset, severity: .warning, connections: [7], frames: [28],
        wording: Wording(verbatim: hostile),
        evidence: [.init("count", .number(3)), .init("who", .text(hostile))])
    ]
    return header
  }

  static var document: ReportDocument {
    var aggregate = OverviewAggregate()
    for connection in [full, unknown] { aggregate.add(connection.summary) }
    var document = ReportDocument(header: header, aggregate: aggregate)
    document.rows = [full.summary, unknown.summary]
    document.bars = [full, unknown]
    document.details = [full]
    document.ranking = [7, 8]
    return document
  }

  /// What a writer makes of both.
  static func text(_ writer: some ReportWriter) -> String {
    var writer = writer
    var output = ByteWriter()
    writer.begin(header, to: &output)
    writer.write(full, to: &output)
    writer.write(unknown, to: &output)
    writer.end(to: &output)
    return String(decoding: output.takeBytes(), as: UTF8.self)
  }
}

extension String {
  /// Whether it could do to a terminal what text must not.
  var holdsControls: Bool {
    unicodeScalars.contains {
      ($0.value < 0x20 && $0 != "\n" && $0 != "\r") || (0x7F...0x9F).contains($0.value)
        || (0x202A...0x202E).contains($0.value)
    }
  }
}
