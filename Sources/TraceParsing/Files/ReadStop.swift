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
  }

  case batchFull
  /// The file ends after a whole record.
  case end
  case cut(Cut)
  case damaged(Damage)
}
