import Support
import TCPModel

/// A file and what reports call it.
public struct SnapshotFile: Sendable, Hashable {
  public var name: String
  public var path: String

  public init(name: String, path: String) {
    self.name = name
    self.path = path
  }
}

/// Which file could not be read, and why.
public struct SnapshotFailure: Error, Sendable, Hashable {
  public var name: String
  public var error: CaptureError
}
