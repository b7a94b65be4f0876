import Support
import TCPModel

@testable import Correlation

/// NAME.expected.json: what tshark, Zeek and tcptrace say of a capture, as far as it is compared.
struct ExpectedFacts: Decodable {
  struct File: Decodable {
    var badTcpChecksumFrames: Int?

    var badChecksums: Int { badTcpChecksumFrames ?? 0 }
  }

  struct Place: Decodable {
    var addr: String
    var port: UInt16

    var endpoint: Endpoint {
      Endpoint(address: IPAddress(addr) ?? IPAddress(ipv4: 0), port: port)
    }
  }

  struct Direction: Decodable {
    /// tshark's names; a count that is not there is 0.
    var analysis: [String: UInt32]

    func compared(with counts: AnalysisCounts) -> [(field: String, ours: UInt32, theirs: UInt32)] {
      [
        ("retransmissions", counts.retransmissions, "retransmission"),
        ("fast_retransmissions", counts.fastRetransmissions, "fastRetransmission"),
        ("spurious_retransmissions", counts.spuriousRetransmissions, "spuriousRetransmission"),
        ("out_of_order", counts.outOfOrder, "outOfOrder"),
        ("duplicate_acks", counts.duplicateACKs, "duplicateAck"),
        ("previous_segment_lost", counts.previousSegmentLost, "lostSegment"),
        ("acked_unseen", counts.ackedUnseen, "ackLostSegment"),
        ("keep_alives", counts.keepAlives, "keepAlive"),
        ("keep_alive_acks", counts.keepAliveACKs, "keepAliveAck"),
        ("zero_windows", counts.zeroWindows, "zeroWindow"),
        ("zero_window_probes", counts.zeroWindowProbes, "zeroWindowProbe"),
        ("zero_window_probe_acks", counts.zeroWindowProbeACKs, "zeroWindowProbeAck"),
        ("window_full", counts.windowFull, "windowFull"),
        ("window_updates", counts.windowUpdates, "windowUpdate"),
      ].map { ($0.0, $0.1, analysis[$0.2] ?? analysis[snakeCase($0.2)] ?? 0) }
    }

    /// Whether the decoder turns the keys of a dictionary into camel case depends on its version.
    private func snakeCase(_ name: String) -> String {
      name.reduce(into: "") { text, letter in
        text += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
      }
    }
  }

  struct Stream: Decodable {
    var stream: Int
    var a: Place
    var b: Place
    var firstFrame: Int64
    var initialRtt: String?
    var aToB: Direction
    var bToA: Direction

    /// Nanoseconds.
    var initialRTT: Nanoseconds? {
      guard let parts = initialRtt?.split(separator: "."), let seconds = Int64(parts[0]),
        parts.count == 2, let fraction = Int64(parts[1].padding(9))
      else { return nil }
      return seconds * 1_000_000_000 + fraction
    }
  }

  struct ZeekLog: Decodable {
    struct Row: Decodable, CustomStringConvertible {
      var origH: String?
      var origP: UInt16?
      var respH: String?
      var respP: UInt16?
      var connState: String?
      var history: String?
      /// Seconds.
      var duration: String?
      var origBytes: Int64?
      var respBytes: Int64?
      var missedBytes: Int64?

      var description: String { "\(origH ?? "-"):\(origP ?? 0) > \(respH ?? "-"):\(respP ?? 0)" }

      var key: Set<Endpoint> {
        [
          Place(addr: origH ?? "", port: origP ?? 0).endpoint,
          Place(addr: respH ?? "", port: respP ?? 0).endpoint,
        ]
      }
    }

    var ignoreChecksums: Bool?
    var rows: [Row]
  }

  struct Trace: CustomStringConvertible {
    struct Direction: Decodable {
      var packets: Int64
      var dataBytes: Int64
      var uniqueBytesSent: Int64

      var uniqueBytes: Int64 { uniqueBytesSent }
    }

    var a: Endpoint
    var b: Endpoint
    var aToB: Direction
    var bToA: Direction

    var key: Set<Endpoint> { [a, b] }
    var description: String { "\(a) > \(b)" }
  }

  var file: File
  var streams: [Stream]
  var zeek: ZeekLog?
  /// nil where tcptrace could not read the file.
  var tcptrace: [Trace]?

  private enum CodingKeys: CodingKey {
    case file, streams, zeekConn, zeekConnPartial, tcptrace
  }

  private struct TraceFields: Decodable {
    var a: Place?
    var b: Place?
    var aToB: Trace.Direction?
    var bToA: Trace.Direction?
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    file = try fields.decode(File.self, forKey: .file)
    streams = try fields.decodeIfPresent([Stream].self, forKey: .streams) ?? []
    zeek =
      try fields.decodeIfPresent(ZeekLog.self, forKey: .zeekConn)
      ?? fields.decodeIfPresent(ZeekLog.self, forKey: .zeekConnPartial)
    // Rows without addresses cannot be told apart.
    zeek?.rows.removeAll { $0.origH == nil || $0.respH == nil }
    // An object with an error stands where tcptrace failed, and "NA" for what it does not say.
    let traces = try? fields.decodeIfPresent([TraceFields].self, forKey: .tcptrace)
    tcptrace = traces?.compactMap { one in
      // tcptrace cuts long IPv6 addresses off.
      guard let a = one.a, let b = one.b, IPAddress(a.addr) != nil, IPAddress(b.addr) != nil,
        let aToB = one.aToB, let bToA = one.bToA
      else { return nil }
      return Trace(a: a.endpoint, b: b.endpoint, aToB: aToB, bToA: bToA)
    }
  }
}

extension Substring {
  fileprivate func padding(_ count: Int) -> String {
    String((self + String(repeating: "0", count: count)).prefix(count))
  }
}
