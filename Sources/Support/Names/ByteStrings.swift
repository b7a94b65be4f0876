import Glibc
import TCPModel

/// Byte strings, one after the other.
struct ByteStrings: Sendable {
  private(set) var count = 0
  private var bytes: [UInt8] = []
  private var starts: [Int] = [0]

  mutating func append(_ text: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: text)
    starts.append(bytes.count)
    count += 1
  }

  func withBytes<Result>(at index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let range = starts[index]..<starts[index + 1]
    return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  func forEach(_ body: (UnsafeRawBufferPointer) -> Void) {
    for index in 0..<count { withBytes(at: index, body) }
  }
}
