/// Files that no output may take the place of: what is read, and what is written beside the report.
struct ProtectedFiles {
  private var identities: Set<FileIdentity> = []
  /// Of those that may not be there yet.
  private var paths: [String] = []

  init(_ identities: [FileIdentity] = [], paths: [String] = []) {
    self.identities = Set(identities)
    self.paths = paths
  }

  func with(paths more: [String]) -> ProtectedFiles {
    var files = self
    files.paths += more
    return files
  }

  func contains(_ identity: FileIdentity) -> Bool {
    identities.contains(identity)
      || paths.contains { FileIdentity.Status(path: $0)?.identity == identity }
  }

  /// Whether a name in a folder is that of one of them, or leads to it.
  func contains(_ name: String, in folder: OpenFolder) -> Bool {
    if let status = FileIdentity.Status(name, in: folder.descriptor), contains(status.identity) {
      return true
    }
    return paths.contains { path in
      let (parent, last) = OpenFolder.split(path)
      return last == name && FileIdentity.Status(path: parent)?.identity == folder.identity
    }
  }
}
