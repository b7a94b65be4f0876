import Glibc
import Support
import TCPModel

/// Removes snapshots that `tcptimeline snapshot` saved for a host long ago; nothing else.
struct SnapshotRotation {
  /// How long they are kept.
  var age: Nanoseconds
  var host: String

  private static let kinds = ["proc-net-tcp", "proc-net-tcp6", "ss-tanoipem"]
  private static let endings = [".txt", ".txt.zst"]

  /// - Returns: Names that could not be removed, with the reason of the first.
  func clean(_ folder: String, now: Timestamp) -> (names: [String], reason: String)? {
    guard let open = OpenFolder(folder), let names = Folder.names(in: folder) else {
      return ([folder], Failure.reason(errno))
    }
    var left: [String] = []
    var reason: Int32 = 0
    for name in names where isOld(name, now) {
      guard FileIdentity.Status(name, in: open.descriptor, followsLinks: false)?.isRegular == true,
        name.withPath({ unlinkat(open.descriptor, $0, 0) }) != 0, errno != ENOENT
      else { continue }
      if left.isEmpty { reason = errno }
      left.append(name)
    }
    return left.isEmpty ? nil : (left, Failure.reason(reason))
  }

  /// `1795356342.637_HOST_KIND.txt`, or without a host as older versions wrote it.
  func isOld(_ name: String, _ now: Timestamp) -> Bool {
    let words = name.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2, let time = Self.time(words[0]) else { return false }
    let names = Self.kinds.flatMap { kind in
      Self.endings.flatMap { ["\(kind)\($0)", "\(host)_\(kind)\($0)"] }
    }
    return names.contains(String(words[1])) && now.nanoseconds - time > age
  }

  private static func time(_ text: Substring) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].count == 10, parts[1].count == 3,
      parts.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }),
      let seconds = Int64(parts[0]), let milliseconds = Int64(parts[1])
    else { return nil }
    let (time, overflow) = (seconds * 1_000 + milliseconds)
      .multipliedReportingOverflow(by: 1_000_000)
    return overflow ? nil : time
  }
}
