import Support
import TCPModel

extension OutputFormat {
  public static let zeek = {
    var format = OutputFormat("zeek", endings: ["log", "zeek"])
    format.isData = true
    format.fileNames = ["conn.log"]
    format.connections = .each(need: .summary) { _ in ZeekConnLog() }
    return format
  }()
}

/// Zeek's conn.log in its tab-separated form, for scripts that read Zeek's.
///
/// Columns, types and header lines are those of Zeek's `base/protocols/conn`, with `community_id`
/// last, as its Community ID policy adds it. `#open` and `#close` are the first and the last
/// segment's time, so that the file depends on the capture alone.
public struct ZeekConnLog: ReportWriter {
  public var writesRows: Bool { true }
  private var end: Timestamp?

  public init() {}

  public mutating func begin(_ header: ReportHeader, to output: inout ByteWriter) {
    end = header.summary.end
    output.literal(
      """
      #separator \\x09
      #set_separator\t,
      #empty_field\t(empty)
      #unset_field\t-
      #path\tconn
      #open\t
      """)
    clock(header.summary.start, to: &output)
    output.literal(
      """

      #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t\
      orig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\t\
      orig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\tcommunity_id
      #types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\t\
      count\tcount\tstring\tbool\tbool\tcount\tstring\t\
      count\tcount\tcount\tcount\tset[string]\tstring

      """)
  }

  public mutating func write(_ connection: Connection, to output: inout ByteWriter) {
    let (client, server) = (connection.summary.traffic.client, connection.summary.traffic.server)
    let missed = client.zeekMissedBytes.flatMap { bytes in
      server.zeekMissedBytes.map { bytes + $0 }
    }
    output.seconds(connection.summary.start.nanoseconds, places: 6)
    output.field()
    uid(connection.summary, to: &output)
    endpoint(connection.summary.client, to: &output)
    endpoint(connection.summary.server, to: &output)
    output.literal("\ttcp\t")
    service(connection.summary.spoken, to: &output)
    output.literal("\t")
    if client.segments + server.segments > 1, let duration = connection.summary.zeekDuration {
      output.seconds(duration, places: 6)
    } else {
      output.literal("-")
    }
    output.field(client.zeekBytes)
    output.field(server.zeekBytes)
    output.field(connection.summary.connState)
    // Which networks are local a site knows, a capture does not.
    output.literal("\t-\t-")
    output.field(missed)
    output.field(connection.summary.history)
    output.field(client.segments)
    output.field(client.ipBytes)
    output.field(server.segments)
    output.field(server.ipBytes)
    output.literal("\t-\t")
    CommunityID(client: connection.summary.client, server: connection.summary.server).write(
      to: &output)
    output.literal("\n")
  }

  public mutating func end(to output: inout ByteWriter) {
    output.literal("#close\t")
    clock(end, to: &output)
    output.literal("\n")
  }

  private func endpoint(_ endpoint: Endpoint, to output: inout ByteWriter) {
    output.field()
    output.address(endpoint.address)
    output.field(Int64(endpoint.port))
  }

  /// By Zeek's words, which are told by bytes alone.
  private func service(_ facts: ApplicationFacts?, to output: inout ByteWriter) {
    guard let facts, facts.basis == .bytes else {
      output.literal("-")
      return
    }
    switch facts.application {
    case .tls: output.literal("ssl")
    case .websocket: output.literal("http,websocket")
    case .ftp: output.literal("ftp")
    case let other: output.text(other.rawValue)
    }
  }

  /// `2023-11-14-22-13-20`, cut out of the RFC 3339 text.
  private func clock(_ time: Timestamp?, to output: inout ByteWriter) {
    guard let time else {
      output.literal("-")
      return
    }
    for character in time.rfc3339.utf8.prefix(19) {
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
      output.byte(isDigit ? character : UInt8(ascii: "-"))
    }
  }

  /// `C` and 17 digits in base 62, as Zeek's, but from what the connection is and when it began.
  private func uid(_ summary: ConnectionSummary, to output: inout ByteWriter) {
    var hash = SHA1()
    hash.append(summary.client.address)
    hash.append(summary.client.port)
    hash.append(summary.server.address)
    hash.append(summary.server.port)
    hash.append(summary.start.nanoseconds)
    hash.append(summary.firstFrame)
    hash.append(UInt16(truncatingIfNeeded: summary.capture))
    let digest = hash.finish()
    output.literal("C")
    base62(UInt64(digest[0]) << 32 | UInt64(digest[1]), digits: 9, to: &output)
    base62(UInt64(digest[2]) << 32 | UInt64(digest[3]), digits: 8, to: &output)
  }

  private func base62(_ value: UInt64, digits: Int, to output: inout ByteWriter) {
    var rest = value
    for _ in 0..<digits {
      let digit = UInt8(truncatingIfNeeded: rest % 62)
      rest /= 62
      switch digit {
      case ..<10: output.byte(UInt8(ascii: "0") + digit)
      case ..<36: output.byte(UInt8(ascii: "A") + digit - 10)
      default: output.byte(UInt8(ascii: "a") + digit - 36)
      }
    }
  }
}

extension ByteWriter {
  @inline(__always)
  fileprivate mutating func field() {
    byte(UInt8(ascii: "\t"))
  }

  @inline(__always)
  fileprivate mutating func field(_ value: Int64?) {
    reserve(Self.numberLength + 1)
    put(UInt8(ascii: "\t"))
    if let value { put(value) } else { put(UInt8(ascii: "-")) }
  }

  /// A word of our own; an empty string has its own sign in Zeek's logs.
  fileprivate mutating func field(_ word: String?) {
    field()
    guard let word else {
      literal("-")
      return
    }
    if word.isEmpty { literal("(empty)") } else { text(word) }
  }
}
