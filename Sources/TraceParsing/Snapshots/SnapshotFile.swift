import Support
import TCPModel

/// A file and what reports call it.
public struct SnapshotFile: Sendable, Hashable {
  public var name: String
  public var path: String
  /// Of the host that wrote `/proc/net/tcp`, once all of its files were looked at.
  var isBigEndian: Bool?

  /// Nobody named it: if it turns out to be damaged, the others are read all the same.
  public var isFromFolder: Bool

  public init(name: String, path: String, isFromFolder: Bool = false) {
    self.name = name
    self.path = path
    self.isFromFolder = isFromFolder
  }
}

extension SnapshotFile {
  /// The files of one host lie in one folder and have one name but for their times, and for the 6 of
  /// `/proc/net/tcp6`.
  var host: String {
    let folder = name.lastIndex(of: "/").map { name[..<$0] } ?? ""
    let label = SnapshotDating(path: name, modificationTime: nil).label
    return
      "\(folder)/\(label.split(separator: "tcp6", omittingEmptySubsequences: false).joined(separator: "tcp"))"
  }
}

/// Which file could not be read, and why.
public struct SnapshotFailure: Error, Sendable, Hashable {
  public var name: String
  public var error: CaptureError
}
