import Glibc
import Support
import TCPModel

/// Where the pseudonyms of `--anonymize` come from.
enum Anonymization {
  /// Whoever sets it gets the same pseudonyms for every capture.
  private static let variable = "TCPTIMELINE_KEY"
  /// How much of the first input makes the key where none is set.
  private static let headSize = 1 << 16

  private static var secret: [UInt8]? {
    guard let value = getenv(variable), value.pointee != 0 else { return nil }
    return Array(String(cString: value).utf8)
  }

  /// Whether standard input has to be kept, because the key is made from it.
  static var readsInput: Bool { secret == nil }

  static func pseudonyms(for inputs: InputFiles) -> AddressPseudonyms {
    let first = inputs.captures.first ?? inputs.snapshots.first
    return AddressPseudonyms(secret: secret ?? first.map { head(of: $0.path) } ?? [])
  }

  /// Nothing of a file that cannot be read; reading it as a capture will say so.
  private static func head(of path: String) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    return [UInt8](unsafeUninitializedCapacity: headSize) { buffer, count in
      while count < headSize, let start = buffer.baseAddress {
        let step = pread(descriptor, start + count, headSize - count, off_t(count))
        if step < 0, errno == EINTR { continue }
        guard step > 0 else { return }
        count += step
      }
    }
  }
}
