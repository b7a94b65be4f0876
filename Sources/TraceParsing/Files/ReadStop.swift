import TCPModel

/// Why reading into a batch stopped.
enum ReadStop {
  struct Cut {
    /// "record" or "block".
    var part: String
    var offset: Int64
    var needed: Int64
    var available: Int64
  }

  struct Damage {
    var layer: CaptureError.Layer
    var offset: Int64
    /// The length at fault, where there is one.
    var needed: Int64?
    /// What is wrong, and where.
    var text: String

    /// What follows was never written: a disk reserved in advance, a power cut.
    static func zeros(_ layer: CaptureError.Layer, at offset: Int64) -> Damage {
      Damage(
        layer: layer, offset: offset,
        text: "the file holds zeros where a record should begin, as after a power cut (byte offset "
          + "\(offset))")
    }
  }

  case batchFull
  /// The file ends after a whole record.
  case end
  case cut(Cut)
  case damaged(Damage)
}
