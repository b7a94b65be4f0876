import TCPModel

/// Which frame a segment lies in, and when and where that was captured.
struct FrameMark: BitwiseCopyable {
  var time: Timestamp
  var frame: Int64
  var interface: UInt16
}
