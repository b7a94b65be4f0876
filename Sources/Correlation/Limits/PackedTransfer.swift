import TCPModel

/// A transfer that goes on but was not touched for long, in the words in which it differs from a blank
/// one: a mask of them, then each with its size before it. Nothing is lost.
struct PackedTransfer: BitwiseCopyable {
  private let bytes: UnsafeMutablePointer<UInt8>

  private static let words = MemoryLayout<TransferRecord>.size / 8
  private static let rest = MemoryLayout<TransferRecord>.size % 8
  private static let maskSize = (words + 7) / 8

  init(_ transfer: UnsafePointer<TransferRecord>, blank: UnsafePointer<TransferRecord>) {
    let source = UnsafeRawPointer(transfer)
    let reference = UnsafeRawPointer(blank)
    let size = PackedTransfer.size(source, reference)
    bytes = .allocate(capacity: size)
    bytes.update(repeating: 0, count: PackedTransfer.maskSize)
    var next = bytes + PackedTransfer.maskSize
    for word in 0..<PackedTransfer.words {
      let value = PackedTransfer.difference(source, reference, word)
      if value == 0 { continue }
      bytes[word / 8] |= 1 << UInt8(word % 8)
      let count = PackedTransfer.length(value)
      next.pointee = UInt8(truncatingIfNeeded: count)
      next += 1
      for index in 0..<count {
        next[index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
      }
      next += count
    }
    let tail = source + 8 * PackedTransfer.words
    for index in 0..<PackedTransfer.rest {
      next[index] = tail.load(fromByteOffset: index, as: UInt8.self)
    }
  }

  /// Puts it where it was, and itself out of the world.
  func unpack(
    into transfer: UnsafeMutablePointer<TransferRecord>, blank: UnsafePointer<TransferRecord>
  ) {
    write(to: transfer, blank: blank)
    bytes.deallocate()
  }

  func write(
    to transfer: UnsafeMutablePointer<TransferRecord>, blank: UnsafePointer<TransferRecord>
  ) {
    let target = UnsafeMutableRawPointer(transfer)
    target.copyMemory(from: blank, byteCount: MemoryLayout<TransferRecord>.size)
    var next = bytes + PackedTransfer.maskSize
    for word in 0..<PackedTransfer.words where bytes[word / 8] >> UInt8(word % 8) & 1 != 0 {
      let count = Int(next.pointee)
      next += 1
      var value: UInt64 = 0
      for index in 0..<count { value |= UInt64(next[index]) << (8 * UInt64(index)) }
      next += count
      let old = target.load(fromByteOffset: 8 * word, as: UInt64.self)
      target.storeBytes(of: old ^ value, toByteOffset: 8 * word, as: UInt64.self)
    }
    let tail = target + 8 * PackedTransfer.words
    for index in 0..<PackedTransfer.rest {
      tail.storeBytes(of: next[index], toByteOffset: index, as: UInt8.self)
    }
  }

  private static func difference(
    _ one: UnsafeRawPointer, _ other: UnsafeRawPointer, _ word: Int
  ) -> UInt64 {
    one.load(fromByteOffset: 8 * word, as: UInt64.self)
      ^ other.load(fromByteOffset: 8 * word, as: UInt64.self)
  }

  private static func length(_ value: UInt64) -> Int { (71 - value.leadingZeroBitCount) / 8 }

  private static func size(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer) -> Int {
    var size = maskSize + rest
    for word in 0..<words {
      let value = difference(one, other, word)
      if value != 0 { size += 1 + length(value) }
    }
    return size
  }
}
