import TCPModel

/// How far a run over the records in the window came, and why it stopped.
struct RecordRun: BitwiseCopyable {
  enum Stop: BitwiseCopyable {
    /// The batch is full.
    case full
    /// The next record is not whole in the window.
    case needs(Int)
    /// The next record cannot be one: what is wrong, in bytes.
    case badLength(Int64)
    /// The next record is nothing but zero bytes.
    case zeros
  }

  /// Bytes of whole records.
  var consumed: Int
  var stop: Stop
}

/// The header of a pcap file, and how to read the records after it
/// (draft-ietf-opsawg-pcap).
///
///     0   magic: byte order, unit of time, record layout
///     4   major version (2), minor version (2)
///     8   reserved (8)
///     16  snap length
///     20  link type (16 bits), reserved (12 bits), frame check sequence (4 bits)
struct PcapFile {
  static let headerLength = 24
  /// No record of a network interface is longer (libpcap's MAXIMUM_SNAPLEN).
  static let maximumRecordLength: UInt32 = 262_144

  let byteOrder: ByteOrder
  let majorVersion: UInt16
  let linkType: LinkType
  /// Of a record: 16 bytes, 24 in Kuznetzov's variant.
  let recordHeaderLength: Int
  /// Nanoseconds in one unit of the part of a second.
  let timeUnit: Int64
  /// Files from before version 2.4 may have the two lengths of a record the other way round.
  let mayHaveLengthsSwapped: Bool

  /// nil when the bytes do not begin a pcap file; `bytes` holds at least `headerLength` bytes.
  init?(_ bytes: RawSpan) {
    guard let (order, unit, recordHeader) = PcapFile.variant(magic: bytes.uint32(at: 0)) else {
      return nil
    }
    byteOrder = order
    timeUnit = unit
    recordHeaderLength = recordHeader
    majorVersion = order.uint16(bytes, at: 4)
    mayHaveLengthsSwapped = order.uint16(bytes, at: 6) < 4
    linkType = LinkType(rawValue: UInt16(truncatingIfNeeded: order.uint32(bytes, at: 20)))
  }

  /// `magic` is read in network byte order.
  static func variant(magic: UInt32) -> (ByteOrder, timeUnit: Int64, recordHeader: Int)? {
    switch magic {
    case 0xA1B2_C3D4: (.big, 1000, 16)
    case 0xD4C3_B2A1: (.little, 1000, 16)
    case 0xA1B2_3C4D: (.big, 1, 16)
    case 0x4D3C_B2A1: (.little, 1, 16)
    case 0xA1B2_CD34: (.big, 1000, 24)
    case 0x34CD_B2A1: (.little, 1000, 24)
    default: nil
    }
  }

  /// Fills the batch from the file.
  func read(
    _ window: inout InputWindow, decoder: inout FrameDecoder, batch: inout SegmentBatch
  ) throws(CaptureError) -> ReadStop {
    while true {
      let run =
        batch.isShared && isUsual && decoder.mayLeavePlainRecords(linkType.layer)
        ? shareRecords(window.bytes, decoder: &decoder, batch: &batch)
        : decodeRecords(window.bytes, decoder: &decoder, batch: &batch)
      window.advance(by: run.consumed)
      switch run.stop {
      case .full: return .batchFull
      case .needs(let needed):
        // What was decoded points into the window.
        if !batch.isEmpty { return .batchFull }
        if try !window.fill(needed) { return window.end(inside: "record", needed: needed) }
      case .badLength(let length):
        return .damaged(
          ReadStop.Damage(
            layer: .pcapRecord, offset: window.offset, needed: length,
            text: "a record claims \(length) bytes, more than the "
              + "\(PcapFile.maximumRecordLength) that any capture holds "
              + "(byte offset \(window.offset))"))
      case .zeros: return .damaged(.zeros(.pcapRecord, at: window.offset))
      }
    }
  }

  /// The layout that nearly all files have.
  private var isUsual: Bool {
    byteOrder == .little && recordHeaderLength == 16 && !mayHaveLengthsSwapped
  }

  /// The same as `decodeRecords` for a batch that several threads share: it leaves plain segments to them in a
  /// loop of its own, of a third of the instructions, and decodes one by one what is in between.
  private func shareRecords(
    _ window: RawSpan, decoder: inout FrameDecoder, batch: inout SegmentBatch
  ) -> RecordRun {
    var consumed = 0
    while true {
      let found = decoder.leavePlainRecords(
        window.dropping(consumed), linkType.layer, timeUnit: timeUnit, in: &batch)
      consumed &+= found.consumed
      if batch.isFull { return RecordRun(consumed: consumed, stop: .full) }
      // Why the next one is not whole is found out the usual way.
      let rest = window.dropping(consumed)
      var run = decodeRecords(
        found.next > 0 ? rest.extracting(first: found.next) : rest, decoder: &decoder,
        batch: &batch)
      let isDecoded = found.next > 0 && run.consumed == found.next
      run.consumed &+= consumed
      if case .needs = run.stop, isDecoded {
        consumed = run.consumed
      } else {
        return run
      }
    }
  }

  /// Decodes whole records until the batch is full or the window is used up.
  ///
  ///     0   seconds since 1970, unsigned
  ///     4   microseconds or nanoseconds, added as they are, even above one second
  ///     8   captured length
  ///     12  original length
  ///     16  Kuznetzov's variant: interface (4), protocol (2), packet type (1), padding (1)
  private func decodeRecords(
    _ window: RawSpan, decoder: inout FrameDecoder, batch: inout SegmentBatch
  ) -> RecordRun {
    // The usual layout as constants: 4 ns less a record.
    if isUsual {
      return decodeRecords(
        window, .little, headerLength: 16, mayHaveLengthsSwapped: false, &decoder, &batch)
    }
    return decodeRecords(
      window, byteOrder, headerLength: recordHeaderLength,
      mayHaveLengthsSwapped: mayHaveLengthsSwapped, &decoder, &batch)
  }

  @inline(always)
  private func decodeRecords(
    _ window: RawSpan, _ byteOrder: ByteOrder, headerLength: Int, mayHaveLengthsSwapped: Bool,
    _ decoder: inout FrameDecoder, _ batch: inout SegmentBatch
  ) -> RecordRun {
    let link = linkType.layer
    let second = 1_000_000_000 / timeUnit
    var rest = window
    while !batch.isFull {
      guard rest.byteCount >= headerLength else {
        return RecordRun(
          consumed: window.byteCount &- rest.byteCount, stop: .needs(headerLength))
      }
      let seconds = Int64(byteOrder.uint32(rest, at: 0))
      let fraction = Int64(byteOrder.uint32(rest, at: 4))
      var captured = byteOrder.uint32(rest, at: 8)
      var original = byteOrder.uint32(rest, at: 12)
      if mayHaveLengthsSwapped, captured > original { swap(&captured, &original) }
      let length = headerLength &+ Int(captured)
      // A record without bytes is rare, and looked at closely.
      guard captured &- 1 < PcapFile.maximumRecordLength, rest.byteCount >= length else {
        let consumed = window.byteCount &- rest.byteCount
        if captured > PcapFile.maximumRecordLength {
          return RecordRun(consumed: consumed, stop: .badLength(Int64(captured)))
        }
        if rest.byteCount < length { return RecordRun(consumed: consumed, stop: .needs(length)) }
        if seconds | fraction | Int64(original) == 0 {
          return RecordRun(consumed: consumed, stop: .zeros)
        }
        // Not before the record is whole: it is read again with more of the file, or is damage.
        if fraction >= second { decoder.invalidTimes &+= 1 }
        decoder.decode(
          FrameBytes(rest.extracting(first: 0), wireLength: Int(original)), linkType, link: link,
          time: Timestamp(nanoseconds: seconds &* 1_000_000_000 &+ fraction &* timeUnit),
          interface: 0, into: &batch)
        rest = rest.dropping(length)
        continue
      }
      if fraction >= second { decoder.invalidTimes &+= 1 }
      // Some writers state less than they wrote; what is there counts.
      decoder.decode(
        FrameBytes(
          rest.extracting(first: length).dropping(headerLength),
          wireLength: Int(max(captured, original))),
        linkType, link: link,
        time: Timestamp(nanoseconds: seconds &* 1_000_000_000 &+ fraction &* timeUnit),
        interface: 0, into: &batch)
      rest = rest.dropping(length)
    }
    return RecordRun(consumed: window.byteCount &- rest.byteCount, stop: .full)
  }
}
