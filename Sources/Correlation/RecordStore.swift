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
