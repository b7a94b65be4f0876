import TCPModel

/// A point between two batches of a capture, from which reading can go on later.
public struct CapturePosition: Sendable {
  /// Frames that lie before it.
  public let frames: Int64
  /// Bytes of the (inflated) file that lie before it.
  public let byteOffset: Int64
  /// Stands in for the time of a frame without one.
  let lastTime: Timestamp
  /// Byte order and interfaces of the section it lies in.
  let section: PcapNGFile
  /// IP packets of which a part lies before it.
  let fragments: FragmentStore
  /// Of `PayloadInflater`.
  let inflationBudget: Int
}

extension CaptureReader {
  /// Where the next batch begins.
  public var position: CapturePosition {
    CapturePosition(
      frames: decoder.frames, byteOffset: window.offset, lastTime: decoder.lastTime,
      section: section, fragments: decoder.fragments,
      inflationBudget: decoder.inflater.budget)
  }

  /// Goes on at a position taken from a reader of the same file. `info` then counts only what is
  /// read from there on, but for frame numbers. A pipe cannot do this.
  public mutating func seek(to position: CapturePosition) throws(CaptureError) {
    try window.seek(to: position.byteOffset)
    decoder.resume(afterFrames: position.frames, at: position.lastTime, position.fragments)
    decoder.inflater.budget = position.inflationBudget
    section = position.section
    reopen()
  }
}
