import Support
import TCPModel

/// One segment of a connection, written as a line in the manner of packetdrill:
///
///     0    > S 0 win 64240 <mss 1460,sackOK,ts 100/0,ws 7>
///     20   < S. 0 ack 1
///     40   > . 1 ack 1
///     41.5 > P. 1:101(100) ack 1   # a request
///     90   < P. len 500 !retransmission
///
/// Milliseconds, direction (`>` client to server, `<` back), flags as tcpdump writes them (`-` for
/// none), the sequence space `first:last(length)` or just `first`, then in any order `len N`,
/// `ack N`, `win N`, `id N` and `ttl N` of the IP header, `frame N`, `cut` for a damaged header and
/// `!mark` for what an analysis says. Options stand last, in `<..>`: `mss N`, `sackOK`, `ws N`,
/// `ts VALUE/ECHO`, `sack LEFT:RIGHT ..`, `fo`.
///
/// Sequence numbers are relative to the sender's initial one, acknowledgments and SACK blocks to the
/// peer's. A number that is not given follows from the lines before.
public struct SegmentLine {
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
  public var frame: Int64?
  public var isCut = false
  public var marks: [String] = []
  /// SACK blocks with relative numbers.
  public var options = TCPOptions()

  fileprivate init(_ text: Substring, _ state: SegmentLines) {
    let (content, options) = SegmentLine.splitOptions(text)
    var words = content.split(separator: " ").map(String.init)[...]
    precondition(words.count >= 3 && ["<", ">"].contains(words[1]), "not a segment: \(text)")
    at = SegmentLine.nanoseconds(words.removeFirst())
    from = words.removeFirst() == ">" ? .client : .server
    flags = SegmentLine.flags(words.removeFirst())
    sequence = flags.contains(.syn) ? 0 : state.next[from]
    acknowledgment = flags.contains(.ack) ? state.next[from.peer] : nil
    if let first = words.first?.first, first == "-" || first.isNumber {
      (sequence, length) = SegmentLine.space(words.removeFirst())
    }
    read(words)
    read(options: options)
  }

  /// With SYN and FIN, each of which takes a number.
  var end: Int64 {
    sequence + length + (flags.contains(.syn) ? 1 : 0) + (flags.contains(.fin) ? 1 : 0)
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

  /// Of milliseconds with decimals.
  static func nanoseconds(_ text: some StringProtocol) -> Nanoseconds {
    guard let milliseconds = Double(text) else { preconditionFailure("not a time: \(text)") }
    return Nanoseconds((milliseconds * 1_000_000).rounded())
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

  private static func space(_ text: String) -> (first: Int64, length: Int64) {
    let parts = text.split { ":()".contains($0) }
    guard parts.count == 3 else { return (number(text), 0) }
    let (first, last, length) = (number(parts[0]), number(parts[1]), number(parts[2]))
    precondition(last - first == length, "the length does not fit: \(text)")
    return (first, length)
  }

  private mutating func read(_ words: ArraySlice<String>) {
    var words = words
    while let word = words.popFirst() {
      if word == "cut" {
        isCut = true
        continue
      }
      if word.hasPrefix("!") {
        marks.append(String(word.dropFirst()))
        continue
      }
      guard let value = words.popFirst().map(SegmentLine.number) else {
        preconditionFailure("\(word) needs a number")
      }
      switch word {
      case "len": length = value
      case "ack": acknowledgment = value
      case "win": window = value
      case "id": identification = UInt16(value)
      case "ttl": ttl = UInt8(value)
      case "frame": frame = value
      default: preconditionFailure("not a word of a segment: \(word)")
      }
    }
  }

  private mutating func read(options text: Substring) {
    for option in text.split(separator: ",") {
      let words = option.split(whereSeparator: { " /:".contains($0) })
      switch words[0] {
      case "mss":
        options.kinds.insert(.mss)
        options.mss = UInt16(SegmentLine.number(words[1]))
      case "sackOK": options.kinds.insert(.sackPermitted)
      case "fo": options.kinds.insert(.fastOpen)
      case "ws":
        options.kinds.insert(.windowScale)
        options.windowScale = UInt8(SegmentLine.number(words[1]))
      case "ts":
        options.kinds.insert(.timestamps)
        options.timestampValue = UInt32(SegmentLine.number(words[1]))
        options.timestampEcho = UInt32(SegmentLine.number(words[2]))
      case "sack":
        options.kinds.insert(.sack)
        for pair in stride(from: 1, to: words.count, by: 2) {
          options.sack[Int(options.sackCount)] = SACKBlock(
            left: SequenceNumber(UInt32(SegmentLine.number(words[pair]))),
            right: SequenceNumber(UInt32(SegmentLine.number(words[pair + 1]))))
          options.sackCount += 1
        }
      default: preconditionFailure("not an option: \(option)")
      }
    }
  }
}

/// Reads the lines of one connection, and knows what follows from those before.
struct SegmentLines {
  /// The number behind the highest one that each end has sent.
  private(set) var next = PerSide<Int64>(both: 0)

  /// nil for an empty line and a remark.
  mutating func read(_ line: Substring) -> SegmentLine? {
    let content = line.prefix { $0 != "#" }
    guard content.contains(where: { $0 != " " }) else { return nil }
    let segment = SegmentLine(content, self)
    next[segment.from] = max(next[segment.from], segment.end)
    return segment
  }

  /// What a line that is no segment says was sent.
  mutating func send(_ length: Int64, from side: Side) {
    next[side] += length
  }
}
