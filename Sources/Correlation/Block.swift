import Glibc

extension UnsafeMutableRawPointer {
  /// Room that is never moved. A large block lies in huge pages where the kernel has them: faults of
  /// 4 KiB each and misses of the translation cache took a tenth of the first pass.
  static func allocateBlock(byteCount: Int) -> UnsafeMutableRawPointer {
    let hugePage = 1 << 21
    guard byteCount >= hugePage else { return .allocate(byteCount: byteCount, alignment: 64) }
    let block = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
    madvise(block, byteCount, MADV_HUGEPAGE)
    return block
  }
}
