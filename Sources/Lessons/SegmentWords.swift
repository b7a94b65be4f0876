import Support
import TCPModel

extension SegmentReader {
  /// The words of one line, taken from the left.
  struct Words {
    private let number: Int
    private var words: ArraySlice<Substring>
    private let options: Substring

    /// Options stand in `<..>`; a `<` alone is the direction.
    init(_ text: Substring, _ number: Int) throws(ScriptError) {
      self.number = number
      var content = text
      var options: Substring = ""
      for index in text.indices.dropLast() where text[index] == "<" {
        let next = text.index(after: index)
        guard text[next] != " " else { continue }
        guard let end = text[next...].firstIndex(of: ">") else {
          throw ScriptError(line: number, "the options have no end: a `>` is missing")
        }
        guard text[text.index(after: end)...].allSatisfy(\.isWhitespace) else {
          throw ScriptError(line: number, "options stand last; something follows them")
        }
        content = text[..<index]
        options = text[next..<end]
        break
      }
      words = content.split(whereSeparator: \.isWhitespace)[...]
      self.options = options
    }

    func error(_ message: String) -> ScriptError { ScriptError(line: number, message) }

    mutating func time(
      _ unit: TimeUnit, after last: Nanoseconds
    ) throws(ScriptError) -> Nanoseconds {
      let word = words.popFirst() ?? ""
      let isStep = word.hasPrefix("+")
      guard let time = SegmentReader.nanoseconds(isStep ? word.dropFirst() : word, unit) else {
        throw error(
          "`\(word)` is no time: write 0.04, 40ms or, counted from the line before, +20ms")
      }
      return isStep ? last &+ time : time
    }

    mutating func side() throws(ScriptError) -> Side {
      switch words.popFirst() {
      case ">": return .client
      case "<": return .server
      case let word:
        throw error(
          "`\(word ?? "")` is no direction: > is client to server, < server to client")
      }
    }

    mutating func flags() throws(ScriptError) -> TCPFlags {
      guard let word = words.popFirst() else {
        throw error("the flags are missing: S, S., ., P., F., R (- for none)")
      }
      var flags: TCPFlags = []
      for letter in word {
        switch letter {
        case "S": flags.insert(.syn)
        case "F": flags.insert(.fin)
        case "R": flags.insert(.rst)
        case "P": flags.insert(.psh)
        case ".", "A": flags.insert(.ack)
        case "U": flags.insert(.urg)
        case "E": flags.insert(.ece)
        case "W": flags.insert(.cwr)
        case "-": break
        default:
          throw error("`\(letter)` in `\(word)` is no flag: S F R P U E W, and . for ACK")
        }
      }
      return flags
    }

    /// `1:101(100)` or `1`; nil where the next word is no number.
    mutating func space() throws(ScriptError) -> (first: Int64, length: Int64)? {
      guard let word = words.first, let sign = word.first, sign == "-" || sign.isNumber else {
        return nil
      }
      words.removeFirst()
      let parts = word.split { ":()".contains($0) }
      guard word.contains(":") else { return (try value(word), 0) }
      guard parts.count == 2 || parts.count == 3 else {
        throw error("`\(word)` is no sequence space: write first:last(length), as 1:101(100)")
      }
      let (first, last) = (try value(parts[0]), try value(parts[1]))
      let length = last - first
      let said = parts.count == 3 ? try value(parts[2]) : length
      guard said == length else {
        throw error("the length does not fit in `\(word)`: \(first):\(last) are \(length) bytes")
      }
      return (first, length)
    }

    mutating func rest(of segment: inout SegmentLine, takesMarks: Bool) throws(ScriptError) {
      while let word = words.popFirst() {
        if word == "lost" {
          segment.isLost = true
          continue
        }
        if takesMarks, word == "cut" {
          segment.isCut = true
          continue
        }
        if takesMarks, word.hasPrefix("!") {
          segment.marks.append(String(word.dropFirst()))
          continue
        }
        let known = ["len", "ack", "win", "id", "ttl"] + (takesMarks ? ["frame"] : [])
        guard known.contains(String(word)) else {
          throw error(
            "`\(word)` means nothing here: ack N, win N, len N, id N, ttl N, lost, then <options>")
        }
        guard let text = words.popFirst() else { throw error("`\(word)` needs a number") }
        let value = try value(text)
        switch word {
        case "len": segment.length = value
        case "ack": segment.acknowledgment = value
        case "win": segment.window = value
        case "id": segment.identification = try small(value, word)
        case "ttl": segment.ttl = try small(value, word)
        default: segment.frame = value
        }
      }
    }

    func options(of segment: inout SegmentLine) throws(ScriptError) {
      for option in options.split(separator: ",") {
        let words = option.split(whereSeparator: { " /:\t".contains($0) })
        guard let name = words.first else { continue }
        func number(_ index: Int) throws(ScriptError) -> Int64 {
          guard words.indices.contains(index) else { throw error("`\(name)` needs a number") }
          return try value(words[index])
        }
        switch name {
        case "mss":
          segment.options.kinds.insert(.mss)
          segment.options.mss = try small(try number(1), name)
        case "sackOK": segment.options.kinds.insert(.sackPermitted)
        case "fo": segment.options.kinds.insert(.fastOpen)
        case "nop", "eol": break
        case "ws", "wscale":
          segment.options.kinds.insert(.windowScale)
          segment.options.windowScale = try small(try number(1), name)
        case "ts", "TS":
          let isLong = words.count == 5 && words[1] == "val" && words[3] == "ecr"
          segment.options.kinds.insert(.timestamps)
          segment.options.timestampValue = try small(try number(isLong ? 2 : 1), name)
          segment.options.timestampEcho = try small(try number(isLong ? 4 : 2), name)
        case "sack":
          let numbers = words.dropFirst()
          guard !numbers.isEmpty, numbers.count % 2 == 0, numbers.count <= 8 else {
            throw error("sack takes one to four blocks: sack 2921:4381")
          }
          segment.options.kinds.insert(.sack)
          for pair in stride(from: 1, to: words.count, by: 2) {
            segment.options.sack[Int(segment.options.sackCount)] = SACKBlock(
              left: SequenceNumber(try small(try number(pair), name)),
              right: SequenceNumber(try small(try number(pair + 1), name)))
            segment.options.sackCount += 1
          }
        default:
          throw error(
            "`\(name)` is no option: mss N, sackOK, ws N, ts VALUE/ECHO, sack LEFT:RIGHT, fo, nop")
        }
      }
    }

    private func value(_ text: Substring) throws(ScriptError) -> Int64 {
      guard let value = Int64(text), value.magnitude <= 1 << 40 else {
        throw error("`\(text)` is no number")
      }
      return value
    }

    private func small<Number: FixedWidthInteger>(
      _ value: Int64, _ name: Substring
    ) throws(ScriptError) -> Number {
      guard let number = Number(exactly: value) else {
        throw error("\(name) \(value) is too large")
      }
      return number
    }
  }
}
