import Foundation
import TCPModel
import TestSupport
import Testing
import TraceParsing

@testable import Correlation

/// How far we agree with tshark, Zeek and tcptrace on captures whose facts they gave.
///
/// Beside each capture NAME in the folder that `TCPTIMELINE_CORPUS` names lies NAME.expected.json.
/// The tests print the table of docs/agreement.md, and fail on any difference that is not explained
/// there and named in `explained`.
@Suite(.enabled(if: Outside.corpus != nil, "TCPTIMELINE_CORPUS names no folder"))
struct AgreementTests {
  @Test func withTshark() throws {
    var agreement = Agreement(.tshark)
    let captures = try Agreement.captures()
    for capture in captures {
      for stream in capture.facts.streams {
        guard let connection = capture.connections.first(where: { $0.matches(stream) }) else {
          continue
        }
        let place = "\(capture.name) stream \(stream.stream ?? -1)"
        for (side, direction) in connection.directions(of: stream) {
          let counts = connection.summary.analysis?[side] ?? AnalysisCounts()
          for (field, ours, theirs) in direction.compared(with: counts)
          where ours != 0 || theirs != 0 {
            agreement.put(field, ours == theirs, place, "\(ours), not \(theirs)")
          }
        }
        let handshake = connection.summary.handshake
        let repeats = handshake.synRetransmissions + handshake.synACKRetransmissions
        if let theirs = stream.initialRTT, repeats == 0, handshake.kind == .threeWay {
          agreement.put(
            "initial_rtt", handshake.rtt == theirs, place, "\(handshake.rtt ?? -1), not \(theirs)")
        }
      }
    }
    agreement.report(of: captures)
  }

  @Test func withZeek() throws {
    var agreement = Agreement(.zeek)
    let captures = try Agreement.captures()
    for capture in captures {
      // Zeek drops frames with a wrong checksum unless it is told not to.
      guard let zeek = capture.facts.zeek,
        zeek.ignoreChecksums == true || capture.facts.file.badChecksums == 0
      else { continue }
      let rows = Dictionary(grouping: zeek.rows) { $0.key }
      for (key, rows) in rows {
        let ours = capture.connections.filter { $0.key == key }
        agreement.put(
          "connections", ours.count == rows.count, "\(capture.name) \(rows[0])",
          "\(ours.count), not \(rows.count)")
        for (one, row) in zip(ours, rows) where ours.count == rows.count {
          let place = "\(capture.name) #\(one.summary.id)"
          for (field, ours, theirs) in [
            ("conn_state", one.summary.connState, row.connState),
            ("history", one.summary.history, row.history),
          ] where theirs != nil {
            agreement.put(field, ours == theirs, place, "\(ours ?? "-"), not \(theirs ?? "-")")
          }
          for (field, ours, theirs) in row.figures(beside: one.summary) {
            // Zeek's times are floating-point numbers.
            let isEqual = abs(ours - theirs) <= (field == "duration" ? 1 : 0)
            agreement.put(field, isEqual, place, "\(ours), not \(theirs)")
          }
        }
      }
    }
    agreement.report(of: captures)
  }

  @Test func withTcptrace() throws {
    var agreement = Agreement(.tcptrace)
    let captures = try Agreement.captures()
    for capture in captures {
      let theirs = Dictionary(grouping: capture.facts.tcptrace ?? []) { $0.key }
      for (key, theirs) in theirs {
        let ours = capture.connections.filter { $0.key == key }
        agreement.put(
          "connections", ours.count == theirs.count, "\(capture.name) \(theirs[0])",
          "\(ours.count), not \(theirs.count)")
        for (one, other) in zip(ours, theirs) where ours.count == theirs.count {
          let isClient = one.summary.client == other.a
          for (side, facts) in [
            (isClient ? Side.client : .server, other.aToB),
            (isClient ? .server : .client, other.bToA),
          ] {
            let traffic = one.summary.traffic[side]
            let place = "\(capture.name) #\(one.summary.id) \(side.name)"
            for (field, ours, theirs) in [
              ("segments", traffic.segments, facts.packets),
              ("payload_bytes", traffic.payloadBytes, facts.dataBytes),
              ("unique_bytes", traffic.uniqueBytes ?? 0, facts.uniqueBytes),
            ] {
              agreement.put(field, ours == theirs, place, "\(ours), not \(theirs)")
            }
          }
        }
      }
    }
    agreement.report(of: captures)
  }
}

/// Agreeing and compared values, field by field.
private struct Agreement {
  private let tool: Tool
  private var same: [String: Int] = [:]
  private var all: [String: Int] = [:]
  private var used: Set<String> = []

  init(_ tool: Tool) {
    self.tool = tool
  }

  /// - Parameter place: Begins with the capture's name.
  mutating func put(_ field: String, _ agrees: Bool, _ place: String, _ difference: String) {
    all[field, default: 0] += 1
    if agrees {
      same[field, default: 0] += 1
      return
    }
    let capture = String(place.prefix { $0 != " " })
    if tool.explained[capture]?.contains(field) == true {
      used.insert("\(capture) \(field)")
    } else {
      Issue.record("\(place): \(field) is \(difference)")
    }
  }

  func report(of captures: [Capture]) {
    print("agreement with \(tool):")
    for field in all.keys.sorted() {
      print("  \(field) \(same[field] ?? 0) of \(all[field] ?? 0)")
    }
    #expect(!all.isEmpty)
    for (capture, fields) in tool.explained where captures.contains(where: { $0.name == capture }) {
      for field in fields where !used.contains("\(capture) \(field)") {
        Issue.record("\(capture): \(field) agrees with \(tool) now: take it out of the list")
      }
    }
  }

  enum Tool {
    case tshark, zeek, tcptrace

    /// The differences of docs/agreement.md: capture to fields.
    var explained: [String: Set<String>] {
      switch self {
      case .tshark:
        [
          "capwap_data.pcapng": ["initial_rtt"],
          "vlan-collisions.pcap": ["initial_rtt"],
          "wireshark-retrans.pcap": ["initial_rtt"],
          "timestamp_invalid_micro.pcap": ["initial_rtt"],
          "timestamp_invalid_nano.pcap": ["initial_rtt"],
          "http--m57-long-49583-80.pcap": ["initial_rtt"],
          "nflog-http.pcap": ["initial_rtt"],
          "tcp--rst-inject-rae.pcap": ["initial_rtt"],
          "bug-3286-02-linux-evasion--with_evasion_linux.pcap": ["initial_rtt"],
        ]
      case .zeek:
        [
          "modbus--modbus-and-non-modbus-p502.pcap": ["connections"],
          "ssh--ssh.client-side-half-duplex.pcap": ["connections"],
          "tunnels--gre-aruba-amsdu.pcap": ["history"],
          "tunnels--gtp--gtp2_different_udp_port.pcap": ["history"],
        ]
      case .tcptrace:
        [
          "bug-1450-05--tls_DER-incomplete-content.pcap": ["connections"],
          "bug-3286-02-linux-evasion--with_evasion_linux.pcap": ["connections"],
          "bug-6244-tcp-rst-with-data--tcp-rst-with-data.pcap": ["unique_bytes"],
          "cisco-fabric-path.pcap": ["segments"],
          "ipv4--fragmented-4.pcap": ["payload_bytes", "unique_bytes"],
          "ipv6-http-atomic-frag.pcap": [
            "connections", "segments", "payload_bytes", "unique_bytes",
          ],
          "ldap--missing_krbtgt_ldap_request.pcapng": [
            "segments", "payload_bytes", "unique_bytes",
          ],
          "llc.pcap": ["connections"],
          "modbus--fuzz-1011.pcap": ["connections"],
          "mpls-basic.pcap": ["segments", "payload_bytes", "unique_bytes"],
          "tcp--fin_retransmission.pcap": ["connections"],
          "tcp--rst-inject-rae.pcap": ["connections"],
          "tcp-fastopen-10-syn-data-ignore--input.pcap": ["connections"],
          "tcp-rst-unacked-stream-01-raw--input.pcap": ["unique_bytes"],
          "tcp-split-handshake-02-5whs--split-handshake-5whs.pcap": ["connections"],
          "tcp_handshake_synthetic.pcap": ["connections", "unique_bytes"],
          "timestamp_invalid_micro.pcap": ["connections"],
          "timestamp_invalid_nano.pcap": ["connections"],
          "vlan-collisions.pcap": ["segments", "payload_bytes"],
          "y2038-bgp.pcap": ["connections"],
        ]
      }
    }
  }

  struct Capture {
    let name: String
    let facts: ExpectedFacts
    let connections: [Connection]
  }

  /// Every capture that can be read; what is damaged on purpose is for other tests.
  static func captures() throws -> [Capture] {
    let folder = Outside.corpus ?? ""
    return try ExpectedFacts.captures(in: folder).compactMap { path in
      guard !path.hasPrefix("malformed/") else { return nil }
      let facts = try ExpectedFacts(of: path, in: folder)
      let file = URL(fileURLWithPath: folder).appendingPathComponent(path)
      guard var reader = try? CaptureReader(path: file.path) else { return nil }
      var correlator = Correlator()
      var batch = SegmentBatch()
      while try reader.read(into: &batch) { correlator.ingest(batch.span) }
      return Capture(
        name: file.lastPathComponent, facts: facts,
        connections: (0..<correlator.count).map { index in
          let connection = correlator.connection(at: index)
          connection.summary.expectSeen(by: correlator.glance(at: index), path)
          return connection
        })
    }
  }
}

extension ExpectedFacts.ZeekLog.Row {
  /// What both say: microseconds or bytes.
  fileprivate func figures(
    beside summary: ConnectionSummary
  ) -> [(field: String, ours: Int64, theirs: Int64)] {
    let (client, server) = (summary.traffic.client, summary.traffic.server)
    let isTurned =
      ExpectedFacts.Place(addr: origH ?? "", port: origP ?? 0).endpoint != summary.client
    let (orig, resp) = isTurned ? (server, client) : (client, server)
    let missed = (client.zeekMissedBytes ?? 0) + (server.zeekMissedBytes ?? 0)
    let duration = duration.flatMap(Double.init).map { Int64(($0 * 1_000_000).rounded()) }
    return [
      ("duration", (summary.zeekDuration ?? 0) / 1_000, duration),
      ("orig_bytes", orig.zeekBytes ?? 0, origBytes),
      ("resp_bytes", resp.zeekBytes ?? 0, respBytes),
      ("missed_bytes", missed, missedBytes),
    ].compactMap { field, ours, theirs in theirs.map { (field, ours, $0) } }
  }
}

extension Connection {
  fileprivate var key: Set<Endpoint> { [summary.client, summary.server] }

  fileprivate func matches(_ stream: ExpectedFacts.Stream) -> Bool {
    summary.firstFrame == stream.firstFrame && key == [stream.a.endpoint, stream.b.endpoint]
  }

  fileprivate func directions(
    of stream: ExpectedFacts.Stream
  ) -> [(Side, ExpectedFacts.Direction)] {
    let side: Side = summary.client == stream.a.endpoint ? .client : .server
    return [(side, stream.aToB), (side.peer, stream.bToA)]
  }
}
