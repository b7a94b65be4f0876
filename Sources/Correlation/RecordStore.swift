import TCPModel

/// All records in first-seen order, in blocks that never move.
struct RecordStore: ~Copyable {
  private static let blockSize = 1 << 10
  private var blocks: [UnsafeMutablePointer<ConnectionRecord>] = []
  private(set) var count = 0

  init() {}

  deinit {
    for block in blocks { block.deallocate() }
  }

  /// Appends a record and gives its index.
  mutating func append(_ record: ConnectionRecord) -> Int {
    if count == blocks.count * RecordStore.blockSize {
      blocks.append(.allocate(capacity: RecordStore.blockSize))
    }
    let index = count
    count += 1
    pointer(to: index).initialize(to: record)
    return index
  }

  @inline(__always)
  func pointer(to index: Int) -> UnsafeMutablePointer<ConnectionRecord> {
    blocks[index / RecordStore.blockSize] + index % RecordStore.blockSize
  }
}

/// The analysis counts of the connections that have any: most have none, so they live apart.
struct CountsPool: ~Copyable {
  struct Pair: BitwiseCopyable {
    var low = AnalysisCounts()
    var high = AnalysisCounts()
  }

  /// What is counted per segment.
  static let counted: SegmentVerdict =
    .wiresharkMask.subtracting(.portReused).union([.duplicateFrame, .challengeACK, .ambiguous])

  private var pairs: [Pair] = []

  init() {}

  /// `link` is the connection's place here plus one, 0 while it has none.
  mutating func count(_ verdict: SegmentVerdict, isLow: Bool, _ link: inout UInt32) {
    if link == 0 {
      pairs.append(Pair())
      link = UInt32(pairs.count)
    }
    if isLow {
      CountsPool.add(verdict, to: &pairs[Int(link) - 1].low)
    } else {
      CountsPool.add(verdict, to: &pairs[Int(link) - 1].high)
    }
  }

  func pair(_ link: UInt32) -> Pair {
    link == 0 ? Pair() : pairs[Int(link) - 1]
  }

  private static func add(_ verdict: SegmentVerdict, to counts: inout AnalysisCounts) {
    func bit(_ one: SegmentVerdict) -> UInt32 { verdict.contains(one) ? 1 : 0 }
    counts.retransmissions &+= bit(.retransmission)
    counts.fastRetransmissions &+= bit(.fastRetransmission)
    counts.spuriousRetransmissions &+= bit(.spuriousRetransmission)
    counts.outOfOrder &+= bit(.outOfOrder)
    counts.duplicateACKs &+= bit(.duplicateACK)
    counts.previousSegmentLost &+= bit(.previousSegmentLost)
    counts.ackedUnseen &+= bit(.ackedUnseen)
    counts.keepAlives &+= bit(.keepAlive)
    counts.keepAliveACKs &+= bit(.keepAliveACK)
    counts.zeroWindows &+= bit(.zeroWindow)
    counts.zeroWindowProbes &+= bit(.zeroWindowProbe)
    counts.zeroWindowProbeACKs &+= bit(.zeroWindowProbeACK)
    counts.windowFull &+= bit(.windowFull)
    counts.windowUpdates &+= bit(.windowUpdate)
    counts.duplicateFrames &+= bit(.duplicateFrame)
    counts.challengeACKs &+= bit(.challengeACK)
    counts.ambiguous &+= bit(.ambiguous)
  }
}
