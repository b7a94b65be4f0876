import Glibc

/// Notices that an input is another file, or holds something else, than when it was first opened: what
/// two passes found would not fit together.
///
/// What is appended meanwhile is no change: a capture may still be growing.
struct UnchangedFile {
  private let path: String
  private let name: String
  private var known: (status: FileIdentity.Status, ends: [UInt8])?

  init(_ input: InputCapture) {
    path = input.path
    name = input.name
  }

  /// To be called before and after each opening: the file was not exchanged in between.
  ///
  /// Pipes and devices have no state to compare.
  mutating func opened() throws(Failure) {
    guard path != "-", let status = FileIdentity.Status(path: path), status.isRegular else {
      return
    }
    guard let known else {
      self.known = (status, ends(of: status.size))
      return
    }
    guard status.identity == known.status.identity, holds(known, status) else { throw changed }
  }

  /// To be called at the end of each pass. Another file may have the name by now.
  func read() throws(Failure) {
    guard let known, let status = FileIdentity.Status(path: path),
      status.identity == known.status.identity
    else { return }
    guard holds(known, status) else { throw changed }
  }

  private func holds(
    _ known: (status: FileIdentity.Status, ends: [UInt8]), _ status: FileIdentity.Status
  ) -> Bool {
    status == known.status
      || status.size >= known.status.size && ends(of: known.status.size) == known.ends
  }

  /// The first bytes, and the last ones before `size`.
  private func ends(of size: Int64) -> [UInt8] {
    let descriptor = path.withPath { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    let length = Int(min(size, 4096))
    return [UInt8](unsafeUninitializedCapacity: 2 * length) { buffer, count in
      for offset in [0, size - Int64(length)] {
        let step = pread(descriptor, buffer.baseAddress.map { $0 + count }, length, off_t(offset))
        count += max(0, step)
      }
    }
  }

  private var changed: Failure { UnchangedFile.changed(name) }

  static func changed(_ name: String) -> Failure {
    Failure(
      .inputOutput,
      "\(name): changed while it was read; copy it first, or pipe it in (tcptimeline - < copy)")
  }
}
