import Glibc

/// Memory for blocks that will be filled from end to end.
enum PopulatedMemory {
  private static let pageSize = 4096
  /// `MADV_POPULATE_WRITE`, Linux 5.14; an older kernel does nothing.
  private static let populateForWriting: CInt = 23

  /// All pages in one call: one at a time, as they are touched first, took 4 % of the pass.
  static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: pageSize)
    _ = madvise(memory, byteCount / pageSize * pageSize, populateForWriting)
    return memory
  }
}
