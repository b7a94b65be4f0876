import TCPModel

/// Reads a piece of a capture, and hands out its journal a block at a time.
public struct JournalWriter: ~Copyable {
  private var reader: CaptureReader
  private let piece: CapturePiece
  private let log = PieceLog()
  private var batch = SegmentBatch()
  private var bytes = JournalBytes()
  private var flows = JournalFlows()
  private var indices: [FlowKey: Int] = [:]
  private var isFinished = false
  private var hasBegun = false
  /// So far.
  public private(set) var segments: Int64 = 0

  /// - Parameter path: Where the capture is now.
  public init(_ piece: CapturePiece, path: String) throws(CaptureError) {
    var reader = try CaptureReader(path: path)
    if let now = reader.window.fileSize, now != piece.size {
      throw CaptureError(
        .notACapture, .file, offset: 0,
        "has \(now) bytes, and had \(piece.size) when its pieces were listed; list them again")
    }
    if piece.piece > 1 {
      guard reader.window.compression == .none else {
        throw CaptureError(.notACapture, .file, offset: 0, "is compressed: it is one piece")
      }
      try reader.seek(to: piece.position)
    }
    if let end = piece.end { try reader.window.setLimit(end) }
    self.piece = piece
    self.reader = reader
  }

  /// The next bytes of the journal; nil when it is whole.
  public mutating func next() throws(CaptureError) -> [UInt8]? {
    if !hasBegun {
      hasBegun = true
      return head()
    }
    if isFinished { return nil }
    while bytes.count < JournalBlock.fullLength {
      var stop = JournalEnd.Stop.read(.batchFull)
      do throws(CaptureError) {
        stop = .read(try reader.readBatch(into: &batch))
      } catch {
        guard error.kind == .notACapture, piece.length == nil else { throw error }
        stop = .failed(error)
      }
      write()
      if case .read(.batchFull) = stop { continue }
      return try end(stop)
    }
    return block(JournalBlock.Kind.entries)
  }

  private mutating func head() -> [UInt8] {
    let info = reader.info
    var head = JournalHead(piece, format: info.format, info.compression)
    head.linkTypes = reader.startLog(log)
    head.write(to: &bytes)
    return JournalBlock.mark + block(JournalBlock.Kind.head)
  }

  private mutating func end(_ stop: JournalEnd.Stop) throws(CaptureError) -> [UInt8] {
    if let end = piece.end {
      guard case .read(.end) = stop, reader.window.offset == end else {
        throw CaptureError(
          .readFailed, .file, offset: reader.window.offset,
          "piece \(piece.piece) does not end between two records (byte offset \(end)):"
            + " the file was changed since its pieces were listed; list them again")
      }
    }
    isFinished = true
    let entries = bytes.count > 0 ? block(JournalBlock.Kind.entries) : []
    JournalEnd(
      reader.decoder.tally, bytes: reader.window.fileSize ?? reader.window.fileOffset, stop
    ).write(to: &bytes)
    return entries + block(JournalBlock.Kind.end)
  }

  /// What was written so far, as a block. The next one begins without anything known.
  private mutating func block(_ kind: UInt8) -> [UInt8] {
    let block = JournalBlock.header(kind, bytes.bytes) + bytes.bytes
    bytes.removeAll()
    flows.removeAll()
    indices.removeAll(keepingCapacity: true)
    return block
  }

  /// The batch and the log, in the order of the capture.
  private mutating func write() {
    var frames = log.frames[...]
    for index in 0..<batch.count {
      while let frame = frames.first, frame.segmentsBefore <= index {
        write(frame)
        frames.removeFirst()
      }
      let segment = batch.span[index]
      let known = indices[segment.key]
      let flow = known ?? flows.flows.count
      if known == nil {
        flows.flows.append(JournalFlows.Flow(key: segment.key))
        indices[segment.key] = flow
      }
      let payload = batch.payloads.bytes(
        at: segment.payloadAddress, count: Int(segment.capturedLength))
      flows.write(segment, flow: flow, isNew: known == nil, payload: payload, to: &bytes)
    }
    segments += Int64(batch.count)
    for frame in frames { write(frame) }
    for note in log.notes { write(note) }
    log.removeAll()
  }

  private mutating func write(_ frame: PieceLog.Frame) {
    bytes.number(JournalFlows.Tag.frame)
    bytes.number(UInt64(bitPattern: frame.number))
    bytes.signed(frame.time.nanoseconds)
    bytes.number(frame.isUntimed ? 1 : 0)
    bytes.number(frame.linkType)
    bytes.number(frame.interface)
    bytes.number(frame.wireLength)
    bytes.list(frame.bytes)
  }

  private mutating func write(_ note: PieceLog.Note) {
    bytes.number(JournalFlows.Tag.note)
    func body(_ kind: UInt64, _ list: [UInt8], _ order: ByteOrder, _ number: Int64) {
      bytes.number(kind)
      bytes.number(order == .big ? 1 : 0)
      bytes.signed(number)
      bytes.list(list)
    }
    switch note {
    case .linkType(let type):
      bytes.number(1)
      bytes.number(type)
    case .packetDrops(let count):
      bytes.number(2)
      bytes.number(count)
    case .packetOptions(let list, let order, let frame): body(3, list, order, frame)
    case .comments(let list, let order, let position): body(4, list, order, Int64(position))
    case .names(let list, let order): body(5, list, order, 0)
    case .statistics(let list, let order, let interface):
      body(6, list, order, Int64(interface))
    }
  }
}
