import Support
import TCPModel

/// One segment of a connection, written as a line in the manner of packetdrill:
///
///     0    > S 0 win 64240 <mss 1460,sackOK,ts 100/0,ws 7>
///     +.02 < S. 0:0(0) ack 1
///     40ms > . 1 ack 1
///     +1ms > P. 1:101(100) ack 1   # a request
///     +5ms < P. len 500
///
/// Time, direction (`>` client to server, `<` back), flags as tcpdump writes them (`-` for none), the
/// sequence space `first:last(length)` or just `first`, then in any order `len N`, `ack N`, `win N`,
/// and `id N` and `ttl N` of the IP header. Options stand last, in `<..>`: `mss N`, `sackOK`, `ws N`
/// (or `wscale N`), `ts VALUE/ECHO` (or `TS val VALUE ecr ECHO`), `sack LEFT:RIGHT ..`, `fo`, `nop`,
/// `eol`.
///
/// Sequence numbers are relative to the sender's initial one, acknowledgments and SACK blocks to the
/// peer's. A number that is not given follows from the lines before. `lost` is a segment that does not
/// arrive, where a script tells both ends.
public struct SegmentLine: Sendable {
  /// Of the text, from 1.
  public var line: Int
  /// Since time 0 of the text.
  public var at: Nanoseconds
  public var from: Side
  public var flags: TCPFlags
  public var sequence: Int64
  public var length: Int64 = 0
  /// nil without the ACK flag.
  public var acknowledgment: Int64?
  public var window: Int64 = 64_240
  public var identification: UInt16 = 0
  public var ttl: UInt8 = 64
  public var isLost = false
  /// SACK blocks with relative numbers.
  public var options = TCPOptions()
  // What a description of an analysed connection says beside it.
  public var frame: Int64?
  public var isCut = false
  public var marks: [String] = []

  /// With SYN and FIN, each of which takes a number.
  public var end: Int64 {
    sequence + length + (flags.contains(.syn) ? 1 : 0) + (flags.contains(.fin) ? 1 : 0)
  }
}

/// Reads the lines of one connection, and knows what follows from those before.
public struct SegmentReader: Sendable {
  /// What a time without a unit counts.
  public enum TimeUnit: Int64, Sendable {
    case seconds = 1_000_000_000
    case milliseconds = 1_000_000
  }

  private let unit: TimeUnit
  /// Whether `!mark`, `frame N` and `cut` may stand in a line.
  private let takesMarks: Bool
  /// The number behind the highest one that each end has sent.
  public private(set) var next = PerSide<Int64>(both: 0)
  private var last: Nanoseconds = 0

  public init(unit: TimeUnit = .seconds, takesMarks: Bool = false) {
    self.unit = unit
    self.takesMarks = takesMarks
  }

  /// nil for an empty line and a remark.
  public mutating func read(_ line: Substring, number: Int) throws(ScriptError) -> SegmentLine? {
    let content = line.prefix { $0 != "#" }
    guard content.contains(where: { $0 != " " && $0 != "\t" }) else { return nil }
    var words = try Words(content, number)
    let at = try words.time(unit, after: last)
    let side = try words.side()
    let flags = try words.flags()
    var segment = SegmentLine(
      line: number, at: at, from: side, flags: flags,
      sequence: flags.contains(.syn) ? 0 : next[side],
      acknowledgment: flags.contains(.ack) ? next[side.peer] : nil)
    if let (first, length) = try words.space() {
      segment.sequence = first
      segment.length = length
    }
    try words.rest(of: &segment, takesMarks: takesMarks)
    try words.options(of: &segment)
    guard segment.acknowledgment == nil || segment.flags.contains(.ack) else {
      throw words.error("`ack` needs the flag ACK, which is written as a dot")
    }
    last = at
    next[side] = max(next[side], segment.end)
    return segment
  }

  /// What a line that is no segment says was sent.
  public mutating func send(_ length: Int64, from side: Side) {
    next[side] += length
  }

  /// A time with its unit, or without one in that of the reader.
  public static func nanoseconds(
    _ text: some StringProtocol, _ unit: TimeUnit = .milliseconds
  ) -> Nanoseconds? {
    let units: [(String, Int64)] = [
      ("ms", 1_000_000), ("us", 1000), ("ns", 1), ("s", 1_000_000_000),
    ]
    var number = text[...]
    var scale = unit.rawValue
    if let (ending, factor) = units.first(where: { text.hasSuffix($0.0) }) {
      number = text.dropLast(ending.count)
      scale = factor
    }
    guard let first = number.first, first.isNumber || first == "." || first == "-",
      let value = Double(number), value.isFinite, abs(value) <= 1e9
    else { return nil }
    return Nanoseconds((value * Double(scale)).rounded())
  }
}
