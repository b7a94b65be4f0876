import CZlib
import TCPModel

/// A journal, what is found in a piece of a capture: a mark, and blocks.
///
///     0   kind
///     1   length of the content, 4 bytes, the least first
///     5   CRC-32 of kind, length and content, 4 bytes, the least first
///     9   content
enum JournalBlock {
  /// "TCPJ", the version, and what a transfer as text would change.
  static let mark: [UInt8] = [0x89, 0x54, 0x43, 0x50, 0x4A, 0x02, 0x0D, 0x0A, 0x1A, 0x00]
  static let headerLength = 9
  /// Writers end one as soon as it holds this much.
  static let fullLength = 1 << 18
  /// Holds any entry behind so much: a frame, or a pcapng block of notes.
  static let maximumLength = fullLength + Int(PcapNGFile.maximumBlockLength) + 1024

  enum Kind {
    /// Which piece it is: the first block.
    static let head: UInt8 = 1
    /// Segments, frames and notes, in the order of the capture.
    static let entries: UInt8 = 2
    /// What was counted and how reading ended: the last block.
    static let end: UInt8 = 3
  }

  static func header(_ kind: UInt8, _ content: [UInt8]) -> [UInt8] {
    let length = UInt32(truncatingIfNeeded: content.count)
    var bytes = [kind]
    withUnsafeBytes(of: length.littleEndian) { bytes += $0 }
    let sum = bytes.withUnsafeBytes { checksum($0, 0) }
    let whole = content.withUnsafeBytes { checksum($0, sum) }
    withUnsafeBytes(of: whole.littleEndian) { bytes += $0 }
    return bytes
  }

  static func checksum(_ bytes: UnsafeRawBufferPointer, _ sum: UInt32) -> UInt32 {
    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return sum }
    return UInt32(truncatingIfNeeded: crc32(UInt(sum), base, UInt32(bytes.count)))
  }
}

/// What the first block of a journal says.
public struct JournalHead: Sendable, Hashable {
  public var piece: CapturePiece
  public var format: CaptureInfo.Format
  public var compression: CaptureInfo.Compression
  /// Of a pcap file; those of a pcapng file are among the notes.
  var linkTypes: [UInt16]

  func write(to bytes: inout JournalBytes) {
    bytes.text(piece.input)
    bytes.number(piece.inputNumber)
    bytes.number(piece.inputs)
    bytes.number(piece.isFromFolder ? 1 : 0)
    bytes.number(UInt64(bitPattern: piece.size))
    bytes.number(piece.piece)
    bytes.number(piece.pieces)
    bytes.number(UInt64(bitPattern: piece.offset))
    bytes.optional(piece.length)
    bytes.number(UInt64(bitPattern: piece.before.frames))
    bytes.text(format.rawValue)
    bytes.text(compression.rawValue)
    bytes.number(linkTypes.count)
    for type in linkTypes { bytes.number(type) }
  }

  /// nil where it is none.
  init?(_ bytes: RawSpan) {
    var cursor = JournalCursor(bytes)
    piece = CapturePiece(
      input: cursor.text(), inputNumber: Int(truncatingIfNeeded: cursor.number()),
      inputs: Int(truncatingIfNeeded: cursor.number()), isFromFolder: cursor.number() == 1,
      size: Int64(bitPattern: cursor.number()), piece: Int(truncatingIfNeeded: cursor.number()),
      pieces: Int(truncatingIfNeeded: cursor.number()),
      offset: Int64(bitPattern: cursor.number()), length: cursor.optional(),
      before: CapturePiece.Before())
    piece.before.frames = Int64(bitPattern: cursor.number())
    let words = (cursor.text(), cursor.text())
    linkTypes = []
    for _ in 0..<cursor.length() { linkTypes.append(UInt16(truncatingIfNeeded: cursor.number())) }
    guard let format = CaptureInfo.Format(rawValue: words.0), format == .pcap || format == .pcapng,
      let compression = CaptureInfo.Compression(rawValue: words.1),
      !cursor.isDamaged, cursor.rest == 0, piece.isPlausible
    else { return nil }
    self.format = format
    self.compression = compression
  }

  init(_ piece: CapturePiece, format: CaptureInfo.Format, _ compression: CaptureInfo.Compression) {
    self.piece = piece
    self.format = format
    self.compression = compression
    linkTypes = []
  }
}

/// What the last block of a journal says.
struct JournalEnd {
  var tally: FrameTally
  /// Of the capture: its size, or what was read of a pipe.
  var bytes: Int64
  var stop: Stop

  /// How the piece ended.
  enum Stop {
    case read(ReadStop)
    /// Nothing of the capture can be used.
    case failed(CaptureError)
  }

  func write(to bytes: inout JournalBytes) {
    bytes.number(UInt64(bitPattern: tally.frames))
    bytes.number(tally.spans.count)
    for span in tally.spans {
      bytes.signed(span.start.nanoseconds)
      bytes.signed(span.end.nanoseconds)
    }
    bytes.number(UInt64(bitPattern: tally.invalidTimes))
    bytes.signed(tally.stepBack.size)
    bytes.number(UInt64(bitPattern: tally.stepBack.frame))
    bytes.number(tally.contents.count)
    for count in tally.contents { bytes.number(UInt64(bitPattern: count)) }
    bytes.number(UInt64(bitPattern: self.bytes))
    switch stop {
    case .read(.batchFull), .read(.end): bytes.number(0)
    case .read(.cut(let cut)):
      bytes.number(1)
      bytes.text(cut.part)
      for value in [cut.offset, cut.needed, cut.available] { bytes.signed(value) }
    case .read(.damaged(let damage)):
      bytes.number(2)
      bytes.text(damage.layer.rawValue)
      bytes.signed(damage.offset)
      bytes.optional(damage.needed)
      bytes.text(damage.text)
    case .failed(let error):
      bytes.number(3)
      bytes.text(error.layer.rawValue)
      bytes.signed(error.offset)
      bytes.text(error.message)
    }
  }

  /// nil where it is none.
  init?(_ span: RawSpan) {
    var cursor = JournalCursor(span)
    let frames = Int64(bitPattern: cursor.number())
    var spans: [WatchedSpan] = []
    for _ in 0..<cursor.length() {
      let start = Timestamp(nanoseconds: cursor.signed())
      spans.append(WatchedSpan(start: start, end: Timestamp(nanoseconds: cursor.signed())))
    }
    tally = FrameTally(
      frames: frames, spans: spans, invalidTimes: Int64(bitPattern: cursor.number()),
      stepBack: CaptureInfo.StepBack(
        size: cursor.signed(), frame: Int64(bitPattern: cursor.number())), contents: [])
    for _ in 0..<cursor.length() { tally.contents.append(Int64(bitPattern: cursor.number())) }
    bytes = Int64(bitPattern: cursor.number())
    switch cursor.number() {
    case 0: stop = .read(.end)
    case 1:
      stop = .read(
        .cut(
          ReadStop.Cut(
            part: cursor.text(), offset: cursor.signed(), needed: cursor.signed(),
            available: cursor.signed())))
    case 2:
      guard let layer = CaptureError.Layer(rawValue: cursor.text()) else { return nil }
      stop = .read(
        .damaged(
          ReadStop.Damage(
            layer: layer, offset: cursor.signed(), needed: cursor.optional(), text: cursor.text())))
    case 3:
      guard let layer = CaptureError.Layer(rawValue: cursor.text()) else { return nil }
      stop = .failed(
        CaptureError(.notACapture, layer, offset: cursor.signed(), cursor.text()))
    default: return nil
    }
    guard !cursor.isDamaged, cursor.rest == 0, tally.frames >= 0, bytes >= 0,
      tally.spans.allSatisfy({ $0.start <= $0.end }), tally.spans.count <= WatchedTimes.limit,
      tally.invalidTimes >= 0, tally.stepBack.size >= 0, tally.stepBack.frame >= 0,
      tally.contents.allSatisfy({ $0 >= 0 }),
      tally.contents.count <= FrameContent.allCases.count
    else { return nil }
  }

  init(_ tally: FrameTally, bytes: Int64, _ stop: Stop) {
    self.tally = tally
    self.bytes = bytes
    self.stop = stop
  }
}
