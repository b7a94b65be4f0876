import TCPModel

/// How far a run over plain records came.
struct PlainRun: BitwiseCopyable {
  /// Bytes of those that were left to others.
  var consumed = 0
  /// Of the record behind them; 0 where that is not whole.
  var next = 0
}

extension FrameDecoder {
  /// Whether nothing is asked of each frame of that link layer but what it holds.
  func mayLeavePlainRecords(_ link: LinkLayer) -> Bool {
    filter == nil && log == nil && (link == .ethernet || link == .ip)
  }

  /// Leaves the plain segments at the beginning of the window, each in a record of the usual layout, to the threads
  /// that have their flows. What `decodeRecords`, `decode` and `decodeIPv4` ask of a record, without what they keep
  /// from one to the next: the run ends before a record that has something else, or a time that steps.
  @inline(never)
  mutating func leavePlainRecords(
    _ window: RawSpan, _ link: LinkLayer, timeUnit: Int64, in batch: inout SegmentBatch
  ) -> PlainRun {
    window.withUnsafeBytes { window in
      guard let start = window.baseAddress else { return PlainRun() }
      return leavePlainRecords(
        start, window.count, linkLength: link == .ethernet ? 14 : 0, timeUnit: timeUnit, in: &batch)
    }
  }

  /// Pointers, because each narrower span would be checked again.
  @inline(__always)
  private mutating func leavePlainRecords(
    _ start: UnsafeRawPointer, _ byteCount: Int, linkLength: Int, timeUnit: Int64,
    in batch: inout SegmentBatch
  ) -> PlainRun {
    var run = PlainRun()
    let fractions = UInt32(1_000_000_000 / timeUnit)
    let decoded = batch.beginRun()
    let framesBefore = frames
    var (count, first, last) = (Int64(0), lastTime.nanoseconds, lastTime.nanoseconds)
    while !batch.isFull {
      let record = start + run.consumed
      let available = byteCount &- run.consumed
      run.next = 0
      guard available >= 16 else { break }
      let captured = record.little32(at: 8)
      let length = 16 &+ Int(captured)
      guard captured <= PcapFile.maximumRecordLength, available >= length else { break }
      run.next = length
      let packetLength = Int(captured) &- linkLength
      let packet = record + 16 + linkLength
      guard packetLength >= 40, packet.load(as: UInt8.self) == 0x45,
        linkLength == 0 || record.big16(at: 28) == EtherType.ipv4
      else { break }
      let middle = packet.big64(at: 2)
      let control = packet.big64(at: 28)
      let totalLength = Int(truncatingIfNeeded: middle >> 48)
      let headers = 20 &+ Int(truncatingIfNeeded: control >> 28 & 0xF) &* 4
      let sent = Int(max(captured, record.little32(at: 12))) &- linkLength
      guard middle & 0x3FFF_00FF == UInt64(IPProtocol.tcp), headers >= 40,
        totalLength >= headers, totalLength <= sent, packetLength >= headers
      else { break }
      let fraction = record.little32(at: 4)
      let time =
        Int64(record.little32(at: 0)) &* 1_000_000_000 &+ Int64(fraction) &* timeUnit
      guard fraction < fractions,
        UInt64(bitPattern: time &- last) <= UInt64(WatchedSpan.longestSilence)
      else { break }
      let ends = PlainEnds(addresses: packet.big64(at: 12), ports: packet.big64(at: 20))
      let key = ends.key
      // One that all have to know is decoded.
      if control & UInt64(TCPFlags.syn.rawValue) << 16 != 0,
        !servers.knows(
          TCPFlags(rawValue: UInt16(truncatingIfNeeded: control >> 16)), key, ends.from)
      {
        break
      }
      let mark = FrameMark(
        time: Timestamp(nanoseconds: time), frame: framesBefore &+ count &+ 1, interface: 0)
      guard batch.leave(packet, packetLength, mark, of: key, decoded: decoded) else { break }
      if count == 0 { first = time }
      last = time
      count &+= 1
      run.consumed &+= length
    }
    if count > 0 {
      passOver(count, from: Timestamp(nanoseconds: first), to: Timestamp(nanoseconds: last))
    }
    return run
  }
}

extension UnsafeRawPointer {
  @inline(always)
  fileprivate func little32(at offset: Int) -> UInt32 {
    UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  @inline(always)
  fileprivate func big16(at offset: Int) -> UInt16 {
    UInt16(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  @inline(always)
  fileprivate func big64(at offset: Int) -> UInt64 {
    UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
