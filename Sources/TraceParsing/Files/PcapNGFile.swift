import TCPModel

/// What is known of a pcapng file at a point between two blocks
/// (draft-ietf-opsawg-pcapng).
struct PcapNGFile: Sendable {
  enum BlockType {
    static let sectionHeader: UInt32 = 0x0A0D_0D0A
    static let interfaceDescription: UInt32 = 1
    /// Obsolete, before the enhanced one.
    static let packet: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let nameResolution: UInt32 = 4
    static let interfaceStatistics: UInt32 = 5
    static let enhancedPacket: UInt32 = 6

    /// Blocks whose content is used; others may be of any length.
    static func isRead(_ type: UInt32) -> Bool {
      type == sectionHeader || (interfaceDescription...enhancedPacket).contains(type)
    }

    /// Blocks that hold no packet, but that Wireshark gives a frame number: journal entries,
    /// custom blocks, system calls.
    static func isFrame(_ type: UInt32) -> Bool {
      switch type {
      case 0x9, 0xBAD, 0x4000_0BAD, 0x204, 0x208, 0x216, 0x217, 0x221, 0x222: true
      default: false
      }
    }
  }

  /// What is wrong with a block.
  enum Damage: BitwiseCopyable {
    /// Neither a type nor a length.
    case zeros
    /// The length is under 12 bytes, or no multiple of 4.
    case impossibleLength(UInt32)
    /// A block that must be read whole is longer than any writer makes it.
    case tooLong(UInt32)
    /// The length before and behind the block.
    case lengthsDiffer(UInt32, UInt32)
    case shortBody(Int)
    case unknownInterface(UInt32)
    case tooManyInterfaces
    case noSection
    case unknownByteOrder(UInt32)
    case unknownVersion(UInt16)
    case packetTooLong(UInt32)
  }

  enum Stop: BitwiseCopyable {
    case full
    case needs(Int)
    /// A section begins that another machine wrote.
    case byteOrderChanged
    /// A block of no interest, longer than what the window holds of it.
    case skip(Int64, isFrame: Bool)
    case damaged(Damage)
  }

  struct Run: BitwiseCopyable {
    var consumed: Int
    var stop: Stop
  }

  /// Blocks that are read whole are not longer than this; others may have any length.
  static let maximumBlockLength: UInt32 = 16 * 1024 * 1024

  /// In a section; a hostile file could hold nothing but interfaces.
  static let maximumInterfaces = 65_536

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
      case .byteOrderChanged: continue
      case .needs(let needed):
        // What was decoded points into the window.
        if !batch.isEmpty { return .batchFull }
        if try window.fill(needed) { continue }
        if !hasSection, window.damage == nil {
          throw CaptureError.cutSection(needed, window.available)
        }
        return window.end(inside: "block", needed: needed)
      case .skip(let length, let isFrame):
        if !batch.isEmpty {
          return .batchFull
        }
        if isFrame { decoder.count(.notAPacket) }
        let start = window.offset
        if try !window.skip(length) {
          if window.damage != nil { return window.end(inside: "block", needed: Int(length)) }
          let available = window.offset - start
          return .cut(
            ReadStop.Cut(part: "block", offset: start, needed: length, available: available))
        }
      case .damaged(.zeros):
        return .damaged(.zeros(.pcapngBlock, at: window.offset))
      case .damaged(let damage):
        return .damaged(
          ReadStop.Damage(
            layer: .pcapngBlock, offset: window.offset, needed: damage.needed,
            text: "\(damage.text) (byte offset \(window.offset))"))
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
    // The byte order as a constant: 30 instructions less a packet.
    switch byteOrder {
    case .little: decodeBlocks(window, .little, &decoder, &notes, &batch)
    case .big: decodeBlocks(window, .big, &decoder, &notes, &batch)
    }
  }

  @inline(always)
  private mutating func decodeBlocks(
    _ window: RawSpan, _ order: ByteOrder, _ decoder: inout FrameDecoder,
    _ notes: inout PcapNGNotes, _ batch: inout SegmentBatch
  ) -> Run {
    var rest = window
    while !batch.isFull {
      let consumed = window.byteCount &- rest.byteCount
      guard rest.byteCount >= 12 else { return Run(consumed: consumed, stop: .needs(12)) }
      let type = order.uint32(rest, at: 0)
      if type == BlockType.sectionHeader {
        // The section's own mark, read as big-endian, tells the byte order of all that follows.
        let sectionOrder: ByteOrder
        switch rest.uint32(at: 8) {
        case 0x1A2B_3C4D: sectionOrder = .big
        case 0x4D3C_2B1A: sectionOrder = .little
        case let mark: return Run(consumed: consumed, stop: .damaged(.unknownByteOrder(mark)))
        }
        if sectionOrder != order {
          byteOrder = sectionOrder
          return Run(consumed: consumed, stop: .byteOrderChanged)
        }
      } else if !hasSection {
        return Run(consumed: consumed, stop: .damaged(.noSection))
      }
      let length = order.uint32(rest, at: 4)
      guard length >= 12, length & 3 == 0 else {
        return Run(
          consumed: consumed,
          stop: .damaged(type | length == 0 ? .zeros : .impossibleLength(length)))
      }
      guard Int(length) <= rest.byteCount else {
        return Run(consumed: consumed, stop: stop(type, length))
      }
      let body = rest.extracting(first: Int(length) &- 4).dropping(8)
      let repeated = order.uint32(rest, at: Int(length) &- 4)
      guard repeated == length || PcapNGFile.isPassedOver(type, length) else {
        return Run(consumed: consumed, stop: .damaged(.lengthsDiffer(length, repeated)))
      }
      let damage: Damage?
      if type == BlockType.enhancedPacket {
        damage =
          body.byteCount >= 20
          ? decodePacket(order.uint32(body, at: 0), body, order, &decoder, &notes, &batch)
          : .shortBody(body.byteCount)
      } else {
        damage = decodeOther(type, body, &decoder, &notes, &batch)
      }
      if let damage { return Run(consumed: consumed, stop: .damaged(damage)) }
      rest = rest.dropping(Int(length))
    }
    return Run(consumed: window.byteCount &- rest.byteCount, stop: .full)
  }

  /// A block that nobody looks into, too long to be read for its second length alone. Not where it happens to
  /// lie in the window: a piece of a capture has to tell what the whole one tells.
  @inline(__always)
  private static func isPassedOver(_ type: UInt32, _ length: UInt32) -> Bool {
    length > 1 << 16 && !BlockType.isRead(type)
  }

  /// What to do about a block that is not whole in the window.
  private func stop(_ type: UInt32, _ length: UInt32) -> Stop {
    if PcapNGFile.isPassedOver(type, length) {
      return .skip(Int64(length), isFrame: BlockType.isFrame(type))
    }
    return length <= PcapNGFile.maximumBlockLength
      ? .needs(Int(length)) : .damaged(.tooLong(length))
  }

  /// Interface (4), time (8), captured length (4), original length (4), packet, options. In an
  /// obsolete packet block: interface (2), drops (2), then the same.
  @inline(always)
  private func decodePacket(
    _ number: UInt32, _ body: RawSpan, _ order: ByteOrder, _ decoder: inout FrameDecoder,
    _ notes: inout PcapNGNotes,
    _ batch: inout SegmentBatch
  ) -> Damage? {
    guard Int(number) < interfaces.count else { return .unknownInterface(number) }
    let time = UInt64(order.uint32(body, at: 4)) << 32 | UInt64(order.uint32(body, at: 8))
    let captured = order.uint32(body, at: 12)
    let original = order.uint32(body, at: 16)
    let data = body.dropping(20)
    guard captured <= PcapFile.maximumRecordLength, Int(captured) <= data.byteCount else {
      return .packetTooLong(captured)
    }
    let interface = interfaces[Int(number)]
    decoder.decode(
      FrameBytes(
        data.extracting(first: Int(captured)), wireLength: Int(max(captured, original))),
      interface.linkType, link: interface.layer, time: interface.timeScale.timestamp(time),
      interface: interface.index, into: &batch)
    let padded = (Int(captured) &+ 3) & ~3
    if data.byteCount > padded {
      notes.addPacketOptions(data.dropping(padded), order, frame: decoder.frames)
      if notes.isLogLarge { batch.close() }
    }
    return nil
  }

  /// Original length (4), packet of the section's first interface; no time, no captured length.
  private func decodeSimplePacket(
    _ body: RawSpan, _ decoder: inout FrameDecoder, _ batch: inout SegmentBatch
  ) -> Damage? {
    guard body.byteCount >= 4 else { return .shortBody(body.byteCount) }
    guard let interface = interfaces.first else { return .unknownInterface(0) }
    let original = byteOrder.uint32(body, at: 0)
    let captured = interface.snapLength == 0 ? original : min(original, interface.snapLength)
    let data = body.dropping(4)
    guard captured <= PcapFile.maximumRecordLength, Int(captured) <= data.byteCount else {
      return .packetTooLong(captured)
    }
    decoder.decodeUntimed(
      FrameBytes(data.extracting(first: Int(captured)), wireLength: Int(original)),
      interface.linkType, link: interface.layer,
      interface: interface.index, into: &batch)
    return nil
  }

  @inline(never)
  private mutating func decodeOther(
    _ type: UInt32, _ body: RawSpan, _ decoder: inout FrameDecoder,
    _ notes: inout PcapNGNotes, _ batch: inout SegmentBatch
  ) -> Damage? {
    switch type {
    case BlockType.sectionHeader:
      // byte order (4), major version (2), minor version (2), section length (8), options
      guard body.byteCount >= 16 else { return .shortBody(body.byteCount) }
      let major = byteOrder.uint16(body, at: 4)
      guard major == 1 else { return .unknownVersion(major) }
      hasSection = true
      interfaces = []
      notes.addComments(body, byteOrder, optionsAt: 16)
    case BlockType.interfaceDescription:
      guard let interface = PcapNGInterface(body, byteOrder, index: interfaceCount) else {
        return .shortBody(body.byteCount)
      }
      guard interfaces.count < PcapNGFile.maximumInterfaces else { return .tooManyInterfaces }
      interfaces.append(interface)
      interfaceCount += 1
      notes.addLinkType(interface.linkType)
      notes.addComments(body, byteOrder, optionsAt: 8)
    case BlockType.packet:
      guard body.byteCount >= 20 else { return .shortBody(body.byteCount) }
      let drops = byteOrder.uint16(body, at: 2)
      if drops != .max { notes.addPacketDrops(UInt64(drops)) }
      return decodePacket(
        UInt32(byteOrder.uint16(body, at: 0)), body, byteOrder, &decoder, &notes, &batch)
    case BlockType.simplePacket:
      return decodeSimplePacket(body, &decoder, &batch)
    case BlockType.nameResolution:
      notes.addNames(body, byteOrder)
    case BlockType.interfaceStatistics:
      guard body.byteCount >= 12 else { return .shortBody(body.byteCount) }
      let number = Int(byteOrder.uint32(body, at: 0))
      if number < interfaces.count {
        notes.addStatistics(body, byteOrder, interface: Int(interfaces[number].index))
      }
    default:
      if BlockType.isFrame(type) { decoder.count(.notAPacket) }
    }
    if notes.isLogLarge { batch.close() }
    return nil
  }
}
