import Support
import TCPModel

/// Lines of `ss` and `/proc/net/tcp[6]` to socket samples.
///
/// Columns are found by what their tokens are, never by position: widths, headers, `Netid`,
/// `State` and the queues come and go with the options of `ss`, and the details of a socket may
/// stand on its line or on lines below it. One line is one call; a row stays open until the next
/// one begins.
struct SnapshotParser: ~Copyable {
  let path: String
  let dating: SnapshotDating
  var snapshots: [SnapshotInfo] = []
  /// The row at hand.
  var rows: SocketRowParser
  private let rowWords: WordTable<RowWord>
  private(set) var lineNumber: UInt32 = 0

  /// The newest snapshot has a header; the next one begins another.
  private var hasHeader = false
  private var hasRows = false
  private var hasTCP6 = false
  private var pendingTime: Timestamp?
  private(set) var zones = SnapshotZones()
  /// What every line begins with: the name of a host, say.
  var prefix: [UInt8] = []
  /// As a line of the file, or what stands before every line, names it.
  private(set) var host: String?
  /// Of a line that begins with another name.
  private(set) var lineOfOtherHost: UInt32?
  /// The current rows come from a table that is not TCP, such as `/proc/net/udp`.
  private var isOtherTable = false

  init(
    path: String, dating: SnapshotDating, services: ServiceTable, keeping details: KeptDetails
  ) {
    self.path = path
    self.dating = dating
    rows = SocketRowParser(services: services, keeping: details)
    rowWords = WordTable(RowWord.spellings)
  }

  /// Reads one line, without its line feed. Bytes behind it must be readable.
  mutating func parse(_ line: ByteCursor, into batch: inout SocketBatch) {
    lineNumber &+= 1
    var line = line
    if !prefix.isEmpty { dropPrefix(of: &line) }
    var cursor = line
    let isIndented = cursor.byte <= 0x20
    cursor.skipBlanks()
    if cursor.isAtEnd, rows.part != .users { return }
    switch rows.part {
    case .users:
      if rows.unclosed.takes(line, isRow: beginsRow(cursor)) {
        rows.resumeUsers(&batch)
        return
      }
      note("cut-off process list")
      rows.part = .details
    case .details where isIndented && cursor.byte > 0x39 && !cursor.starts(with: "sl "):
      // What `ss` indents begins with a letter or a glyph; rows of /proc/net/tcp with a digit.
      rows.parseDetails(&cursor, names: &batch.names)
      return
    case .skipped where isIndented && cursor.byte > 0x39 && !cursor.starts(with: "sl "):
      return
    case .local, .peer:
      if rows.parseAddresses(&cursor, names: &batch.names) {
        rows.parseDetails(&cursor, names: &batch.names)
        return
      }
      note("cut-off row")
      rows.part = .none
    case .none, .skipped, .details:
      break
    }
    parseFirstWord(&cursor, line: line, into: &batch)
  }

  private mutating func dropPrefix(of line: inout ByteCursor) {
    let text = UnsafeRawBufferPointer(start: line.position, count: line.rest)
    if text.starts(with: prefix) {
      line.position += prefix.count
    } else if lineOfOtherHost == nil, SnapshotFormat.find(text)?.prefix.isEmpty == false {
      lineOfOtherHost = lineNumber
    }
  }

  /// Looks at what a file begins with.
  mutating func nameHost(in head: UnsafeRawBufferPointer) {
    var line = head.prefix { $0 != 0x0A }
    if line.starts(with: SnapshotFormat.byteOrderMark) {
      line = line.dropFirst(SnapshotFormat.byteOrderMark.count)
    }
    if line.starts(with: prefix) { line = line.dropFirst(prefix.count) }
    host =
      SnapshotHost.name(inLine: UnsafeRawBufferPointer(rebasing: line))
      ?? SnapshotHost.name(inPrefix: prefix)
    if let last = snapshots.indices.last { snapshots[last].host = host }
  }

  /// A line that names the host; false for any other one.
  private mutating func takeHostLine(_ line: UnsafeRawBufferPointer) -> Bool {
    guard let name = SnapshotHost.name(inLine: line) else { return false }
    if host == nil, !hasHeader, !hasRows, snapshots.count <= 1 { host = name }
    if host != name, lineOfOtherHost == nil { lineOfOtherHost = lineNumber }
    return true
  }

  /// The input is at its end: the last row is whole.
  mutating func finish(into batch: inout SocketBatch) {
    if rows.part == .users { note("cut-off process list") }
    closeRow(into: &batch)
  }

  private mutating func parseFirstWord(
    _ cursor: inout ByteCursor, line: ByteCursor, into batch: inout SocketBatch
  ) {
    let start = cursor.position
    var word = cursor
    word.skipToBlank()
    if let known = rowWords.meaning(of: start, count: word.position - start) {
      cursor = word
      parseRow(known, &cursor, into: &batch)
      return
    }
    if isDigit(cursor.byte) {
      if isProcRow(cursor) {
        openRow(.procNetTCP, into: &batch)
        if isOtherTable { return skipRow("other table") }
        rows.parseProcRow(&cursor)
        return
      }
      if queues(cursor) != nil {
        openRow(.ss, into: &batch)
        parseQueues(&cursor)
        continueRow(&cursor, names: &batch.names)
        return
      }
    }
    let text = UnsafeRawBufferPointer(start: start, count: cursor.rest)
    if cursor.byte == UInt8(ascii: "#"), takeHostLine(text) { return closeRow(into: &batch) }
    if let time = SnapshotDating.timeLine(text) {
      closeRow(into: &batch)
      pendingTime = zones.time(of: time, at: lineNumber)
      return
    }
    if beginsWithAddresses(cursor) {
      openRow(.ss, into: &batch)
      continueRow(&cursor, names: &batch.names)
      return
    }
    if rows.part == .details, rows.isDetail(cursor) {
      rows.parseDetails(&cursor, names: &batch.names)
      return
    }
    if rows.part == .skipped, rows.isDetail(cursor) { return }
    note("unrecognised line")
  }

  private mutating func parseRow(
    _ word: RowWord, _ cursor: inout ByteCursor, into batch: inout SocketBatch
  ) {
    switch word {
    case .header:
      openTable(.ss, into: &batch)
      return
    case .procHeader:
      let isTCP6 = contains(cursor, "remote_address")
      isOtherTable = contains(cursor, " drops")
      if snapshots.isEmpty || hasTCP6 || !isTCP6 || snapshots.last?.source != .procNetTCP {
        openTable(.procNetTCP, into: &batch)
      } else {
        // The second table of one snapshot: `cat /proc/net/tcp /proc/net/tcp6`.
        closeRow(into: &batch)
      }
      hasTCP6 = isTCP6
      return
    case .udp: return openOther("udp", into: &batch)
    case .unix: return openOther("unix", into: &batch)
    case .packet: return openOther("packet", into: &batch)
    case .netlink: return openOther("netlink", into: &batch)
    case .raw: return openOther("raw", into: &batch)
    case .mptcp: return openOther("mptcp", into: &batch)
    case .other: return openOther("other protocol", into: &batch)
    case .tcp:
      openRow(.ss, into: &batch)
      cursor.skipBlanks()
      var state = cursor
      state.skipToBlank()
      if let known = rowWords.meaning(of: cursor.position, count: state.position - cursor.position)
      {
        rows.row.state = known.state
        cursor = state
      }
    case .established, .synSent, .synReceived, .finWait1, .finWait2, .timeWait, .closed, .closeWait,
      .lastACK, .listen, .closing, .unnamedState:
      openRow(.ss, into: &batch)
      rows.row.state = word.state
    }
    cursor.skipBlanks()
    if isDigit(cursor.byte) { parseQueues(&cursor) }
    // Without `Netid`, an unconnected socket without a peer is a UDP one: TCP's own are never
    // listed in that state unless they have one.
    continueRow(&cursor, needsPeer: word == .closed, names: &batch.names)
  }

  private mutating func continueRow(
    _ cursor: inout ByteCursor, needsPeer: Bool = false, names: inout SocketNames
  ) {
    rows.part = .local
    cursor.skipBlanks()
    if cursor.isAtEnd { return }
    guard rows.parseAddresses(&cursor, names: &names) else {
      skipRow(isHostName(cursor) ? SnapshotParser.hostNames : "unrecognised row")
      return
    }
    if needsPeer, rows.row.remote.port == 0, rows.row.remoteService == nil {
      return skipRow("unconnected")
    }
    if rows.part == .details { rows.parseDetails(&cursor, names: &names) }
  }

  /// Moves behind the queues if these are what the row has here.
  private mutating func parseQueues(_ cursor: inout ByteCursor) {
    guard let (receive, send, behind) = queues(cursor) else { return }
    rows.row.receiveQueue = receive
    rows.row.sendQueue = send
    cursor = behind
  }
}

// MARK: - Rows and snapshots

extension SnapshotParser {
  private mutating func openTable(
    _ source: CaptureInfo.Format, into batch: inout SocketBatch
  ) {
    closeRow(into: &batch)
    openSnapshot(source)
    hasHeader = true
  }

  /// Begins a snapshot; one that has neither header nor rows yet is this one.
  private mutating func openSnapshot(_ source: CaptureInfo.Format) {
    var snapshot = SnapshotInfo(path: path, source: source, firstLine: max(lineNumber, 1))
    snapshot.label = dating.label
    snapshot.host = host
    if !hasHeader, !hasRows, let placeholder = snapshots.popLast() {
      snapshot.skipped = placeholder.skipped
    }
    (snapshot.time, snapshot.timeBasis) = dating.time(
      ofSnapshot: snapshots.count, timeLine: pendingTime)
    snapshots.append(snapshot)
    pendingTime = nil
    hasRows = false
    hasHeader = false
    hasTCP6 = false
  }

  /// An input without a row or a header is one snapshot all the same: a host without sockets.
  mutating func ensureSnapshot(_ source: CaptureInfo.Format) {
    if snapshots.isEmpty { openSnapshot(source) }
  }

  /// Passes over a line that is longer than any row can be.
  mutating func skipLongLine(into batch: inout SocketBatch) {
    lineNumber &+= 1
    closeRow(into: &batch)
    note("line too long")
  }

  mutating func openRow(_ source: CaptureInfo.Format, into batch: inout SocketBatch) {
    closeRow(into: &batch)
    if (!hasHeader && !hasRows) || pendingTime != nil || snapshots.last?.source != source {
      openSnapshot(source)
    }
    hasRows = true
    rows.begin(source, snapshot: snapshots.count &- 1, line: lineNumber)
  }

  private mutating func openOther(_ reason: String, into batch: inout SocketBatch) {
    openRow(.ss, into: &batch)
    skipRow(reason)
  }

  mutating func skipRow(_ reason: String) {
    note(reason)
    rows.part = .skipped
  }

  mutating func closeRow(into batch: inout SocketBatch) {
    switch rows.part {
    case .details, .users:
      rows.complete()
      batch.append(rows.row)
      snapshots[snapshots.count - 1].sockets += 1
    case .local, .peer:
      note("cut-off row")
    case .none, .skipped:
      break
    }
    rows.part = .none
    for remark in rows.remarks { note(remark) }
    rows.remarks.removeAll()
  }

  /// Reasons for which a line counts as not understood; others are known for what they are.
  private static let unread: Set = ["unrecognised line", "unrecognised row", hostNames]
  /// Reasons that tell nothing of what a file is.
  private static let cut: Set = ["cut-off row", "cut-off process list", "line too long"]
  private static let hostNames = "address given as a name"

  /// Why nothing of an input that was read to its end could be used; nil where something was.
  var problem: String? {
    if let line = lineOfOtherHost {
      return "line \(line) is of another host than the lines before it; give each host's lines a"
        + " file of their own"
    }
    guard snapshots.allSatisfy({ $0.sockets == 0 }) else { return nil }
    let reasons = Set(snapshots.flatMap(\.skipped.keys))
    guard !reasons.isDisjoint(with: SnapshotParser.unread),
      reasons.isSubset(of: SnapshotParser.unread.union(SnapshotParser.cut))
    else { return nil }
    return reasons.contains(SnapshotParser.hostNames)
      ? "its addresses are given as names, as 'ss -r' does; save the sockets with 'ss -tanoipem'"
      : "no line is a socket as ss or /proc/net/tcp shows it; save the sockets with"
        + " 'ss -tanoipem'"
  }

  /// Counts a row or line that was not read.
  mutating func note(_ reason: String) {
    ensureSnapshot(.ss)
    snapshots[snapshots.count - 1].skipped[reason, default: 0] += 1
  }
}

// MARK: - What a line begins with

extension SnapshotParser {
  @inline(__always)
  private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// `12: 0100007F:1F90 ...`
  private func isProcRow(_ cursor: ByteCursor) -> Bool {
    var cursor = cursor
    guard cursor.decimal() != nil, cursor.skip(UInt8(ascii: ":")) else { return false }
    return cursor.isAtBlank
  }

  /// Two numbers, then something else.
  @inline(__always)
  private func queues(
    _ cursor: ByteCursor
  ) -> (receive: UInt32, send: UInt32, behind: ByteCursor)? {
    var cursor = cursor
    guard let receive = cursor.decimal32(), cursor.isAtBlank else { return nil }
    cursor.skipBlanks()
    guard let send = cursor.decimal32(), cursor.isAtBlank else { return nil }
    return (receive, send, cursor)
  }

  private func beginsWithAddresses(_ cursor: ByteCursor) -> Bool {
    var cursor = cursor
    guard SocketAddressText(cursor.token) != nil else { return false }
    cursor.skipToBlank()
    cursor.skipBlanks()
    return SocketAddressText(cursor.token) != nil
  }

  private func isHostName(_ cursor: ByteCursor) -> Bool {
    let token = cursor.token
    return token.contains(UInt8(ascii: ":")) && token.first.map { $0 > 0x40 } ?? false
  }

  func beginsRow(_ cursor: ByteCursor) -> Bool {
    rowWords.meaning(of: cursor.position, count: cursor.token.count) != nil || isProcRow(cursor)
      || queues(cursor) != nil
  }

  private func contains(_ cursor: ByteCursor, _ text: StaticString) -> Bool {
    var cursor = cursor
    while !cursor.isAtEnd {
      if cursor.starts(with: text) { return true }
      cursor.position += 1
    }
    return false
  }
}
