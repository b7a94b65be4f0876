import TCPModel

/// What the reader of a piece finds and cannot judge, because it depends on what lies before the piece:
/// frames that belong together with others (IP fragments, what takes from a budget), and notes of which only
/// so many are kept. All of it is kept as it is, in its order.
///
/// A class, for the reader alone: without one the decoder tests a pointer a frame.
final class PieceLog {
  struct Frame {
    /// Of the batch that is being read.
    var segmentsBefore: Int
    var number: Int64
    var time: Timestamp
    /// Its own time is not known.
    var isUntimed: Bool
    var linkType: UInt16
    var interface: UInt16
    var wireLength: Int
    var bytes: [UInt8]
  }

  /// What `PcapNGNotes` is told, by the name of its function there.
  enum Note {
    case linkType(UInt16)
    case packetDrops(UInt64)
    case packetOptions([UInt8], ByteOrder, frame: Int64)
    case comments([UInt8], ByteOrder, position: Int)
    case names([UInt8], ByteOrder)
    case statistics([UInt8], ByteOrder, interface: Int)
  }

  private(set) var frames: [Frame] = []
  private(set) var notes: [Note] = []
  private var byteCount = 0
  /// The current frame is to be kept as it is.
  var isDeferred = false

  /// Enough for the batch to end.
  var isLarge: Bool { byteCount > 1 << 16 }

  func append(_ frame: Frame) {
    byteCount += frame.bytes.count + 64
    frames.append(frame)
    isDeferred = false
  }

  func append(_ note: Note, byteCount: Int = 8) {
    self.byteCount += byteCount + 64
    notes.append(note)
  }

  func removeAll() {
    frames.removeAll(keepingCapacity: true)
    notes.removeAll(keepingCapacity: true)
    byteCount = 0
  }
}

extension RawSpan {
  var copy: [UInt8] { withUnsafeBytes { Array($0) } }
}
