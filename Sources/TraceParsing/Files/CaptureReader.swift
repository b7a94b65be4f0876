import TCPModel

/// Reads a capture, pcap or pcapng, as batches of TCP segments.
///
///     var reader = try CaptureReader(path: "trace.pcapng")
///     var batch = SegmentBatch()
///     while try reader.read(into: &batch) { correlator.ingest(batch.span) }
///
/// A damaged packet is data: it is counted and passed on with what could be read. A file that ends
/// inside a record, or is damaged after a good beginning, gives what came before and a warning.
public struct CaptureReader: ~Copyable {
  private enum Container {
    case pcap(PcapFile)
    case pcapng
    case journals
  }

  private let path: String
  private let container: Container
  var window: InputWindow
  var decoder = FrameDecoder()
  var section = PcapNGFile()
  private var notes = PcapNGNotes()
  /// Of the capture that is read from them.
  private var journals: JournalFile?
  private var segments: Int64 = 0
  private var isFinished = false
  private var isTruncated = false
  private var warnings: [String] = []

  /// Opens a file ("-" is standard input) and reads its header.
  ///
  /// - Parameters:
  ///   - filter: Only frames that this expression of tcpdump's language accepts are decoded; the
  ///     others are counted.
  ///   - end: The file is taken to end there if it is longer, and not compressed.
  public init(
    path: String, filter: String? = nil, end: Int64? = nil
  ) throws(CaptureError) {
    try self.init(path: path, windowCapacity: InputWindow.defaultCapacity, end: end)
    decoder.filter = filter.map { FrameFilter($0) }
  }

  init(path: String, windowCapacity: Int, end: Int64? = nil) throws(CaptureError) {
    var window = try InputWindow(path: path, capacity: windowCapacity)
    if let end { try window.setLimit(end) }
    let container = try CaptureReader.recognise(&window)
    if case .pcap(let file) = container {
      window.advance(by: PcapFile.headerLength)
      notes.addLinkType(file.linkType)
    }
    self.path = path
    self.container = container
    self.window = window
  }

  /// Opens the journals of a capture's pieces, in the order of the pieces. Reading gives what reading the
  /// capture would.
  public init(journals paths: [String]) throws(CaptureError) {
    var window = try JournalFile.open(paths.first ?? "")
    let journals = try JournalFile(paths, &window)
    path = journals.head.piece.input
    container = .journals
    self.window = window
    self.journals = journals
    journals.head.addLinkTypes(to: &notes)
  }

  /// What has been read so far; whole once `read` has returned false.
  public var info: CaptureInfo {
    var info = CaptureInfo(path: path, format: isPcap ? .pcap : .pcapng)
    info.compression = window.compression
    if let journals {
      info.format = journals.head.format
      info.compression = journals.head.compression
    }
    info.linkTypes = notes.linkTypes.map(\.name)
    info.frames = decoder.frames
    info.tcpSegments = segments
    info.bytes =
      isFinished ? journals?.bytes ?? window.fileSize ?? bytesRead : bytesRead
    info.spans = decoder.spans
    info.firstTime = info.spans.first?.start
    info.lastTime = info.spans.last?.end
    info.isTruncated = isTruncated
    info.interfaceDrops = notes.interfaceDrops
    info.invalidTimes = decoder.invalidTimes
    info.stepBack = decoder.largestStepBack
    info.skipped = decoder.skipped
    info.warnings = warnings
    if decoder.quic.omitted > 0 {
      info.warnings.append(
        "\(decoder.quic.omitted) datagrams of QUIC are not listed: there are more than"
          + " \(decoder.quic.flows.count) pairs of ends")
    }
    info.comments = notes.comments
    return info
  }

  /// Frames before the next batch.
  public var frames: Int64 { decoder.frames }

  /// How far reading has come, in bytes of the file; for showing progress.
  public var bytesRead: Int64 { journals?.bytesRead ?? window.fileOffset }

  /// Names the capture gives to addresses (pcapng name resolution blocks).
  public var names: [IPAddress: String] { notes.names }

  /// Whether a file or pipe that begins so is a capture, as far as the first bytes tell.
  public static func recognises(_ head: [UInt8]) -> Bool {
    guard head.count >= 4 else { return false }
    let magic = head.span.bytes.uint32(at: 0)
    return magic == PcapNGFile.BlockType.sectionHeader || PcapFile.variant(magic: magic) != nil
  }

  /// The ICMP errors about TCP segments so far; whole once `read` has returned false.
  public var icmp: [ICMPMessage] { decoder.icmp }

  /// Who spoke QUIC with whom so far; whole once `read` has returned false.
  public var quic: [QUICFlow] { decoder.quic.flows }

  /// Replaces the batch by the next segments; false when there are no more. There may be none in a
  /// batch, only datagrams.
  public mutating func read(into batch: inout SegmentBatch) throws(CaptureError) -> Bool {
    if isFinished {
      batch.removeAll()
      return false
    }
    let stop = try readBatch(into: &batch)
    if let failure = decoder.filter?.failure { throw failure }
    segments &+= Int64(batch.segmentCount)
    switch stop {
    case .batchFull: break
    case .end: try finish()
    case .cut(let cut): try finish(cut)
    case .damaged(let damage): try finish(damage)
    }
    return !batch.isEmpty
  }

  /// Replaces the batch, and says why there is no more in it.
  mutating func readBatch(into batch: inout SegmentBatch) throws(CaptureError) -> ReadStop {
    batch.begin(after: decoder.frames, segments)
    let stop: ReadStop
    switch container {
    case .pcap(let file):
      stop = try file.read(&window, decoder: &decoder, batch: &batch)
    case .pcapng:
      stop = try section.read(&window, decoder: &decoder, notes: &notes, batch: &batch)
    case .journals:
      stop =
        try journals?.read(&window, decoder: &decoder, notes: &notes, batch: &batch) ?? .end
    }
    batch.end()
    if batch.segmentCount > 0 { batch.hold(window.buffer) }
    return stop
  }

  /// Has all that only what lies before explains put into a log.
  ///
  /// - Returns: The link types that are known without reading.
  mutating func startLog(_ log: PieceLog) -> [UInt16] {
    decoder.log = log
    defer { notes.log = log }
    return notes.linkTypes.map(\.rawValue)
  }

  /// Takes back what reading to the end has found.
  mutating func reopen() {
    isFinished = false
    isTruncated = false
    warnings = []
  }

  private var isPcap: Bool {
    if case .pcap = container { true } else { false }
  }

  private static func recognise(_ window: inout InputWindow) throws(CaptureError) -> Container {
    var isWhole = try window.fill(PcapFile.headerLength)
    let compression = Decompressor.recognise(window.bytes)
    if compression != .none {
      window.decompress(compression)
      isWhole = try window.fill(PcapFile.headerLength)
      if !isWhole, let damage = window.damage { throw damage }
    }
    guard window.available >= 4 else { throw CaptureError.notACapture(window.bytes) }
    let magic = window.bytes.uint32(at: 0)
    if magic == PcapNGFile.BlockType.sectionHeader { return .pcapng }
    guard PcapFile.variant(magic: magic) != nil else {
      _ = try window.fill(ForeignFormat.headLength)
      throw CaptureError.notACapture(window.bytes)
    }
    guard isWhole, let file = PcapFile(window.bytes) else {
      throw CaptureError.cutHeader(window.available)
    }
    guard file.majorVersion == 2 else {
      throw CaptureError.unknownVersion(file.majorVersion)
    }
    guard !file.linkType.isUnknown else {
      throw CaptureError.unknownLinkTypes([file.linkType], offset: 20)
    }
    return .pcap(file)
  }

  private mutating func finish() throws(CaptureError) {
    isFinished = true
    let unknown = decoder.count(of: .unknownLinkType)
    if unknown > 0 {
      let types = notes.linkTypes.filter(\.isUnknown)
      if unknown + decoder.count(of: .notAPacket) == decoder.frames {
        throw CaptureError.unknownLinkTypes(types, offset: nil)
      }
      warnings.append(
        "\(framesText(unknown)) of a link type that is not decoded: "
          + types.map(\.numberAndName).joined(separator: ", "))
    }
    if decoder.untimedFrames > 0 {
      warnings.append(
        "\(framesText(decoder.untimedFrames)) without a time (simple packet blocks); "
          + "the time of the frame before stands in")
    }
    if decoder.invalidTimes > 0 {
      warnings.append(
        "\(framesText(decoder.invalidTimes)) with a second or more behind the point of "
          + "\(decoder.invalidTimes == 1 ? "its time" : "their times"): they are not to be trusted")
    }
  }

  private mutating func finish(_ cut: ReadStop.Cut) throws(CaptureError) {
    try finish()
    isTruncated = true
    warnings.append(
      "the file ends inside a \(cut.part) (byte offset \(cut.offset): \(cut.needed) bytes needed, "
        + "\(cut.available) there); kept \(framesText(decoder.frames)) before it")
  }

  /// What came before the damage is kept; if that is nothing, the file is of no use.
  private mutating func finish(_ damage: ReadStop.Damage) throws(CaptureError) {
    guard decoder.frames > 0 else {
      throw CaptureError(
        .notACapture, damage.layer, offset: damage.offset, needed: damage.needed,
        available: damage.needed == nil ? nil : Int64(window.available), damage.text)
    }
    try finish()
    isTruncated = true
    warnings.append("\(damage.text); kept \(framesText(decoder.frames)) before it")
  }
}

private func framesText(_ count: Int64) -> String {
  count == 1 ? "1 frame" : "\(count) frames"
}
