import TCPModel

/// The journals of all pieces of a capture, on their way back to what reading the capture gives.
struct JournalFile {
  let paths: [String]
  /// Which of them is being read.
  private var current = 0
  private(set) var head: JournalHead
  private(set) var bytes: Int64 = 0
  /// Bytes of the block that were not read yet.
  private var left = 0
  private var flows = JournalFlows()

  /// Opens the first one.
  init(_ paths: [String], _ window: inout InputWindow) throws(CaptureError) {
    self.paths = paths
    head = try JournalFile.readHead(&window, paths.first ?? "")
  }

  /// How far reading has come in the capture, as far as that is known.
  var bytesRead: Int64 { head.piece.offset }

  private static let windowCapacity = JournalBlock.fullLength + (1 << 16)

  static func open(_ path: String) throws(CaptureError) -> InputWindow {
    do {
      return try InputWindow(path: path, capacity: windowCapacity)
    } catch {
      throw JournalFile.damage(path, at: 0, error.message, error.kind)
    }
  }

  static func readHead(
    _ window: inout InputWindow, _ path: String
  ) throws(CaptureError) -> JournalHead {
    let mark = JournalBlock.mark
    guard try window.fill(mark.count) else { throw damage(path, at: 0, "this is no journal") }
    guard window.bytes.extracting(first: 5).copy == Array(mark[..<5]) else {
      throw damage(path, at: 0, "this is no journal of a piece")
    }
    guard window.bytes.extracting(first: mark.count).copy == mark else {
      throw damage(
        path, at: 5, "a journal of version \(window.bytes.uint8(at: 5)), or one damaged on its way")
    }
    window.advance(by: mark.count)
    let (kind, length) = try readBlock(&window, path)
    let head = JournalHead(window.bytes.extracting(first: length))
    guard kind == JournalBlock.Kind.head, let head else {
      throw damage(path, at: window.offset, "the journal does not begin with what piece it is of")
    }
    window.advance(by: length)
    return head
  }

  /// Reads until the next block is whole in the window, and goes to its content.
  private static func readBlock(
    _ window: inout InputWindow, _ path: String
  ) throws(CaptureError) -> (kind: UInt8, length: Int) {
    let start = window.offset
    let headerLength = JournalBlock.headerLength
    guard try window.fill(headerLength) else {
      throw damage(path, at: start, "the journal is cut off")
    }
    let kind = window.bytes.uint8(at: 0)
    let length = ByteOrder.little.uint32(window.bytes, at: 1)
    let stated = ByteOrder.little.uint32(window.bytes, at: 5)
    guard length <= JournalBlock.maximumLength else {
      throw damage(path, at: start, "a block of the journal claims \(length) bytes")
    }
    guard try window.fill(headerLength + Int(length)) else {
      throw damage(path, at: start, "the journal is cut off")
    }
    let sum = window.bytes.extracting(first: 5).withUnsafeBytes { JournalBlock.checksum($0, 0) }
    window.advance(by: headerLength)
    let whole = window.bytes.extracting(first: Int(length)).withUnsafeBytes {
      JournalBlock.checksum($0, sum)
    }
    guard whole == stated else {
      throw damage(path, at: start, "a block of the journal is damaged (its checksum differs)")
    }
    return (kind, Int(length))
  }

  private static func damage(
    _ path: String, at offset: Int64, _ text: String,
    _ kind: CaptureError.Kind = .notACapture
  ) -> CaptureError {
    CaptureError(
      kind, .journal, offset: offset,
      "\(path): \(text)\(kind == .notACapture ? " (byte offset \(offset)); make it again with tcptimeline fragment" : "")"
    )
  }

  /// Fills the batch from the journals.
  mutating func read(
    _ window: inout InputWindow, decoder: inout FrameDecoder, notes: inout PcapNGNotes,
    batch: inout SegmentBatch
  ) throws(CaptureError) -> ReadStop {
    while true {
      if left > 0 {
        let (consumed, isGood) = readEntries(
          window.bytes.extracting(first: left), &decoder, &notes, &batch)
        guard isGood else {
          throw JournalFile.damage(
            paths[current], at: window.offset, "an entry of the journal cannot be")
        }
        window.advance(by: consumed)
        left -= consumed
        if batch.isFull { return .batchFull }
        continue
      }
      // What was read points into the window.
      if !batch.isEmpty { return .batchFull }
      let (kind, length) = try JournalFile.readBlock(&window, paths[current])
      switch kind {
      case JournalBlock.Kind.entries:
        flows.removeAll()
        left = length
      case JournalBlock.Kind.end:
        guard let end = JournalEnd(window.bytes.extracting(first: length)) else {
          throw JournalFile.damage(
            paths[current], at: window.offset, "the end of the journal is damaged")
        }
        if let stop = try finish(end, &window, &decoder, &notes) { return stop }
      default:
        throw JournalFile.damage(
          paths[current], at: window.offset, "a block of an unknown kind (\(kind))")
      }
    }
  }

  /// Goes on with the next piece.
  ///
  /// - Returns: How the capture ends, where it does here.
  private mutating func finish(
    _ end: JournalEnd, _ window: inout InputWindow, _ decoder: inout FrameDecoder,
    _ notes: inout PcapNGNotes
  ) throws(CaptureError) -> ReadStop? {
    decoder.add(end.tally)
    bytes = end.bytes
    let stop: ReadStop
    switch end.stop {
    case .failed(let error): throw error
    case .read(let read): stop = read
    }
    guard case .end = stop, current + 1 < paths.count else { return stop }
    let before = head.piece
    current += 1
    window = try JournalFile.open(paths[current])
    head = try JournalFile.readHead(&window, paths[current])
    guard head.piece.piece == before.piece + 1, head.piece.input == before.input,
      head.piece.offset == before.end, head.piece.before.frames == end.tally.frames
    else {
      throw JournalFile.damage(
        paths[current], at: 0,
        "this is piece \(head.piece.piece) of \(head.piece.input), not what follows"
          + " piece \(before.piece) of \(before.input)")
    }
    head.addLinkTypes(to: &notes)
    return nil
  }

  /// Reads entries until the batch is full or the block is over.
  private mutating func readEntries(
    _ block: RawSpan, _ decoder: inout FrameDecoder, _ notes: inout PcapNGNotes,
    _ batch: inout SegmentBatch
  ) -> (consumed: Int, isGood: Bool) {
    var cursor = JournalCursor(block)
    while cursor.rest > 0, !batch.isFull {
      let tag = cursor.number()
      switch tag {
      case JournalFlows.Tag.frame:
        JournalFile.readFrame(&cursor, &decoder, &batch)
      case JournalFlows.Tag.note:
        guard let note = cursor.note() else { return (0, false) }
        notes.add(note)
      default:
        flows.read(tag, from: &cursor, into: &batch)
      }
      if cursor.isDamaged { return (0, false) }
    }
    return (cursor.position, true)
  }

  @_lifetime(cursor: copy cursor)
  private static func readFrame(
    _ cursor: inout JournalCursor, _ decoder: inout FrameDecoder, _ batch: inout SegmentBatch
  ) {
    let number = Int64(bitPattern: cursor.number())
    let time = Timestamp(nanoseconds: cursor.signed())
    let isUntimed = cursor.number() == 1
    let type = LinkType(rawValue: UInt16(truncatingIfNeeded: cursor.number()))
    let interface = UInt16(truncatingIfNeeded: cursor.number())
    let wireLength = cursor.number()
    let bytes = cursor.raw(cursor.length())
    guard !cursor.isDamaged, number > 0, bytes.byteCount <= Int(PcapFile.maximumRecordLength),
      wireLength >= UInt64(bytes.byteCount), wireLength <= UInt64(UInt32.max)
    else { return cursor.fail() }
    decoder.decodeKept(
      FrameBytes(bytes, wireLength: Int(wireLength)), type, number: number, at: time,
      isUntimed: isUntimed, interface: interface, into: &batch)
  }
}

extension JournalHead {
  func addLinkTypes(to notes: inout PcapNGNotes) {
    for type in linkTypes { notes.addLinkType(LinkType(rawValue: type)) }
  }
}

extension JournalCursor {
  /// nil where it is none.
  @_lifetime(self: copy self)
  fileprivate mutating func note() -> PieceLog.Note? {
    let kind = number()
    switch kind {
    case 1: return .linkType(UInt16(truncatingIfNeeded: number()))
    case 2: return .packetDrops(number())
    default: break
    }
    let order: ByteOrder = number() == 1 ? .big : .little
    let value = signed()
    let body = list()
    guard value >= 0, value <= Int64(Int32.max) || kind == 3 else { return nil }
    switch kind {
    case 3: return .packetOptions(body, order, frame: value)
    case 4: return .comments(body, order, position: Int(value))
    case 5: return .names(body, order)
    case 6: return .statistics(body, order, interface: Int(value))
    default: return nil
    }
  }
}

extension JournalHead {
  /// Of the journal in a file.
  public static func read(_ path: String) throws(CaptureError) -> JournalHead {
    var window = try JournalFile.open(path)
    return try JournalFile.readHead(&window, path)
  }
}
