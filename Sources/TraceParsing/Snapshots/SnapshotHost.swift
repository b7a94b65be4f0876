import TCPModel

/// Which host a snapshot is of, as its first line or its file's name says it.
///
///     # host: web1
///     State  Recv-Q Send-Q ...
///
/// Neither `ss` nor `/proc/net/tcp` begins a line with `#`, so that other readers pass over it.
public enum SnapshotHost {
  /// Names are cut here: DNS has no longer ones (RFC 1035 2.3.4).
  public static let longest = 253

  /// The line that names a host, without its line feed.
  public static func line(_ host: String) -> String { "# host: \(host)" }

  /// The name in such a line; nil for any other one.
  static func name(inLine line: UnsafeRawBufferPointer) -> String? {
    guard line.first == UInt8(ascii: "#"), line.count <= 1024 else { return nil }
    var rest = line.dropFirst().drop { $0 == 0x20 || $0 == 0x09 }
    for byte in "host:".utf8 {
      guard rest.popFirst().map({ $0 | 0x20 == byte | 0x20 }) == true else { return nil }
    }
    let words = rest.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    guard words.count == 1, let word = words.first else { return nil }
    return name(word)
  }

  /// What a tool that asks several hosts puts before every line: `web1:`, `[1] web1`.
  static func name(inPrefix prefix: [UInt8]) -> String? {
    let marks = Set("[]():|>#\t ".utf8)
    let words = prefix.split { marks.contains($0) }
    guard let word = words.last(where: { !$0.allSatisfy { 0x30...0x39 ~= $0 } }) else { return nil }
    return name(word)
  }

  private static func name(_ bytes: some Collection<UInt8>) -> String? {
    bytes.isEmpty ? nil : String(decoding: bytes.prefix(longest), as: UTF8.self)
  }

  /// The host in a file's name: what stands beside the time and the kind of snapshot, as in
  /// `1795356342.637_web1_ss-tanoipem.txt`. nil where one of the three is missing.
  public static func name(inFileName path: String) -> String? {
    guard let (before, after) = SnapshotDating.aroundTime(path: path) else { return nil }
    var rest = after
    while let dot = rest.lastIndex(of: "."), endings.contains(rest[dot...].lowercased()) {
      rest = String(rest[..<dot])
    }
    for separators in ["_", "_-.+@ "] {
      let words = [before, rest].flatMap { text in
        text.split { separators.contains($0) }.map(String.init)
      }
      let others = words.filter { !isKind($0.lowercased()) }
      guard others.count < words.count else { continue }
      let name = others.joined(separator: separators == "_" ? "_" : "-")
        .trimming { "-_.+@ ".contains($0) }
      guard name.contains(where: \.isLetter) else { return nil }
      return String(name.prefix(longest))
    }
    return nil
  }

  private static let endings: Set = [".txt", ".log", ".out", ".zst", ".gz", ".lz4"]

  /// `ss`, `ss-tanoipem`, `proc-net-tcp6`.
  private static func isKind(_ word: String) -> Bool {
    let words = ["tcp", "tcp6", "sockets", "snapshot", "snapshots"]
    return word == "ss" || word.hasPrefix("ss-") || word.hasPrefix("proc-net-tcp")
      || words.contains(word)
  }
}

extension String {
  fileprivate func trimming(_ isMargin: (Character) -> Bool) -> String {
    let front = drop(while: isMargin)
    guard let last = front.lastIndex(where: { !isMargin($0) }) else { return "" }
    return String(front[...last])
  }
}
