import Lessons
import Support
import TCPModel

/// A capture for a test, segment by segment; `SegmentLine` has the notation.
public struct Trace {
  public private(set) var segments: [Segment] = []

  /// The client and the server may use any address: no result may depend on their order.
  public struct Flow {
    public var client = Endpoint(address: IPAddress(ipv4: 0x0A00_0001), port: 40_000)
    public var server = Endpoint(address: IPAddress(ipv4: 0x0A00_0002), port: 80)
    public var clientISN: UInt32
    public var serverISN: UInt32

    public init(clientISN: UInt32 = 1_000_000, serverISN: UInt32 = 4_000_000_000) {
      self.clientISN = clientISN
      self.serverISN = serverISN
    }

    /// The same numbers, but the server's address is the lower one.
    public var mirrored: Flow {
      var flow = self
      (flow.client.address, flow.server.address) = (server.address, client.address)
      return flow
    }
  }

  public init(_ text: String, flow: Flow = Flow()) {
    append(text, flow)
  }

  public init(_ segments: [Segment]) {
    self.segments = segments
  }

  /// Adds lines, of the same pair of endpoints or of another one; frames are counted on.
  public mutating func append(_ text: String, _ flow: Flow) {
    var lines = SegmentLines()
    for line in text.split(separator: "\n") {
      guard let line = lines.read(line) else { continue }
      segments.append(Trace.segment(line, flow, segments.last.map { $0.frame + 1 } ?? 1))
    }
  }

  /// What the client's end sees of a part of a lesson.
  public init(_ part: Lesson.Part) {
    let flow = Flow()
    for line in part.segments {
      segments.append(Trace.segment(line, flow, Int64(segments.count + 1)))
    }
  }

  private static func segment(_ line: SegmentLine, _ flow: Flow, _ frame: Int64) -> Segment {
    let isFromClient = line.from == .client
    let source = isFromClient ? flow.client : flow.server
    let key = FlowKey(source: source, destination: isFromClient ? flow.server : flow.client)
    let isn = isFromClient ? flow.clientISN : flow.serverISN
    let peerISN = isFromClient ? flow.serverISN : flow.clientISN
    let acknowledgment = line.acknowledgment.map { peerISN &+ UInt32(truncatingIfNeeded: $0) }
    let length = UInt32(line.length)
    var segment = Segment(
      key: key, from: key.low == source ? .low : .high,
      time: Timestamp(nanoseconds: 1_700_000_000_000_000_000 + line.at),
      frame: line.frame ?? frame,
      sequence: SequenceNumber(isn &+ UInt32(truncatingIfNeeded: line.sequence)),
      acknowledgment: SequenceNumber(acknowledgment ?? 0), flags: line.flags,
      window: UInt16(line.window), payloadLength: length, ipLength: 40 + length)
    segment.ttl = line.ttl
    segment.ipIdentification = line.identification
    segment.isHeaderDamaged = line.isCut
    segment.options = line.options
    for index in 0..<Int(line.options.sackCount) {
      let block = line.options.sack[index]
      segment.options.sack[index] = SACKBlock(
        left: SequenceNumber(peerISN &+ block.left.rawValue),
        right: SequenceNumber(peerISN &+ block.right.rawValue))
    }
    return segment
  }

  /// An opening of three segments, 20 ms each way, seen at the client. Its numbers go on at 1.
  public static let opening = """
    0  > S 0 <mss 1460>
    20 < S. 0 ack 1 <mss 1460>
    20 > . 1 ack 1

    """

  /// The same with window scaling by 128, SACK and time stamps.
  public static let modernOpening = """
    0  > S 0 <mss 1460,sackOK,ts 100/0,ws 7>
    20 < S. 0 ack 1 <mss 1460,sackOK,ts 900/100,ws 7>
    20 > . 1 ack 1 win 502 <ts 120/900>

    """

  /// An orderly close of four segments after the opening, without any payload.
  public static let close = """
    100 > F. 1 ack 1
    120 < . 1 ack 2
    130 < F. 1 ack 2
    130 > . 2 ack 2

    """
}
