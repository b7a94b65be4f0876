import Support
import TCPModel

extension OutputFormat {
  public static let csv = {
    var format = OutputFormat("csv", endings: ["csv"])
    format.isData = true
    format.connections = .each(need: .summary) { _ in CSVReport() }
    format.services = { report, _, output throws(RenderingFailure) in
      ServiceTable(report).csv(to: &output)
      return []
    }
    return format
  }()
}

/// RFC 4180 with a header row: a connection a row, the scalar keys of the JSON as columns
/// (`client.address` is `client_address`). Unknown is an empty field. The RFC's line ending is
/// CR LF.
public struct CSVReport: ReportWriter {
  public var writesRows: Bool { true }
  private var names: [IPAddress: String] = [:]
  private var showsPaths = false

  public init() {}

  public mutating func begin(_ header: ReportHeader, to output: inout ByteWriter) {
    names = header.names
    output.literal(Self.titles)
    showsPaths = header.paths != nil
    if showsPaths { output.literal(Self.pathTitles) }
    output.literal("\r\n")
  }

  public mutating func write(_ connection: Connection, to output: inout ByteWriter) {
    output.decimal(Int64(connection.summary.id))
    endpoint(connection.summary.client, to: &output)
    endpoint(connection.summary.server, to: &output)
    output.field()
    if let name = connection.summary.name { output.quoted(name.text) }
    output.field(connection.summary.name?.basis.rawValue)
    output.field(connection.summary.spoken?.application.rawValue)
    output.field(connection.summary.spoken?.basis.rawValue)
    output.field(connection.summary.roleBasis.rawValue)
    output.field()
    CommunityID(client: connection.summary.client, server: connection.summary.server).write(
      to: &output)
    output.field()
    output.time(connection.summary.start)
    output.field()
    output.time(connection.summary.end)
    output.field(connection.summary.duration)
    output.field(connection.summary.firstFrame)
    output.field(connection.summary.lastFrame)
    output.field(connection.summary.outcome.rawValue)
    output.field(Int64(connection.summary.completeness))
    output.field(connection.summary.connState)
    output.field(connection.summary.history)
    output.field(connection.summary.vantage.rawValue)
    handshake(connection.summary.handshake, to: &output)
    output.field(connection.summary.teardown.kind.rawValue)
    output.field(connection.summary.teardown.initiator?.name)
    output.field(connection.summary.teardown.start)
    output.field(connection.summary.teardown.duration)
    output.field(connection.summary.teardown.halfClosed)
    timings(connection.summary.timings, to: &output)
    traffic(connection.summary.traffic.client, to: &output)
    traffic(connection.summary.traffic.server, to: &output)
    roundTrips(connection.summary.rtt.client, to: &output)
    roundTrips(connection.summary.rtt.server, to: &output)
    analysis(connection.summary.analysis?.client, to: &output)
    analysis(connection.summary.analysis?.server, to: &output)
    process(connection.processes.client, to: &output)
    process(connection.processes.server, to: &output)
    output.field(connection.snapshots.map { Int64($0.count + connection.snapshotsOmitted) })
    limits(connection.summary, to: &output)
    if showsPaths {
      output.field(connection.summary.unmatched?.rawValue)
      output.field()
      output.text(connection.summary.proxied.map(String.init).joined(separator: " "))
      path(connection.summary.path?.directions.client, to: &output)
      path(connection.summary.path?.directions.server, to: &output)
    }
    output.literal("\r\n")
  }

  public mutating func end(to output: inout ByteWriter) {}

  private func endpoint(_ endpoint: Endpoint, to output: inout ByteWriter) {
    output.field()
    output.address(endpoint.address)
    output.field(Int64(endpoint.port))
    output.field()
    if !names.isEmpty, let name = names[endpoint.address] { output.quoted(name) }
  }

  private func handshake(_ handshake: Handshake, to output: inout ByteWriter) {
    output.field(handshake.kind.rawValue)
    output.field(handshake.rtt)
    output.field(handshake.serverRTT)
    output.field(handshake.clientRTT)
    output.field(Int64(handshake.synRetransmissions))
    output.field(Int64(handshake.synACKRetransmissions))
    output.field(handshake.isn.client.map(Int64.init))
    output.field(handshake.isn.server.map(Int64.init))
  }

  private func timings(_ timings: Timings, to output: inout ByteWriter) {
    output.field(timings.handshake)
    output.field(timings.tls)
    output.field(timings.firstByte)
    output.field(timings.send)
    output.field(timings.wait)
    output.field(timings.receive)
    output.field(timings.idle)
    output.field(timings.teardown)
    output.field(timings.stalled)
    output.field(timings.serverTime)
    output.field(timings.longestWait)
    output.field(timings.longestIdle)
    output.field(Int64(timings.exchanges))
  }

  private func traffic(_ traffic: Traffic, to output: inout ByteWriter) {
    output.field(traffic.segments)
    output.field(traffic.ipBytes)
    output.field(traffic.payloadBytes)
    output.field(traffic.uniqueBytes)
    output.field(traffic.retransmittedSegments)
    output.field(traffic.retransmittedBytes)
    output.field(traffic.missingBytes)
    output.field(traffic.maxWindow)
    output.field(traffic.syn)
    output.field(traffic.fin)
    output.field(traffic.rst)
  }

  private func roundTrips(_ rtt: RoundTrips?, to output: inout ByteWriter) {
    output.field(rtt?.samples)
    output.field(rtt?.min)
    output.field(rtt?.mean)
    output.field(rtt?.max)
  }

  private func analysis(_ counts: AnalysisCounts?, to output: inout ByteWriter) {
    output.field(counts.map { Int64($0.retransmissions) })
    output.field(counts.map { Int64($0.outOfOrder) })
    output.field(counts.map { Int64($0.duplicateACKs) })
    output.field(counts.map { Int64($0.zeroWindows) })
  }

  private func limits(_ summary: ConnectionSummary, to output: inout ByteWriter) {
    output.field(summary.limits.client?.dominant?.name)
    output.field(summary.limits.server?.dominant?.name)
    output.field(summary.blame?.dominant?.rawValue)
  }

  private func path(_ direction: PathDirection?, to output: inout ByteWriter) {
    output.field(direction?.sent)
    output.field(direction?.lost)
    output.field(direction?.duplicated)
    output.field(direction?.reordered)
    output.field(direction?.injected)
    output.field(direction?.needless)
    output.field(direction?.undelivered)
    output.field(direction?.delay?.min)
    output.field(direction?.delay?.median)
    output.field(direction?.delay?.p95)
    output.field(direction?.delay?.max)
  }

  private func process(_ process: ConnectionProcess?, to output: inout ByteWriter) {
    output.field(process?.pid.map(Int64.init))
    output.field()
    if let name = process?.name { output.quoted(name) }
    output.field(process?.uid.map(Int64.init))
  }

  private static let titles: StaticString = """
    id,client_address,client_port,client_name,server_address,server_port,server_name,name,name_basis,\
    application,application_basis,role_basis,community_id,start,end,duration_ns,first_frame,last_frame,outcome,completeness,conn_state,\
    history,vantage,handshake_kind,rtt_ns,server_rtt_ns,client_rtt_ns,syn_retransmissions,\
    syn_ack_retransmissions,client_isn,server_isn,teardown_kind,teardown_initiator,\
    teardown_start_ns,teardown_duration_ns,half_closed_ns,handshake_ns,tls_ns,first_byte_ns,send_ns,\
    wait_ns,receive_ns,idle_ns,teardown_ns,stalled_ns,server_time_ns,longest_wait_ns,longest_idle_ns,exchanges,\
    client_segments,client_ip_bytes,client_payload_bytes,client_unique_bytes,\
    client_retransmitted_segments,client_retransmitted_bytes,client_missing_bytes,\
    client_max_window,client_syn,client_fin,client_rst,\
    server_segments,server_ip_bytes,server_payload_bytes,server_unique_bytes,\
    server_retransmitted_segments,server_retransmitted_bytes,server_missing_bytes,\
    server_max_window,server_syn,server_fin,server_rst,\
    client_rtt_samples,client_rtt_min_ns,client_rtt_mean_ns,client_rtt_max_ns,\
    server_rtt_samples,server_rtt_min_ns,server_rtt_mean_ns,server_rtt_max_ns,\
    client_retransmissions,client_out_of_order,client_duplicate_acks,client_zero_windows,\
    server_retransmissions,server_out_of_order,server_duplicate_acks,server_zero_windows,\
    client_pid,client_process,client_uid,server_pid,server_process,server_uid,snapshots,\
    client_limit,server_limit,blame
    """

  /// Where there are several capture points; by sender.
  private static let pathTitles: StaticString = """
    ,unmatched,proxied,client_path_sent,client_path_lost,client_path_duplicated,client_path_reordered,\
    client_path_injected,client_path_needless,client_path_undelivered_bytes,client_delay_min_ns,client_delay_median_ns,client_delay_p95_ns,\
    client_delay_max_ns,server_path_sent,server_path_lost,server_path_duplicated,\
    server_path_reordered,server_path_injected,server_path_needless,server_path_undelivered_bytes,server_delay_min_ns,server_delay_median_ns,\
    server_delay_p95_ns,server_delay_max_ns
    """
}

extension ByteWriter {
  /// Begins the next field.
  @inline(__always)
  fileprivate mutating func field() {
    byte(UInt8(ascii: ","))
  }

  @inline(__always)
  fileprivate mutating func field(_ value: Int64) {
    reserve(Self.numberLength + 1)
    put(UInt8(ascii: ","))
    put(value)
  }

  @inline(__always)
  fileprivate mutating func field(_ value: Int64?) {
    reserve(Self.numberLength + 1)
    put(UInt8(ascii: ","))
    if let value { put(value) }
  }

  /// A word of our own, which needs no quotes.
  fileprivate mutating func field(_ word: String?) {
    field()
    if let word { text(word) }
  }

  /// Text from anywhere; a quote is doubled (RFC 4180 2.7). What a spreadsheet would take for a formula
  /// gets an apostrophe before it, which it takes for the sign of a text (OWASP, "CSV injection").
  fileprivate mutating func quoted(_ text: String) {
    byte(UInt8(ascii: "\""))
    switch text.unicodeScalars.first {
    case "=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}":
      byte(UInt8(ascii: "'"))
    default: break
    }
    for unit in text.safeToShow.utf8 {
      byte(unit)
      if unit == UInt8(ascii: "\"") { byte(unit) }
    }
    byte(UInt8(ascii: "\""))
  }
}
