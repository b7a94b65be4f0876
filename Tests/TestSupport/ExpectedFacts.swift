import Foundation
import Support
import TCPModel

/// `NAME.expected.json` or `Samples/facts/NAME.json`: what tshark, Zeek and tcptrace say of a
/// capture, as far as it is compared.
public struct ExpectedFacts: Decodable {
  public struct File: Decodable {
    public var tcpStreams: Int
    public var packets: Int64?
    public var tcpSegments: Int64?
    /// Seconds since 1970, with decimals.
    public var firstTime: String?
    public var lastTime: String?
    public var badTcpChecksumFrames: Int?

    public var badChecksums: Int { badTcpChecksumFrames ?? 0 }
  }

  public struct Tool: Decodable {
    public var exitStatus: Int
  }

  public struct SYNOptions: Decodable {
    public var mss: UInt16?
    public var wscale: UInt8?
    public var sackOk: Bool
    public var timestamps: Bool
  }

  public struct Place: Decodable {
    public var addr: String
    public var port: UInt16

    public init(addr: String, port: UInt16) {
      self.addr = addr
      self.port = port
    }

    public var endpoint: Endpoint {
      Endpoint(address: IPAddress(addr) ?? IPAddress(ipv4: 0), port: port)
    }
  }

  public struct Direction: Decodable {
    public var segments: Int64
    public var payloadBytes: Int64
    public var syn: Int64
    public var synack: Int64
    public var fin: Int64
    public var rst: Int64
    public var isn: UInt32?
    public var synOptions: SYNOptions?
    /// tshark's names; a count that is not there is 0.
    public var analysis: [String: UInt32]?

    public func compared(with counts: AnalysisCounts) -> [(
      field: String, ours: UInt32, theirs: UInt32
    )] {
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
      ].map { ($0.0, $0.1, analysis?[$0.2] ?? analysis?[snakeCase($0.2)] ?? 0) }
    }

    /// Whether the decoder turns the keys of a dictionary into camel case depends on its version.
    private func snakeCase(_ name: String) -> String {
      name.reduce(into: "") { text, letter in
        text += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
      }
    }
  }

  public struct Stream: Decodable {
    public var stream: Int?
    public var a: Place
    public var b: Place
    public var firstFrame: Int64
    public var completeness: Int
    public var initialRtt: String?
    public var aToB: Direction
    public var bToA: Direction

    /// Nanoseconds.
    public var initialRTT: Nanoseconds? {
      guard let parts = initialRtt?.split(separator: "."), let seconds = Int64(parts[0]),
        parts.count == 2, let fraction = Int64(parts[1].padding(9))
      else { return nil }
      return seconds * 1_000_000_000 + fraction
    }
  }

  public struct ZeekLog: Decodable {
    public struct Row: Decodable, CustomStringConvertible {
      public var origH: String?
      public var origP: UInt16?
      public var respH: String?
      public var respP: UInt16?
      public var connState: String?
      public var history: String?
      /// Seconds.
      public var duration: String?
      public var origBytes: Int64?
      public var respBytes: Int64?
      public var missedBytes: Int64?

      public var description: String {
        "\(origH ?? "-"):\(origP ?? 0) > \(respH ?? "-"):\(respP ?? 0)"
      }

      public var key: Set<Endpoint> {
        [
          Place(addr: origH ?? "", port: origP ?? 0).endpoint,
          Place(addr: respH ?? "", port: respP ?? 0).endpoint,
        ]
      }
    }

    public var ignoreChecksums: Bool?
    public var rows: [Row]
  }

  public struct Trace: CustomStringConvertible {
    public struct Direction: Decodable {
      public var packets: Int64
      public var dataBytes: Int64
      public var uniqueBytesSent: Int64

      public var uniqueBytes: Int64 { uniqueBytesSent }
    }

    public var a: Endpoint
    public var b: Endpoint
    public var aToB: Direction
    public var bToA: Direction

    public var key: Set<Endpoint> { [a, b] }
    public var description: String { "\(a) > \(b)" }
  }

  public var file: File
  public var tshark: Tool?
  public var streams: [Stream]
  public var zeek: ZeekLog?
  /// nil where tcptrace could not read the file.
  public var tcptrace: [Trace]?

  private enum CodingKeys: CodingKey {
    case file, tshark, streams, zeekConn, zeekConnPartial, tcptrace
  }

  private struct TraceFields: Decodable {
    var a: Place?
    var b: Place?
    var aToB: Trace.Direction?
    var bToA: Trace.Direction?
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    file = try fields.decode(File.self, forKey: .file)
    tshark = try fields.decodeIfPresent(Tool.self, forKey: .tshark)
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

extension ExpectedFacts {
  public init(contentsOf path: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// The captures below a folder that have facts beside them: paths from there, in order.
  public static func captures(in folder: String) throws -> [String] {
    let ending = ".expected.json"
    return try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
  }

  /// The facts of one of them.
  public init(of capture: String, in folder: String) throws {
    try self.init(contentsOf: "\(folder)/\(capture).expected.json")
  }
}

extension Substring {
  fileprivate func padding(_ count: Int) -> String {
    String((self + String(repeating: "0", count: count)).prefix(count))
  }
}
