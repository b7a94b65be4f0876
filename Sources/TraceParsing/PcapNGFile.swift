import TCPModel

/// What is known of a pcapng file at a point between two blocks
/// (draft-ietf-opsawg-pcapng).
struct PcapNGFile {
  enum BlockType {
    static let sectionHeader: UInt32 = 0x0A0D_0D0A
    static let interfaceDescription: UInt32 = 1
    /// Obsolete, before the enhanced one.
    static let packet: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let nameResolution: UInt32 = 4
    static let interfaceStatistics: UInt32 = 5
    static let enhancedPacket: UInt32 = 6
  }

  /// What is wrong with a block.
  enum Damage: BitwiseCopyable {
    /// The length is under 12 bytes, or no multiple of 4.
    case impossibleLength(UInt32)
    /// A block that must be read whole is longer than any writer makes it.
    case tooLong(UInt32)
    case shortBody(UInt32)
    case unknownInterface(UInt32)
    case noSection
    case unknownByteOrder(UInt32)
    case unknownVersion(UInt16)
    case packetTooLong(UInt32)
  }

  enum Stop: BitwiseCopyable {
    case full
    case needs(Int)
    /// A block of no interest, longer than what the window holds of it.
    case skip(Int64)
    case damaged(Damage)
  }

  struct Run: BitwiseCopyable {
    var consumed: Int
    var stop: Stop
  }

  /// Blocks that are read whole are not longer than this; others may have any length.
  static let maximumBlockLength: UInt32 = 16 * 1024 * 1024

  var byteOrder = ByteOrder.little
  /// Of the current section.
  var interfaces: [PcapNGInterface] = []
  /// Of all sections so far.
  var interfaceCount = 0
  var hasSection = false

  /// Fills the batch from the file.
  mutating func read(
    _ window: inout InputWindow, decoder: inout FrameDecoder, notes: inout PcapNGNotes,
    batch: inout SegmentBatch
  ) throws(CaptureError) -> ReadStop {
    while true {
      let run = decodeBlocks(window.bytes, decoder: &decoder, notes: &notes, batch: &batch)
      window.advance(by: run.consumed)
      switch run.stop {
      case .full: return .batchFull
      case .needs(let needed):
        if try window.fill(needed) { continue }
        if !hasSection { throw CaptureError.cutSection(needed, window.available) }
        return window.end(inside: "block", needed: needed)
      case .skip(let length):
        let start = window.offset
        if try !window.skip(length) {
          let available = window.offset - start
          return .cut(
            ReadStop.Cut(part: "block", offset: start, needed: length, available: available))
        }
      case .damaged(let damage):
        return .damaged(
          ReadStop.Damage(layer: .pcapngBlock, text: damage.text, needed: damage.needed))
      }
    }
  }

  /// Decodes whole blocks until the batch is full or the window is used up.
  ///
  ///     0   block type
  ///     4   block length, a multiple of 4
  ///     8   body
  ///     ..  block length again
  private mutating func decodeBlocks(
    _ window: RawSpan, decoder: inout FrameDecoder, notes: inout PcapNGNotes,
    batch: inout SegmentBatch
  ) -> Run {
    var position = 0
    while !batch.isFull {
      let rest = window.byteCount &- position
      guard rest >= 12 else { return Run(consumed: position, stop: .needs(12)) }
      let type = byteOrder.uint32(window, at: position)
      if type == BlockType.sectionHeader {
        // The section's own mark, read as big-endian, tells the byte order of all that follows.
        switch window.uint32(at: position + 8) {
        case 0x1A2B_3C4D: byteOrder = .big
        case 0x4D3C_2B1A: byteOrder = .little
        case let mark: return Run(consumed: position, stop: .damaged(.unknownByteOrder(mark)))
        }
      } else if !hasSection {
        return Run(consumed: position, stop: .damaged(.noSection))
      }
      let length = byteOrder.uint32(window, at: position + 4)
      guard length >= 12, length & 3 == 0 else {
        return Run(consumed: position, stop: .damaged(.impossibleLength(length)))
      }
      guard Int(length) <= rest else {
        if !PcapNGFile.isRead(type) {
          return Run(consumed: position, stop: .skip(Int64(length)))
        }
        guard length <= PcapNGFile.maximumBlockLength else {
          return Run(consumed: position, stop: .damaged(.tooLong(length)))
        }
        return Run(consumed: position, stop: .needs(Int(length)))
      }
      let body = position &+ 8..<position &+ Int(length) &- 4
      let damage: Damage?
      switch type {
      case BlockType.enhancedPacket:
        damage = decodeEnhancedPacket(window, body, &decoder, &batch)
      case BlockType.simplePacket:
        damage = decodeSimplePacket(window, body, &decoder, &batch)
      case BlockType.packet:
        damage = decodePacket(window, body, &decoder, &batch)
      default:
        damage = decodeOther(type, window.extracting(body), &notes)
      }
      if let damage { return Run(consumed: position, stop: .damaged(damage)) }
      position = position &+ Int(length)
    }
    return Run(consumed: position, stop: .full)
  }

  private static func isRead(_ type: UInt32) -> Bool {
    type == BlockType.sectionHeader || (1...6).contains(type)
  }

  /// Interface (4), time (8), captured length (4), original length (4), packet, options.
  @inline(__always)
  private func decodeEnhancedPacket(
    _ window: RawSpan, _ body: Range<Int>, _ decoder: inout FrameDecoder,
    _ batch: inout SegmentBatch
  ) -> Damage? {
    guard body.count >= 20 else { return .shortBody(UInt32(truncatingIfNeeded: body.count)) }
    let start = body.lowerBound
    return decodePacketData(
      window, start &+ 20..<body.upperBound,
      interface: byteOrder.uint32(window, at: start),
      time: UInt64(byteOrder.uint32(window, at: start + 4)) << 32
        | UInt64(byteOrder.uint32(window, at: start + 8)),
      captured: byteOrder.uint32(window, at: start + 12),
      original: byteOrder.uint32(window, at: start + 16), &decoder, &batch)
  }

  /// Interface (2), drops (2), then as in an enhanced packet block.
  @inline(never)
  private func decodePacket(
    _ window: RawSpan, _ body: Range<Int>, _ decoder: inout FrameDecoder,
    _ batch: inout SegmentBatch
  ) -> Damage? {
    guard body.count >= 20 else { return .shortBody(UInt32(truncatingIfNeeded: body.count)) }
    let start = body.lowerBound
    return decodePacketData(
      window, start + 20..<body.upperBound,
      interface: UInt32(byteOrder.uint16(window, at: start)),
      time: UInt64(byteOrder.uint32(window, at: start + 4)) << 32
        | UInt64(byteOrder.uint32(window, at: start + 8)),
      captured: byteOrder.uint32(window, at: start + 12),
      original: byteOrder.uint32(window, at: start + 16), &decoder, &batch)
  }

  @inline(__always)
  private func decodePacketData(
    _ window: RawSpan, _ data: Range<Int>, interface number: UInt32, time: UInt64,
    captured: UInt32, original: UInt32, _ decoder: inout FrameDecoder,
    _ batch: inout SegmentBatch
  ) -> Damage? {
    guard number < UInt32(truncatingIfNeeded: interfaces.count) else {
      return .unknownInterface(number)
    }
    guard captured <= PcapFile.maximumRecordLength, Int(captured) <= data.count else {
      return .packetTooLong(captured)
    }
    let interface = interfaces[Int(number)]
    let start = data.lowerBound
    let wireEnd = start &+ Int(original)
    decoder.decode(
      window, Extent(start: start, end: min(start &+ Int(captured), wireEnd), wireEnd: wireEnd),
      link: interface.layer, time: interface.timeScale.timestamp(time),
      interface: interface.index, into: &batch)
    return nil
  }

  /// Original length (4), packet of the section's first interface; no time, no captured length.
  @inline(never)
  private func decodeSimplePacket(
    _ window: RawSpan, _ body: Range<Int>, _ decoder: inout FrameDecoder,
    _ batch: inout SegmentBatch
  ) -> Damage? {
    guard body.count >= 4 else { return .shortBody(UInt32(truncatingIfNeeded: body.count)) }
    guard let interface = interfaces.first else { return .unknownInterface(0) }
    let original = byteOrder.uint32(window, at: body.lowerBound)
    let start = body.lowerBound + 4
    let limit = interface.snapLength == 0 ? original : min(original, interface.snapLength)
    guard limit <= PcapFile.maximumRecordLength, Int(limit) <= body.upperBound - start else {
      return .packetTooLong(limit)
    }
    decoder.decode(
      window,
      Extent(start: start, end: start + Int(limit), wireEnd: start + Int(original)),
      link: interface.layer, time: nil, interface: interface.index, into: &batch)
    return nil
  }

  @inline(never)
  private mutating func decodeOther(
    _ type: UInt32, _ body: RawSpan, _ notes: inout PcapNGNotes
  ) -> Damage? {
    switch type {
    case BlockType.sectionHeader:
      // byte order (4), major version (2), minor version (2), section length (8), options
      guard body.byteCount >= 16 else {
        return .shortBody(UInt32(truncatingIfNeeded: body.byteCount))
      }
      let major = byteOrder.uint16(body, at: 4)
      guard major == 1 else { return .unknownVersion(major) }
      hasSection = true
      interfaces = []
    case BlockType.interfaceDescription:
      guard let interface = PcapNGInterface(body, byteOrder, index: interfaceCount) else {
        return .shortBody(UInt32(truncatingIfNeeded: body.byteCount))
      }
      interfaces.append(interface)
      interfaceCount += 1
      notes.addLinkType(interface.linkType)
    case BlockType.nameResolution:
      notes.addNames(body, byteOrder)
    case BlockType.interfaceStatistics:
      guard body.byteCount >= 12 else {
        return .shortBody(UInt32(truncatingIfNeeded: body.byteCount))
      }
      let number = Int(byteOrder.uint32(body, at: 0))
      if number < interfaces.count {
        notes.addStatistics(body, byteOrder, interface: Int(interfaces[number].index))
      }
    default:
      break
    }
    return nil
  }
}
