import ArgumentParser
import Glibc
import Rendering
import TraceParsing

/// How `tcptimeline snapshot` compresses.
enum SnapshotCompression: String, CaseIterable, ExpressibleByArgument {
  case none, zstd

  /// Behind `.txt`.
  var ending: String { self == .zstd ? ".zst" : "" }
}

/// Where a snapshot's bytes go: into its file, compressed or as they are.
struct SnapshotSink: ~Copyable {
  private var file: OutputFile
  private var bytes: ByteWriter
  private var encoder: ZstdEncoder?

  /// - Parameter path: Without the compression's ending.
  init(_ path: String, _ compression: SnapshotCompression) throws(Failure) {
    let encoder = try Self.encoder(compression, path)
    let file = try OutputFile.open(path: path + compression.ending, mode: OutputFile.privateMode)
    bytes = ByteWriter(descriptor: file.descriptor)
    self.file = file
    self.encoder = encoder
  }

  private static func encoder(
    _ compression: SnapshotCompression, _ path: String
  ) throws(Failure) -> ZstdEncoder? {
    guard compression == .zstd else { return nil }
    guard let encoder = ZstdEncoder() else {
      throw Failure(.inputOutput, "\(path): no memory to compress it")
    }
    return encoder
  }

  mutating func append(_ piece: UnsafeBufferPointer<UInt8>) {
    encode(UnsafeRawBufferPointer(piece), isLast: false)
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  private mutating func encode(_ piece: UnsafeRawBufferPointer, isLast: Bool) {
    if encoder == nil {
      bytes.append(piece.bindMemory(to: UInt8.self))
    } else {
      let output = encoder?.encode(piece, isLast: isLast) ?? []
      bytes.append(output)
    }
  }

  /// Puts the file in its place.
  consuming func finish() throws(Failure) {
    encode(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true)
    try file.finish(&bytes)
    try file.commit()
  }
}
