import Support
import TCPModel

/// A capture for a test, written one segment a line in the manner of packetdrill:
///
///     0    > S 0 win 64240 <mss 1460,sackOK,ts 100/0,ws 7>
///     20   < S. 0 ack 1
///     40   > . 1 ack 1
///     41.5 > P. 1:101(100) ack 1   # a request
///
/// Milliseconds, direction (`>` client to server, `<` back), flags as tcpdump writes them, the
/// sequence space `first:last(length)` or just `first`, then in any order `ack N`, `win N`, `id N`
/// and `ttl N` of the IP header, `frame N` and `cut` for a damaged header. Sequence numbers are relative
/// to the sender's initial one, acknowledgments to the peer's, SACK blocks likewise.
struct Trace {
  private(set) var segments: [Segment] = []

  /// The client and the server may use any address: no result may depend on their order.
  struct Flow {
    var client = Endpoint(address: IPAddress(ipv4: 0x0A00_0001), port: 40_000)
    var server = Endpoint(address: IPAddress(ipv4: 0x0A00_0002), port: 80)
    var clientISN: UInt32 = 1_000_000
    var serverISN: UInt32 = 4_000_000_000

    /// The same numbers, but the server's address is the lower one.
    var mirrored: Flow {
      var flow = self
      (flow.client.address, flow.server.address) = (server.address, client.address)
      return flow
    }
  }

  init(_ text: String, flow: Flow = Flow()) {
    append(text, flow)
  }

  init(_ segments: [Segment]) {
    self.segments = segments
  }

  /// Adds lines, of the same pair of endpoints or of another one; frames are counted on.
  mutating func append(_ text: String, _ flow: Flow) {
    for line in text.split(separator: "\n") {
      let content = line.prefix { $0 != "#" }
      guard content.contains(where: { $0 != " " }) else { continue }
      let frame = segments.last.map { $0.frame + 1 } ?? 1
      segments.append(Line(content, flow, frame).segment)
    }
  }

  /// An opening of three segments, 20 ms each way, seen at the client. Its numbers go on at 1.
  static let opening = """
    0  > S 0 <mss 1460>
    20 < S. 0 ack 1 <mss 1460>
    20 > . 1 ack 1

    """

  /// The same with window scaling by 128, SACK and time stamps.
  static let modernOpening = """
    0  > S 0 <mss 1460,sackOK,ts 100/0,ws 7>
    20 < S. 0 ack 1 <mss 1460,sackOK,ts 900/100,ws 7>
    20 > . 1 ack 1 win 502 <ts 120/900>

    """

  /// An orderly close of four segments after the opening, without any payload.
  static let close = """
    100 > F. 1 ack 1
    120 < . 1 ack 2
    130 < F. 1 ack 2
    130 > . 2 ack 2

    """
}

/// One line of a trace.
private struct Line {
  private(set) var segment: Segment
  private let flow: Trace.Flow
  private let isFromClient: Bool

  private var peerISN: UInt32 { isFromClient ? flow.serverISN : flow.clientISN }

  init(_ text: Substring, _ flow: Trace.Flow, _ frame: Int64) {
    let (content, options) = Line.splitOptions(text)
    let words = content.split(separator: " ").map(String.init)
    precondition(words.count >= 4 && ["<", ">"].contains(words[1]), "not a segment: \(text)")
    self.flow = flow
    isFromClient = words[1] == ">"
    let source = isFromClient ? flow.client : flow.server
    let destination = isFromClient ? flow.server : flow.client
    let key = FlowKey(source: source, destination: destination)
    let space = Line.space(words[3])
    let own = isFromClient ? flow.clientISN : flow.serverISN
    segment = Segment(
      key: key, from: FlowKey.end(of: source, to: destination), time: Line.time(words[0]),
      frame: frame,
      sequence: SequenceNumber(own &+ UInt32(truncatingIfNeeded: space.first)),
      acknowledgment: SequenceNumber(0), flags: Line.flags(words[2]), window: 64_240,
      payloadLength: space.length, ipLength: 40 + space.length)
    segment.ttl = 64
    read(words.dropFirst(4))
    read(options: options)
  }

  /// Options stand in `<..>`; a `<` alone is the direction.
  private static func splitOptions(_ text: Substring) -> (content: Substring, options: Substring) {
    for index in text.indices.dropLast() where text[index] == "<" {
      let next = text.index(after: index)
      guard text[next] != " " else { continue }
      let end = text[next...].firstIndex(of: ">") ?? text.endIndex
      return (text[..<index], text[next..<end])
    }
    return (text, "")
  }

  private static func time(_ text: String) -> Timestamp {
    guard let milliseconds = Double(text) else { preconditionFailure("not a time: \(text)") }
    let nanoseconds = Int64((milliseconds * 1_000_000).rounded())
    return Timestamp(nanoseconds: 1_700_000_000_000_000_000 + nanoseconds)
  }

  private static func number(_ text: some StringProtocol) -> Int64 {
    guard let value = Int64(text) else { preconditionFailure("not a number: \(text)") }
    return value
  }

  private static func flags(_ text: String) -> TCPFlags {
    var flags: TCPFlags = []
    for letter in text {
      switch letter {
      case "S": flags.insert(.syn)
      case "F": flags.insert(.fin)
      case "R": flags.insert(.rst)
      case "P": flags.insert(.psh)
      case ".": flags.insert(.ack)
      case "U": flags.insert(.urg)
      case "E": flags.insert(.ece)
      case "W": flags.insert(.cwr)
      case "-": break
      default: preconditionFailure("not a flag: \(letter)")
      }
    }
    return flags
  }

  private static func space(_ text: String) -> (first: Int64, length: UInt32) {
    let parts = text.split { ":()".contains($0) }
    guard parts.count == 3 else { return (number(text), 0) }
    let (first, last, length) = (number(parts[0]), number(parts[1]), number(parts[2]))
    precondition(last - first == length, "the length does not fit: \(text)")
    return (first, UInt32(length))
  }

  private mutating func read(_ words: ArraySlice<String>) {
    var words = words
    while let word = words.popFirst() {
      if word == "cut" {
        segment.isHeaderDamaged = true
        continue
      }
      guard let value = words.popFirst().map(Line.number) else {
        preconditionFailure("\(word) needs a number")
      }
      switch word {
      case "ack":
        segment.acknowledgment = SequenceNumber(peerISN &+ UInt32(truncatingIfNeeded: value))
      case "win": segment.window = UInt16(value)
      case "id": segment.ipIdentification = UInt16(value)
      case "ttl": segment.ttl = UInt8(value)
      case "frame": segment.frame = value
      default: preconditionFailure("not a word of a trace: \(word)")
      }
    }
  }

  private mutating func read(options text: Substring) {
    for option in text.split(separator: ",") {
      let words = option.split(whereSeparator: { " /:".contains($0) })
      switch words[0] {
      case "mss":
        segment.options.kinds.insert(.mss)
        segment.options.mss = UInt16(Line.number(words[1]))
      case "sackOK": segment.options.kinds.insert(.sackPermitted)
      case "fo": segment.options.kinds.insert(.fastOpen)
      case "ws":
        segment.options.kinds.insert(.windowScale)
        segment.options.windowScale = UInt8(Line.number(words[1]))
      case "ts":
        segment.options.kinds.insert(.timestamps)
        segment.options.timestampValue = UInt32(Line.number(words[1]))
        segment.options.timestampEcho = UInt32(Line.number(words[2]))
      case "sack":
        segment.options.kinds.insert(.sack)
        for pair in stride(from: 1, to: words.count, by: 2) {
          segment.options.sack[Int(segment.options.sackCount)] = SACKBlock(
            left: SequenceNumber(peerISN &+ UInt32(Line.number(words[pair]))),
            right: SequenceNumber(peerISN &+ UInt32(Line.number(words[pair + 1]))))
          segment.options.sackCount += 1
        }
      default: preconditionFailure("not an option: \(option)")
      }
    }
  }
}
