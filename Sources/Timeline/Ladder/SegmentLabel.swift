import Support
import TCPModel

/// The words that ride on an arrow.
struct SegmentLabel {
  let texts: Texts
  let phases: PhaseFinder
  let requests: LadderRequests
  /// What is not said of a SYN.
  var hidden: Set<DiagramOptions.Part>
  /// What a lesson numbers its arrows with; nil where they are known by their frames.
  var steps: LadderSteps?

  init(
    _ connection: Connection, _ texts: Texts, hidden: Set<DiagramOptions.Part> = [],
    steps: LadderSteps? = nil
  ) {
    self.texts = texts
    self.hidden = hidden
    self.steps = steps
    phases = PhaseFinder(phases: connection.phases)
    requests = LadderRequests(connection)
  }

  /// Flags, sequence space in the manner of packet traces (`1:301 (300)`), acknowledgment.
  func words(_ segment: SegmentDetail) -> [Word] {
    let ink = ink(segment)
    let flags = segment.flags.names
    var words = [
      Word(
        flags.isEmpty ? texts("label.noFlags") : flags.joined(separator: ", "), .labelStrong, ink)
    ]
    func add(_ text: String) { words.append(Word(text, .label, .text, gap: 7)) }
    if segment.payload > 0 {
      // A SYN takes the first number, the data (Fast Open) those after it.
      let first = segment.sequence &+ (segment.flags.contains(.syn) ? 1 : 0)
      if segment.flags.contains(.syn) { add("seq \(segment.sequence)") }
      add("\(first):\(first &+ segment.payload) (\(segment.payload))")
    } else if !segment.flags.isDisjoint(with: [.syn, .fin, .rst]) || segment.flags.isEmpty
      || segment.kinds.contains(.keepAlive)
    {
      add("seq \(segment.sequence)")
    }
    if let acknowledgment = segment.acknowledgment { add("ack \(acknowledgment)") }
    if segment.flags.contains(.syn) || segment.window == 0 && !segment.flags.contains(.rst) {
      add("win \(segment.window)")
    }
    if segment.flags.contains(.urg) { add("urg \(segment.urgentPointer)") }
    return words
  }

  /// Colour follows the phase; bare ACKs stay in the background, trouble comes to the front.
  func ink(_ segment: SegmentDetail) -> Ink {
    if signs(segment).contains(where: \.isTrouble) { return .trouble }
    // Its sender sent it once.
    if segment.isSecondCopy, !segment.changesState { return .quiet }
    if segment.flags.contains(.syn) { return .handshake }
    if segment.flags.contains(.fin) { return .teardown }
    if segment.payload > 0 { return segment.from == .client ? .send : .receive }
    if segment.changesState { return phases.ink(of: segment) }
    return .quiet
  }

  /// What marks the row, the most serious sign first.
  func signs(_ segment: SegmentDetail) -> [Sign] {
    var signs: [Sign] = segment.flags.contains(.rst) ? [.reset] : []
    for kind in segment.kinds where !(kind.isRepeat && segment.remarks.answersCrossing) {
      if let sign = kind.sign { signs.append(sign) }
    }
    return signs.filter(\.isTrouble) + signs.filter { !$0.isTrouble }
  }

  /// What a SYN offers, in the short forms of tcpdump.
  func options(_ segment: SegmentDetail) -> [Word] {
    guard segment.flags.contains(.syn), !segment.isSecondCopy else { return [] }
    let options = segment.options
    // The initial sequence number itself, which every relative one counts from.
    var parts = hidden.contains(.isn) ? [] : ["ISN \(segment.rawSequence)"]
    parts += hidden.contains(.options) ? [] : offers(options)
    return parts.isEmpty ? [] : [Word(parts.joined(separator: " · "), .detail, .muted)]
  }

  private func offers(_ options: TCPOptions) -> [String] {
    var parts: [String] = []
    if options.kinds.contains(.mss) { parts.append("mss \(options.mss)") }
    if options.kinds.contains(.sackPermitted) { parts.append("sackOK") }
    if options.kinds.contains(.timestamps) { parts.append("TS") }
    if options.kinds.contains(.windowScale) { parts.append("wscale \(options.windowScale)") }
    if options.kinds.contains(.fastOpen) { parts.append("TFO") }
    if options.kinds.contains(.multipath) { parts.append("MPTCP") }
    if options.kinds.contains(.md5) { parts.append("MD5") }
    if options.kinds.contains(.authentication) { parts.append("TCP-AO") }
    return parts
  }

  /// What is to be said of the segment beyond its header, most serious first.
  func remarks(_ segment: SegmentDetail) -> [Word] {
    let remarks = segment.remarks
    var said: [(text: String, ink: Ink)] = []
    // Fast and spurious ones are repeats too: the more exact word comes last in the list.
    if !remarks.answersCrossing, let exact = segment.kinds.last(where: \.isRepeat),
      let ink = exact.remarkInk
    {
      var text = texts("kind." + exact.rawValue)
      if let since = remarks.sinceOriginal {
        text = repeated(text, after: remarks.repeats, Quantity.duration(since))
      }
      said.append((text, ink))
      if remarks.isNeedless { said.append((texts("remark.needless"), .caution)) }
    }
    switch remarks.fate {
    case .arrived: break
    case .lost: said.append((texts("fate.lost"), .trouble))
    case .presumedLost: said.append((texts("fate.presumedLost"), .trouble))
    case .unanswered: said.append((texts("fate.unanswered"), .trouble))
    }
    if remarks.opensWindow { said.append((texts("remark.opensWindow"), .caution)) }
    for kind in segment.kinds where !kind.isRepeat {
      if let ink = kind.remarkInk { said.append((texts("kind." + kind.rawValue), ink)) }
    }
    let words = said.enumerated().map { index, item in
      index == 0
        ? Word(item.text, .detail, item.ink) : Word("· " + item.text, .detail, item.ink, gap: 4)
    }
    guard let request = segment.ownFrame.flatMap({ requests.words($0, texts) }) else {
      return words
    }
    guard var first = words.first else { return [request] }
    first.gap = 8
    return [request, first] + words.dropFirst()
  }

  /// The earlier one by the number that its arrow has, or by its frame, if this capture has it.
  private func repeated(_ word: String, after frame: Int64?, _ time: String) -> String {
    if steps == nil, let frame {
      return texts("remark.repeats", ["word": word, "time": time, "frame": String(frame)])
    }
    guard let number = frame.flatMap({ steps?.numbers[$0] }) else {
      return texts("remark.repeats.first", ["word": word, "time": time])
    }
    return texts("remark.repeats.step", ["word": word, "time": time, "number": String(number)])
  }

  /// `42 segments  1201:60001  58 kB in 3.1 ms`, and what else the run holds.
  func words(_ run: LadderRun, from side: Side, duration: Nanoseconds) -> (
    first: [Word], second: [Word]
  ) {
    let tally = run.tally
    let time = Quantity.duration(duration)
    var first: [Word] = []
    var rest: [String] = []
    let data = tally.dataSegments[side]
    let acks = tally.bareSegments
    if data > 0 {
      let ink: Ink = side == .client ? .send : .receive
      first.append(Word(texts.counted("run.segments", data), .labelStrong, ink))
      if let sequences = run.sequences {
        first.append(
          Word("\(sequences.lowerBound):\(sequences.upperBound)", .label, .text, gap: 7))
      }
      let amount = Quantity.bytes(tally.payload[side])
      first.append(
        Word(texts("run.amount", ["bytes": amount, "time": time]), .label, .text, gap: 7))
      if run.isLost { rest.append(texts("fate.lost")) }
      if acks[side.peer] > 0 { rest.append(texts.counted("run.acksBack", acks[side.peer])) }
    } else {
      let total = acks.client + acks.server
      first.append(Word(texts.counted("run.acks", total), .labelStrong, .quiet))
      first.append(Word(texts("run.time", ["time": time]), .label, .text, gap: 7))
    }
    for (kind, count) in tally.countedKinds where kind.sign != nil {
      rest.append(texts.counted("kinds." + kind.rawValue, count))
    }
    return (first, rest.isEmpty ? [] : [Word(rest.joined(separator: " · "), .detail, .muted)])
  }

  /// What the limit on rows left out.
  func words(_ omission: Omission) -> [Word] {
    [
      Word(texts.counted("omission.segments", omission.tally.segments), .note, .text),
      Word(
        texts(
          "omission.amounts",
          [
            "up": Quantity.bytes(omission.tally.payload.client),
            "down": Quantity.bytes(omission.tally.payload.server),
          ]), .note, .muted, gap: 5),
    ]
  }

  func details(_ omission: Omission, duration: Nanoseconds, room: Double) -> [[Word]] {
    var items = [texts("run.time", ["time": Quantity.duration(duration)])]
    if let first = omission.tally.firstFrame, let last = omission.tally.lastFrame {
      items.append(texts("omission.frames", ["first": String(first), "last": String(last)]))
    }
    for (kind, count) in omission.tally.countedKinds where kind.sign != nil {
      items.append(texts.counted("kinds." + kind.rawValue, count))
    }
    var lines: [String] = []
    for item in items {
      let longer = (lines.last.map { $0 + " · " } ?? "") + item
      if lines.isEmpty || TextMetrics.width(longer, .detail) > room {
        lines.append(item)
      } else {
        lines[lines.count - 1] = longer
      }
    }
    return lines.map { [Word($0, .detail, .muted)] }
  }
}

extension SegmentDetail {
  /// The capture holds the same packet already.
  fileprivate var isSecondCopy: Bool { kinds.contains(.duplicateFrame) }

  /// The whole header, raw numbers beside the relative ones.
  func tooltip(_ texts: Texts) -> String {
    var lines = [
      texts(
        "tooltip.where",
        [
          "frame": String(frame), "time": Quantity.seconds(at, decimals: 6),
          "from": texts("side." + from.name), "to": texts("side." + from.peer.name),
        ])
    ]
    var header = flags.names.joined(separator: ", ")
    header += "  seq \(sequence) (\(rawSequence))"
    if let acknowledgment { header += "  ack \(acknowledgment) (\(rawAcknowledgment))" }
    header += "  win \(window)"
    if window != Int64(rawWindow) { header += " (\(rawWindow))" }
    header += "  len \(payload)"
    if flags.contains(.urg) { header += "  urg \(urgentPointer)" }
    lines.append(header)
    let listed = optionList
    if !listed.isEmpty { lines.append(listed.joined(separator: ", ")) }
    if ttl > 0 { lines.append("TTL \(ttl)  IP id \(ipIdentification)") }
    var said = kinds.map { texts("kind." + $0.rawValue) }
    switch remarks.fate {
    case .arrived: break
    case .lost: said.append(texts("fate.lost"))
    case .presumedLost: said.append(texts("fate.presumedLost"))
    case .unanswered: said.append(texts("fate.unanswered"))
    }
    if !said.isEmpty { lines.append(said.joined(separator: ", ")) }
    return lines.joined(separator: "\n")
  }

  private var optionList: [String] {
    var list: [String] = []
    if options.kinds.contains(.mss) { list.append("mss \(options.mss)") }
    if options.kinds.contains(.windowScale) { list.append("wscale \(options.windowScale)") }
    if options.kinds.contains(.sackPermitted) { list.append("sackOK") }
    if options.kinds.contains(.timestamps) {
      list.append("TS val \(options.timestampValue) ecr \(options.timestampEcho)")
    }
    if options.kinds.contains(.sack) {
      for index in 0..<min(Int(options.sackCount), 4) {
        let block = options.sack[index]
        list.append("SACK \(block.left.rawValue):\(block.right.rawValue)")
      }
    }
    if options.kinds.contains(.fastOpen) { list.append("TFO \(options.fastOpenCookieLength)") }
    if options.kinds.contains(.multipath) { list.append("MPTCP") }
    return list
  }
}

/// Which phase a segment belongs to.
struct PhaseFinder {
  let phases: [Phase]

  func ink(of segment: SegmentDetail) -> Ink {
    // What ends a phase belongs to it: the ACK that completes the handshake, the close's last ACK.
    let index = phases.partitioningIndex { $0.start.plus($0.duration) >= segment.at }
    return index < phases.count ? phases[index].name.ink : .quiet
  }
}

extension Phase.Name {
  public var ink: Ink {
    switch self {
    case .handshake, .tls: .handshake
    case .send: .send
    case .wait: .wait
    case .receive: .receive
    case .idle: .idle
    case .teardown: .teardown
    case .timeWait: .timeWait
    case .stalled: .trouble
    }
  }
}
