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
  private static let most = 2 * (4 + 15 * 10 + 12 * 10 + 5 * 50) + 60
  /// Shorter spans are no one's evidence.
  private static let worthKeeping: Nanoseconds = 50_000_000

  private var blocks: [UnsafeMutablePointer<UInt8>] = []
  private var used = 1 << blockShift

  init() {}

  deinit {
    for block in blocks { block.deallocate() }
  }

  /// Gives the place, to be asked with.
  ///
  /// - Parameters:
  ///   - transfer: Finished.
  ///   - end: Until when it is known.
  mutating func add(_ transfer: UnsafeMutablePointer<TransferRecord>, until end: Nanoseconds)
    -> UInt32
  {
    if used + TransferArchive.most > 1 << TransferArchive.blockShift {
      blocks.append(.allocate(capacity: 1 << TransferArchive.blockShift))
      used = 0
    }
    var writer = Writer(blocks[blocks.count - 1] + used)
    writer.put(transfer, until: end)
    let place = ((blocks.count - 1) << TransferArchive.blockShift | used) / TransferArchive.granule
    used += (writer.count + TransferArchive.granule - 1) & ~(TransferArchive.granule - 1)
    return UInt32(truncatingIfNeeded: place)
  }

  func transfer(at place: UInt32) -> TransferSummary {
    let offset = Int(place) * TransferArchive.granule
    var reader = Reader(
      blocks[offset >> TransferArchive.blockShift]
        + (offset & (1 << TransferArchive.blockShift - 1)))
    return reader.transfer()
  }

  /// As `add` and `transfer` would give it, without keeping it.
  static func summary(
    of transfer: UnsafeMutablePointer<TransferRecord>, until end: Nanoseconds
  ) -> TransferSummary {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: most) { memory in
      guard let start = memory.baseAddress else { return TransferSummary() }
      var writer = Writer(start)
      writer.put(transfer, until: end)
      var reader = Reader(start)
      return reader.transfer()
    }
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

    mutating func put(_ transfer: UnsafeMutablePointer<TransferRecord>, until end: Nanoseconds) {
      put(end)
      put(transfer.pointee.blame.low)
      put(transfer.pointee.blame.high)
      put(transfer.pointee.blame.network)
      put(transfer.pointee.blame.unknown)
      put(transfer.sender(.low))
      put(transfer.sender(.high))
    }

    private mutating func put(_ sender: UnsafeMutablePointer<SenderRecord>) {
      guard sender.pointee.bits.contains(.hasSent) else {
        put(0)
        return
      }
      let roundTrip = UnsafePointer(sender).pointee.roundTrip
      let hasBufferbloat = roundTrip.hasBufferbloat
      put(
        1 | Int64(sender.pointee.place.basis.rawValue) << 1 | (hasBufferbloat ? 16 : 0)
          | (sender.pointee.delayedWaits > 0 ? 32 : 0)
          | (UnsafePointer(sender).pointee.isReadSlowly ? 64 : 0)
          | (sender.pointee.silenceRepeats > 0 ? 128 : 0))
      putTimes(sender)
      put(sender.pointee.busy)
      put(sender.pointee.windowTime)
      put(optional: sender.pointee.bottleneck)
      put(optional: sender.pointee.fullSendBuffer)
      put(
        optional: sender.pointee.windowTime > 0 ? Int64(sender.pointee.limitingWindow) : nil)
      put(optional: roundTrip.isKnown ? roundTrip.least : nil)
      put(optional: roundTrip.mean)
      put(optional: roundTrip.isKnown ? roundTrip.most : nil)
      put(hasBufferbloat ? roundTrip.mostFrame : 0)
      if sender.pointee.delayedWaits > 0 {
        put(Int64(sender.pointee.delayedWaits))
        put(sender.pointee.delayedTime)
        put(sender.pointee.delayedFrame)
      }
      if sender.pointee.silenceRepeats > 0 {
        put(Int64(sender.pointee.silenceRepeats))
        put(sender.pointee.silence)
      }
      put(sender.pointee.longestSpan(of: .program))
      put(sender.pointee.longestSpan(of: .sender))
      put(sender.pointee.longestSpan(of: .receiver))
      put(sender.pointee.longestSpan(of: .path))
    }

    private mutating func putTimes(_ sender: UnsafeMutablePointer<SenderRecord>) {
      var mask: Int64 = 0
      for limit in 0..<LimitTimes.count where sender.pointee.times[at: limit] != 0 {
        mask |= 1 << Int64(limit)
      }
      put(mask)
      while mask != 0 {
        put(sender.pointee.times[at: mask.trailingZeroBitCount])
        mask &= mask - 1
      }
    }

    private mutating func put(_ span: SenderRecord.Span?) {
      guard let span, span.end &- span.start >= TransferArchive.worthKeeping else {
        put(0)
        return
      }
      put(Int64(span.limit.rawValue) + 1)
      put(span.start)
      put(span.end &- span.start)
      put(span.firstFrame)
      put(span.lastFrame)
    }
  }

  private struct Reader {
    private var next: UnsafePointer<UInt8>

    init(_ start: UnsafeMutablePointer<UInt8>) {
      next = UnsafePointer(start)
    }

    private mutating func number() -> Int64 {
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

    mutating func transfer() -> TransferSummary {
      var transfer = TransferSummary()
      transfer.until = number()
      transfer.blame.client = number()
      transfer.blame.server = number()
      transfer.blame.network = number()
      transfer.blame.unknown = number()
      transfer.low = limits()
      transfer.high = limits()
      return transfer
    }

    private mutating func optional() -> Int64? {
      let value = number()
      return value == 0 ? nil : value &- 1
    }

    private mutating func limits() -> TransferLimits? {
      let head = number()
      guard head & 1 != 0 else { return nil }
      var limits = TransferLimits()
      limits.basis = TransferLimits.Basis(rawValue: UInt8(head >> 1 & 7)) ?? .middle
      limits.hasBufferbloat = head & 16 != 0
      limits.isReadSlowly = head & 64 != 0
      let mask = number()
      for limit in 0..<LimitTimes.count where mask >> Int64(limit) & 1 != 0 {
        limits.times[at: limit] = number()
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
      if head & 32 != 0 {
        limits.delayedWaits = Int(number())
        limits.delayedTime = number()
        limits.delayedFrame = number()
      }
      if head & 128 != 0 {
        limits.silentRepeats = Int(number())
        limits.longestSilence = span()
      }
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
