import Glibc

/// Memory for large tables that are looked into here and there: in pages of 4 KB nearly every look has to find its
/// page first, and each page is an interruption when it is touched for the first time.
public enum LargePages {
  private static let size = 2 << 20
  /// `MADV_HUGEPAGE`; a kernel without them does nothing.
  private static let useLargePages: CInt = 14

  /// Memory of whole large pages, if it fills more than a half of one. To be given back with `deallocate`.
  public static func allocate<Element: BitwiseCopyable>(
    _ type: Element.Type, _ count: Int
  ) -> UnsafeMutablePointer<Element> {
    let wanted = count * MemoryLayout<Element>.stride
    guard wanted > size / 2 else { return .allocate(capacity: count) }
    let byteCount = (wanted + size - 1) / size * size
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: size)
    _ = madvise(memory, byteCount, useLargePages)
    return memory.bindMemory(to: type, capacity: count)
  }

  /// An array, in large pages as far as whole ones lie inside of it.
  public static func array<Element: BitwiseCopyable>(
    repeating element: Element, count: Int
  ) -> [Element] {
    Array(unsafeUninitializedCapacity: count) { memory, initialized in
      if let first = memory.baseAddress {
        let start = UInt(bitPattern: first)
        let end = start + UInt(count * MemoryLayout<Element>.stride)
        let (from, to) = ((start + UInt(size) - 1) / UInt(size), end / UInt(size))
        if from < to {
          _ = madvise(
            UnsafeMutableRawPointer(bitPattern: from * UInt(size)), Int(to - from) * size,
            useLargePages)
        }
      }
      memory.initialize(repeating: element)
      initialized = count
    }
  }
}
