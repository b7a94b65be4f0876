/// A frame of one of the captures.
public struct FramePlace: BitwiseCopyable, Sendable, Hashable {
  /// Which of the merged captures, from 0.
  public var capture: UInt16
  public var frame: Int64

  public init(capture: UInt16, frame: Int64) {
    self.capture = capture
    self.frame = frame
  }
}
