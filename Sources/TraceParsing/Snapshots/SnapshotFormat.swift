import Glibc
import TCPModel

/// Recognises socket snapshots by their content.
public enum SnapshotFormat {
  /// How much of a file is looked at.
  static let headLength = 64 << 10

  /// The kind of the snapshots in a file, `ss` or `procNetTCP`; nil when it holds none. An empty
  /// file is one if its name gives it a time: `ss -H` on a host without sockets writes nothing.
  public static func recognise(path: String) throws(CaptureError) -> CaptureInfo.Format? {
    var window = try InputWindow(path: path, capacity: headLength)
    try fillHead(&window)
    if window.available == 0, !SnapshotDating(path: path, modificationTime: nil).isDated {
      return nil
    }
    return recognise(window.bytes.withUnsafeBytes { UnsafeRawBufferPointer($0) })
  }

  /// The beginning of a file or pipe, inflated where it is compressed and enough of it is there.
  public static func head(path: String) throws(CaptureError) -> [UInt8] {
    var window = try InputWindow(path: path, capacity: headLength)
    try fillHead(&window)
    return window.bytes.withUnsafeBytes { Array($0) }
  }

  /// Fills the window with the beginning of the file, inflated where it is compressed.
  static func fillHead(_ window: inout InputWindow) throws(CaptureError) {
    _ = try window.fill(4)
    let compression = Decompressor.recognise(window.bytes)
    if compression != .none { window.decompress(compression) }
    let isWhole = try window.fill(headLength)
    if !isWhole, window.available == 0, let damage = window.damage { throw damage }
  }

  /// What some editors and shells begin a text in UTF-8 with.
  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Why a file that was not recognised is none.
  static func problem(of head: UnsafeRawBufferPointer) -> String {
    ForeignFormat(head)?.sentence ?? "is neither ss output nor /proc/net/tcp (byte offset 0)"
  }

  /// Looks for a line that only a snapshot has, among the first lines.
  static func recognise(_ head: UnsafeRawBufferPointer) -> CaptureInfo.Format? {
    find(head)?.format
  }

  /// A line that only a snapshot has, and what stands before it on every line.
  static func find(
    _ head: UnsafeRawBufferPointer
  ) -> (format: CaptureInfo.Format, prefix: [UInt8])? {
    if head.starts(with: byteOrderMark) {
      return find(UnsafeRawBufferPointer(rebasing: head[byteOrderMark.count...]))
    }
    // A host without sockets, whatever its first line says.
    let first = UnsafeRawBufferPointer(rebasing: head.prefix { $0 != 0x0A })
    if head.count <= first.count + 1, head.isEmpty || SnapshotHost.name(inLine: first) != nil {
      return (.ss, [])
    }
    if ForeignFormat.isMarkup(head) { return nil }
    for line in head.split(separator: 0x0A, maxSplits: 200) {
      // A capture's header has zero bytes; no text has. Behind a good line they are only damage.
      if line.prefix(max(0, 64 - line.startIndex)).contains(0) { return nil }
      let words = line.prefix(512).split(maxSplits: 8) { $0 <= 0x20 }
      let texts = words.map { String(decoding: $0, as: UTF8.self) }
      if ForeignFormat.isNetstat(texts.map { Substring($0) }) { return nil }
      for start in 0..<min(words.count, 1 + maximumPrefixWords) {
        guard let format = format(Array(texts[start...]), isFirst: start == 0) else { continue }
        if ForeignFormat.isCode(head) { return nil }
        return (format, start == 0 ? [] : Array(line[..<words[start].startIndex]))
      }
    }
    return nil
  }

  /// `web1:`, `web1 |`, `[1] web1`: what tools that ask several hosts put before a line.
  private static let maximumPrefixWords = 3

  /// - Parameter isFirst: No other word stands before them.
  private static func format(_ words: [String], isFirst: Bool) -> CaptureInfo.Format? {
    guard let first = words.first else { return nil }
    if first == "sl", words.dropFirst().first == "local_address" { return .procNetTCP }
    if first.last == ":", !first.dropLast().isEmpty, first.dropLast().allSatisfy(\.isNumber),
      words.count > 3, isHexEndpoint(words[1]), isHexEndpoint(words[2])
    {
      return .procNetTCP
    }
    let isNamed = rowWords.contains(first)
    if words.contains("Local"), words.contains(where: { $0.hasPrefix("Address:Port") }) {
      return isNamed ? .ss : nil
    }
    // Without a header: a state or a kind of socket, two queues, two addresses, or fewer of them.
    guard words.count(where: isAddress) >= 2 else { return nil }
    return isNamed || isFirst && (Int(first) != nil || isAddress(first)) ? .ss : nil
  }

  private static let rowWords = Set(RowWord.spellings.map { "\($0.0)" })

  private static func isHexEndpoint(_ word: String) -> Bool {
    let parts = word.split(separator: ":")
    return parts.count == 2 && (parts[0].count == 8 || parts[0].count == 32)
      && parts[1].count == 4 && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
  }

  private static func isAddress(_ word: String) -> Bool {
    var word = word
    return word.withUTF8 { SocketAddressText(UnsafeRawBufferPointer($0)) != nil }
  }
}
