import TCPModel

extension FrameDecoder {
  /// As the reader of a piece decodes a frame: what depends on others goes into the log.
  @inline(never)
  mutating func decode(
    _ frame: FrameBytes, _ type: LinkType, link: LinkLayer, isUntimed: Bool, _ log: PieceLog,
    into batch: inout SegmentBatch
  ) {
    let segmentsBefore = batch.count
    if isUntimed {
      log.isDeferred = true
    } else {
      let content = decodeLink(link, frame, into: &batch)
      if !log.isDeferred { return count(only: content) }
      batch.remove(from: segmentsBefore)
    }
    log.append(
      PieceLog.Frame(
        segmentsBefore: segmentsBefore, number: frames, time: lastTime, isUntimed: isUntimed,
        linkType: type.rawValue, interface: interface, wireLength: frame.wireLength,
        bytes: frame.captured.copy))
    if log.isLarge { batch.close() }
  }

  /// Decodes a frame that the reader of a piece kept. All of those before it, and the segments of all
  /// others before it, were there.
  mutating func decodeKept(
    _ frame: FrameBytes, _ type: LinkType, number: Int64, at time: Timestamp, isUntimed: Bool,
    interface: UInt16, into batch: inout SegmentBatch
  ) {
    resume(afterFrames: number &- 1, at: time)
    batch.makeRoom()
    if isUntimed {
      decodeUntimed(frame, type, link: type.layer, interface: interface, into: &batch)
    } else {
      decode(frame, type, link: type.layer, time: time, interface: interface, into: &batch)
    }
  }
}
