/// Elements in blocks that never move: growing copies nothing, and a pointer to an element stays good.
struct BlockArray<let blockShift: Int, Element: BitwiseCopyable>: ~Copyable {
  private var blocks: [UnsafeMutablePointer<Element>] = []
  private(set) var count = 0

  init() {}

  deinit {
    for block in blocks { block.deallocate() }
  }

  /// Makes one more element, which has no value yet.
  @discardableResult
  @inline(__always)
  mutating func add() -> UnsafeMutablePointer<Element> {
    let index = count
    if index & (1 &<< blockShift &- 1) == 0 { addBlock() }
    count = index &+ 1
    return pointer(to: index)
  }

  @inline(never)
  private mutating func addBlock() {
    blocks.append(.allocate(capacity: 1 &<< blockShift))
  }

  @inline(__always)
  func pointer(to index: Int) -> UnsafeMutablePointer<Element> {
    blocks[index &>> blockShift] + (index & (1 &<< blockShift &- 1))
  }

  subscript(index: Int) -> Element {
    @inline(__always) get { pointer(to: index).pointee }
    @inline(__always) set { pointer(to: index).pointee = newValue }
  }
}
