import Support
import TCPModel

/// What a pcapng file says besides its packets.
struct PcapNGNotes {
  /// A hostile file could hold nothing but names or comments.
  static let maximumNames = 100_000
  static let maximumComments = 1000
  /// Of all comments together.
  static let maximumCommentBytes = 4 << 20
  /// RFC 1035 2.3.4; what is longer is no name.
  static let maximumNameLength = 255

  /// In the order of the interfaces, each once.
  private(set) var linkTypes: [LinkType] = []
  private(set) var names: [IPAddress: String] = [:]
  private(set) var comments: [CaptureInfo.Comment] = []
  private var commentBytes = 0
  private var knownLinkTypes: Set<LinkType> = []
  /// Of statistics blocks, by interface: the counters only grow, so the last block counts.
  private var interfaceDropCounts: [Int: UInt64] = [:]
  /// Of packet blocks: drops since the packet before.
  private var packetDrops: UInt64?
  /// Where a piece of a capture is read alone: gets everything, and nothing is kept here.
  var log: PieceLog?

  /// Packets the interfaces and the system dropped; nil when no block counts them.
  var interfaceDrops: Int64? {
    if !interfaceDropCounts.isEmpty {
      return Int64(clamping: interfaceDropCounts.values.reduce(0, &+))
    }
    return packetDrops.map { Int64(clamping: $0) }
  }

  mutating func addLinkType(_ type: LinkType) {
    if let log { return log.append(.linkType(type.rawValue)) }
    if knownLinkTypes.insert(type).inserted { linkTypes.append(type) }
  }

  mutating func addPacketDrops(_ count: UInt64) {
    if let log { return log.append(.packetDrops(count)) }
    packetDrops = (packetDrops ?? 0) &+ count
  }

  /// opt_comment (1), which any block may have, and epb_dropcount (4) of a packet.
  @inline(never)
  mutating func addPacketOptions(_ list: RawSpan, _ order: ByteOrder, frame: Int64) {
    var options = PcapNGOptions(position: 0)
    while let option = options.next(in: list, order) {
      if let log, option.code == 1 || option.code == 4 {
        let note = PieceLog.Note.packetOptions(list.copy, order, frame: frame)
        return log.append(note, byteCount: list.byteCount)
      }
      if option.code == 1 {
        addComment(list, option, frame: frame)
      } else if option.code == 4, option.length == 8 {
        addPacketDrops(order.uint64(list, at: option.value))
      }
    }
  }

  /// The comments of a block that is no packet; its options begin at `position`.
  mutating func addComments(_ body: RawSpan, _ order: ByteOrder, optionsAt position: Int) {
    if let log {
      let note = PieceLog.Note.comments(body.copy, order, position: position)
      return log.append(note, byteCount: body.byteCount)
    }
    var options = PcapNGOptions(position: position)
    while let option = options.next(in: body, order) {
      if option.code == 1 { addComment(body, option, frame: nil) }
    }
  }

  private mutating func addComment(
    _ body: RawSpan, _ option: PcapNGOptions.Option, frame: Int64?
  ) {
    guard comments.count < PcapNGNotes.maximumComments,
      commentBytes + option.length <= PcapNGNotes.maximumCommentBytes
    else { return }
    commentBytes += option.length
    let text = body.extracting(option.value..<option.value + option.length).text
    comments.append(CaptureInfo.Comment(frame: frame, text: text))
  }

  /// Records: type (2), length (2), value padded to 4 bytes. Type 1 is an IPv4 address and its
  /// names, type 2 an IPv6 address and its names, each name ended by a zero byte.
  mutating func addNames(_ body: RawSpan, _ order: ByteOrder) {
    if let log { return log.append(.names(body.copy, order), byteCount: body.byteCount) }
    var records = PcapNGOptions(position: 0)
    while let record = records.next(in: body, order) {
      let address: IPAddress
      let addressLength: Int
      switch (record.code, record.length) {
      case (1, 4...):
        addressLength = 4
        address = IPAddress(ipv4: body.uint32(at: record.value))
      case (2, 16...):
        addressLength = 16
        address = IPAddress(
          ipv6: body.uint64(at: record.value), body.uint64(at: record.value + 8))
      default: continue
      }
      let first = record.value + addressLength
      var end = first
      while end < record.value + record.length, body.uint8(at: end) != 0 { end += 1 }
      guard end > first, end - first <= PcapNGNotes.maximumNameLength, names[address] == nil,
        names.count < PcapNGNotes.maximumNames
      else {
        continue
      }
      names[address] = body.extracting(first..<end).text
    }
  }

  /// Interface (4), time (8), options: 5 is isb_ifdrop, 7 isb_osdrop.
  mutating func addStatistics(_ body: RawSpan, _ order: ByteOrder, interface: Int) {
    if let log {
      let note = PieceLog.Note.statistics(body.copy, order, interface: interface)
      return log.append(note, byteCount: body.byteCount)
    }
    var count: UInt64?
    var options = PcapNGOptions(position: 12)
    while let option = options.next(in: body, order) {
      guard option.code == 5 || option.code == 7, option.length == 8 else { continue }
      count = (count ?? 0) &+ order.uint64(body, at: option.value)
    }
    if let count { interfaceDropCounts[interface] = count }
  }
}

extension PcapNGNotes {
  /// Whether so much was logged that it should be written down.
  var isLogLarge: Bool { log?.isLarge ?? false }

  /// Adds what the reader of a piece kept.
  mutating func add(_ note: PieceLog.Note) {
    switch note {
    case .linkType(let type): addLinkType(LinkType(rawValue: type))
    case .packetDrops(let count): addPacketDrops(count)
    case .packetOptions(let list, let order, let frame):
      addPacketOptions(list.span.bytes, order, frame: frame)
    case .comments(let body, let order, let position):
      addComments(body.span.bytes, order, optionsAt: position)
    case .names(let body, let order): addNames(body.span.bytes, order)
    case .statistics(let body, let order, let interface):
      guard body.count >= 12 else { return }
      addStatistics(body.span.bytes, order, interface: interface)
    }
  }
}

extension RawSpan {
  /// As UTF-8; what is none is replaced.
  var text: String {
    withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}
