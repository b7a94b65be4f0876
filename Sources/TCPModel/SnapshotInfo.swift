/// Where one snapshot came from, and when it was taken.
public struct SnapshotInfo: Sendable, Hashable {
  public enum TimeBasis: String, Sendable {
    case fileName = "file_name"
    case timeLine = "time_line"
    case modificationTime = "modification_time"
  }

  public var path: String
  /// The file's name without the time in it: what snapshots of one kind and one host have in common.
  public var label: String
  /// The host that a line of the file names.
  public var host: String?
  /// `ss` or `procNetTCP`.
  public var source: CaptureInfo.Format
  public var time: Timestamp?
  public var timeBasis: TimeBasis?
  /// The line the snapshot begins on, from 1.
  public var firstLine: UInt32
  /// TCP sockets read.
  public var sockets: Int64
  /// Rows of other kinds, and lines that could not be read: reason to number.
  public var skipped: [String: Int64]

  public init(path: String, source: CaptureInfo.Format, firstLine: UInt32) {
    self.path = path
    label = path
    self.source = source
    self.firstLine = firstLine
    sockets = 0
    skipped = [:]
  }
}
