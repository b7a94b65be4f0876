import Support
import TCPModel

/// One row of `ss` or of `/proc/net/tcp[6]`, word by word, however many lines it takes.
///
/// It knows nothing of the rows around it: which snapshot a row belongs to, and what is none, the
/// `SnapshotParser` tells.
struct SocketRowParser: ~Copyable {
  /// What the next words belong to.
  enum Part {
    /// No row is open.
    case none
    /// A row of another protocol: what follows it belongs to it.
    case skipped
    /// The row has no local or no peer address yet (narrow terminals break the line there).
    case local, peer
    case details
    /// The process list went on behind the line's end: a name holds a line feed.
    case users
  }

  var part = Part.none
  var row = SocketSample()
  /// Words of no known meaning.
  var unknown = UnknownTokens()
  var processes: [SocketProcess] = []
  var unclosed = UnclosedList()
  /// Why something of the row could not be read, until it is counted.
  var remarks: [String] = []
  /// Of the host that wrote `/proc/net/tcp`.
  var hasBigEndianWords = false

  private let services: ServiceTable
  /// By `SocketWord.Entry.number`.
  private let effects: [SocketWord.Effect]
  private var table: WordTable<SocketWord.Entry>
  /// The row has words of `-i`.
  private var hasInfo = false
  private var source = CaptureInfo.Format.ss
  /// Copied for every row: making them anew takes twice as long.
  private let emptyRow = SocketSample()
  let emptyInfo = TCPInfo()

  init(services: ServiceTable, keeping details: KeptDetails) {
    self.services = services
    let words = SocketWord.all(keeping: details)
    effects = words.map(\.effect)
    table = WordTable(
      words.enumerated().map { ($1.spelling, SocketWord.Entry($1, number: $0)) }
    ) { $0.ignoredWords }
  }

  mutating func begin(_ source: CaptureInfo.Format, snapshot: Int, line: UInt32) {
    row = emptyRow
    row.snapshot = UInt32(truncatingIfNeeded: snapshot)
    row.line = line
    self.source = source
    part = .local
  }

  /// The row is whole: fills in the zeros of `TCPInfo`'s and `SocketSample`'s documentation.
  mutating func complete() {
    if row.uid == nil, let inode = row.inode, inode != 0, source == .ss { row.uid = 0 }
    guard hasInfo else { return }
    if row.state != .listen { row.info?.fillZeros() }
    hasInfo = false
  }
}

// MARK: - Addresses

extension SocketRowParser {
  /// The local and the peer address, as far as the line holds them. False when a word that stands
  /// for one is none; nothing is consumed then.
  mutating func parseAddresses(_ cursor: inout ByteCursor, names: inout SocketNames) -> Bool {
    while part == .local || part == .peer {
      cursor.skipBlanks()
      if cursor.isAtEnd { return true }
      let token = cursor.token
      guard let text = SocketAddressText(token) else { return false }
      set(text, names: &names)
      cursor.position += token.count
    }
    return true
  }

  private mutating func set(_ text: SocketAddressText, names: inout SocketNames) {
    var endpoint = Endpoint(address: text.address, port: text.port)
    var service: NameID?
    if let name = text.service {
      if let port = services.port(of: name) {
        endpoint.port = port
      } else {
        service = names.text(name)
      }
    }
    if let interface = text.interface, row.interface == nil {
      row.interface = names.text(interface)
    }
    if text.isIPv4Mapped { row.isIPv4Mapped = true }
    if part == .local {
      row.local = endpoint
      row.localService = service
      part = .peer
    } else {
      row.remote = endpoint
      row.remoteService = service
      part = .details
    }
  }
}

// MARK: - Words: `-p -o -e -m -i` and friends

extension SocketRowParser {
  mutating func parseDetails(_ cursor: inout ByteCursor, names: inout SocketNames) {
    while true {
      cursor.skipBlanks()
      if cursor.isAtEnd { return }
      let start = cursor.position
      guard let entry = table.next(&cursor) else {
        parseBareWord(&cursor, from: start, names: &names)
        continue
      }
      if entry.ignoredWords == 1 {
        cursor.skipToBlank()
        table.skipIgnored(&cursor)
        continue
      }
      if entry.isInfo { beginInfo() }
      if parse(entry, &cursor, names: &names), cursor.isAtBlank { continue }
      if part == .users {
        unclosed.begin(ByteCursor(position: start, end: cursor.end))
        return
      }
      cursor.skipToBlank()
      unknown.add(cursor.text(from: start))
    }
  }

  /// A word with a colon that belongs to a row: how details begin when their line is not indented.
  func isDetail(_ cursor: ByteCursor) -> Bool {
    let token = cursor.token
    guard let colon = token.firstIndex(of: UInt8(ascii: ":")) else { return false }
    return table.meaning(of: cursor.position, count: colon + 1) != nil
  }

  /// What `-i` tells of a socket is written into its row: copied there, it would cost as much again.
  @inline(__always)
  private mutating func beginInfo() {
    if hasInfo { return }
    row.info = emptyInfo
    hasInfo = true
  }

  /// Reads the value of one word. False when it is not of the form the word has.
  @inline(__always)
  private mutating func parse(
    _ entry: SocketWord.Entry, _ cursor: inout ByteCursor, names: inout SocketNames
  ) -> Bool {
    switch effects[Int(entry.number)] {
    case .figure(let set):
      guard let value = cursor.figure() else { return false }
      set(&row, UInt32(clamping: value))
    case .wideFigure(let set):
      guard let value = cursor.figure() else { return false }
      set(&row, value)
    case .duration(let set):
      guard let value = cursor.milliseconds() else { return false }
      set(&row, value)
    case .mark(let set): set(&row)
    case .form(let read): return read(&row, &cursor)
    case .rate(let set, let setMaximum):
      cursor.skipBlanks()
      guard let rate = cursor.bitRate() else { return false }
      set(&row, rate)
      if let setMaximum, cursor.skip(UInt8(ascii: "/")) {
        guard let maximum = cursor.bitRate() else { return false }
        setMaximum(&row, maximum)
      }
    case .name(let set):
      let start = cursor.position
      cursor.skipToBlank()
      set(&row, names.text(cursor.text(from: start)).rawValue)
    case .ignoredPair:
      cursor.skipBlanks()
      guard !cursor.isAtEnd else { return false }
      cursor.skipToBlank()
    case .users:
      switch parseUsers(&cursor, names: &names) {
      case .closed: return true
      case .malformed: return false
      case .unclosed:
        part = .users
        return false
      }
    case .ignored: return false
    }
    return true
  }

  /// The congestion control's name is the only word without a fixed spelling: it stands before the
  /// figures. Modules outside the kernel's tree have names of their own.
  private mutating func parseBareWord(
    _ cursor: inout ByteCursor, from start: UnsafePointer<UInt8>, names: inout SocketNames
  ) {
    let word = cursor.text(from: start)
    let isWhole = cursor.isAtBlank
    cursor.skipToBlank()
    if ByteCursor(position: start, end: cursor.position).starts(with: "tcp-ulp-") {
      beginInfo()
      row.info?.flags.insert(.upperLayer)
    } else if isWhole, row.info?.congestionControl == nil, row.info?.congestionWindow == nil,
      isModuleName(word)
    {
      beginInfo()
      row.info?.congestionControl = names.text(word)
    } else {
      unknown.add(cursor.text(from: start))
    }
  }

  /// At most 15 bytes (`TCP_CA_NAME_MAX`) of lower case letters, digits, `_` and `-`.
  private func isModuleName(_ word: UnsafeRawBufferPointer) -> Bool {
    guard (2...15).contains(word.count), word[0] >= UInt8(ascii: "a") else { return false }
    return word.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
    }
  }
}

// MARK: - What `ss` leaves out by rule

extension TCPInfo {
  fileprivate mutating func fillZeros() {
    // `ss -m` alone, or a row cut off before the figures.
    guard retransmissionTimeout != nil || congestionWindow != nil else { return }
    unacknowledged = unacknowledged ?? 0
    retransmitting = retransmitting ?? 0
    totalRetransmissions = totalRetransmissions ?? 0
    lost = lost ?? 0
    sacked = sacked ?? 0
    backoff = backoff ?? 0
    lastSent = lastSent ?? 0
    lastReceived = lastReceived ?? 0
    lastACK = lastACK ?? 0
    reordering = reordering ?? 3
    if segmentsIn != nil || segmentsOut != nil {
      segmentsIn = segmentsIn ?? 0
      segmentsOut = segmentsOut ?? 0
      bytesAcked = bytesAcked ?? 0
      bytesReceived = bytesReceived ?? 0
    }
    if minimumRTT != nil {
      notSent = notSent ?? 0
      dataSegmentsIn = dataSegmentsIn ?? 0
      dataSegmentsOut = dataSegmentsOut ?? 0
    }
    if delivered != nil || bytesSent != nil {
      bytesSent = bytesSent ?? 0
      bytesRetransmitted = bytesRetransmitted ?? 0
      duplicateSACKs = duplicateSACKs ?? 0
      reorderingSeen = reorderingSeen ?? 0
      deliveredCE = deliveredCE ?? 0
    }
    if sendWindow != nil { outOfOrder = outOfOrder ?? 0 }
  }
}

/// Tokens of no known meaning: how many, and the first few different ones.
struct UnknownTokens {
  private(set) var count: Int64 = 0
  private(set) var examples: [String: Int64] = [:]
  static let maximumExamples = 32

  mutating func add(_ token: UnsafeRawBufferPointer) {
    count += 1
    let text = String(decoding: token.prefix(64), as: UTF8.self)
    if examples.count < UnknownTokens.maximumExamples || examples[text] != nil {
      examples[text, default: 0] += 1
    }
  }
}
