import TCPModel

/// What is known of a connection's transfer when it is described.
struct TransferSummary: BitwiseCopyable {
  /// Of what the endpoint sent; nil where it sent nothing.
  var low: TransferLimits?
  var high: TransferLimits?
  /// As if the low endpoint were the client.
  var blame = Blame()
  /// Until when, since the first segment; what comes later is unknown.
  var until: Nanoseconds = 0

  subscript(end: End) -> TransferLimits? {
    get { end == .low ? low : high }
    set { if end == .low { low = newValue } else { high = newValue } }
  }
}

/// The transfers that are over: 40 bytes each where little happened. Numbers are written seven bits a
/// byte, those that are 0 not at all.
struct TransferArchive: ~Copyable {
  private static let blockShift = 16
  private static let granule = 4
  /// More than any transfer takes.
  private static let most = 2 * (4 + 15 * 10 + 9 * 10 + 4 * 50) + 60
  /// Shorter spans are no one's evidence.
  private static let worthKeeping: Nanoseconds = 50_000_000

  private var blocks: [UnsafeMutablePointer<UInt8>] = []
  private var used = 1 << blockShift

  init() {}

  deinit {
    for block in blocks { block.deallocate() }
  }

  /// Gives the place, to be asked with.
  mutating func add(_ transfer: TransferSummary) -> UInt32 {
    if used + TransferArchive.most > 1 << TransferArchive.blockShift {
      blocks.append(.allocate(capacity: 1 << TransferArchive.blockShift))
      used = 0
    }
    var writer = Writer(blocks[blocks.count - 1] + used)
    for value in [
      transfer.until, transfer.blame.client, transfer.blame.server, transfer.blame.network,
      transfer.blame.unknown,
    ] {
      writer.put(value)
    }
    for end in [End.low, .high] { writer.put(transfer[end]) }
    let place = ((blocks.count - 1) << TransferArchive.blockShift | used) / TransferArchive.granule
    used += (writer.count + TransferArchive.granule - 1) & ~(TransferArchive.granule - 1)
    return UInt32(truncatingIfNeeded: place)
  }

  func transfer(at place: UInt32) -> TransferSummary {
    let offset = Int(place) * TransferArchive.granule
    var reader = Reader(
      blocks[offset >> TransferArchive.blockShift]
        + (offset & (1 << TransferArchive.blockShift - 1)))
    var transfer = TransferSummary()
    transfer.until = reader.number()
    transfer.blame.client = reader.number()
    transfer.blame.server = reader.number()
    transfer.blame.network = reader.number()
    transfer.blame.unknown = reader.number()
    transfer.low = reader.limits()
    transfer.high = reader.limits()
    return transfer
  }

  private struct Writer {
    private var next: UnsafeMutablePointer<UInt8>
    private let start: UnsafeMutablePointer<UInt8>

    init(_ start: UnsafeMutablePointer<UInt8>) {
      self.start = start
      next = start
    }

    var count: Int { next - start }

    mutating func put(_ value: Int64) {
      var rest = UInt64(bitPattern: value)
      while rest >= 0x80 {
        next.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
        next += 1
        rest >>= 7
      }
      next.pointee = UInt8(truncatingIfNeeded: rest)
      next += 1
    }

    /// One more, so that 0 says there is none.
    mutating func put(optional value: Int64?) {
      put(value.map { $0 &+ 1 } ?? 0)
    }

    mutating func put(_ limits: TransferLimits?) {
      guard let limits else {
        put(0)
        return
      }
      put(1 | Int64(limits.basis.rawValue) << 1 | (limits.hasBufferbloat ? 16 : 0))
      var mask: Int64 = 0
      for limit in Limit.allCases where limits.times[limit] != 0 {
        mask |= 1 << Int64(limit.rawValue)
      }
      put(mask)
      for limit in Limit.allCases where limits.times[limit] != 0 { put(limits.times[limit]) }
      put(limits.busy)
      put(limits.receiverWindow)
      put(optional: limits.bottleneck)
      put(optional: limits.sendBuffer)
      put(optional: limits.limitingWindow)
      put(optional: limits.leastRoundTrip)
      put(optional: limits.meanRoundTrip)
      put(optional: limits.highRoundTrip)
      put(limits.hasBufferbloat ? limits.highRoundTripFrame : 0)
      for span in [
        limits.longestOfProgram, limits.longestOfSender, limits.longestOfReceiver,
        limits.longestOfPath,
      ] {
        put(span)
      }
    }

    private mutating func put(_ span: LimitInterval?) {
      guard let span, span.duration >= TransferArchive.worthKeeping else {
        put(0)
        return
      }
      put(Int64(span.limit.rawValue) + 1)
      put(span.start)
      put(span.duration)
      put(span.firstFrame)
      put(span.lastFrame)
    }
  }

  private struct Reader {
    private var next: UnsafePointer<UInt8>

    init(_ start: UnsafeMutablePointer<UInt8>) {
      next = UnsafePointer(start)
    }

    mutating func number() -> Int64 {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while true {
        let byte = next.pointee
        next += 1
        value |= UInt64(byte & 0x7F) &<< shift
        if byte & 0x80 == 0 { return Int64(bitPattern: value) }
        shift += 7
      }
    }

    mutating func optional() -> Int64? {
      let value = number()
      return value == 0 ? nil : value &- 1
    }

    mutating func limits() -> TransferLimits? {
      let head = number()
      guard head & 1 != 0 else { return nil }
      var limits = TransferLimits()
      limits.basis = TransferLimits.Basis(rawValue: UInt8(head >> 1 & 7)) ?? .middle
      limits.hasBufferbloat = head & 16 != 0
      let mask = number()
      for limit in Limit.allCases where mask >> Int64(limit.rawValue) & 1 != 0 {
        limits.times[limit] = number()
      }
      limits.busy = number()
      limits.receiverWindow = number()
      limits.bottleneck = optional()
      limits.sendBuffer = optional()
      limits.limitingWindow = optional()
      limits.leastRoundTrip = optional()
      limits.meanRoundTrip = optional()
      limits.highRoundTrip = optional()
      limits.highRoundTripFrame = number()
      limits.longestOfProgram = span()
      limits.longestOfSender = span()
      limits.longestOfReceiver = span()
      limits.longestOfPath = span()
      return limits
    }

    private mutating func span() -> LimitInterval? {
      let code = number()
      guard code > 0, let limit = Limit(rawValue: UInt8(truncatingIfNeeded: code - 1)) else {
        return nil
      }
      let start = number()
      let duration = number()
      let firstFrame = number()
      return LimitInterval(
        limit, start: start, duration: duration, firstFrame: firstFrame, lastFrame: number())
    }
  }
}
