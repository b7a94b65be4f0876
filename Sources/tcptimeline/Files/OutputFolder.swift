import Glibc

/// A folder that files are written into, named by the user.
enum OutputFolder {
  /// Makes it if need be; its parents have to be there. Several may do so at the same time.
  static func make(_ path: String) throws(Failure) {
    func isThere() -> Bool { FileIdentity.Status(path: path)?.isDirectory == true }
    if isThere() || path.withPath({ mkdir($0, 0o750) }) == 0 { return }
    let code = errno
    if code == EEXIST, isThere() { return }
    let reason =
      switch code {
      case EEXIST: "is no folder"
      // Perhaps a disk that is not mounted: nothing is written in its place.
      case ENOENT: "cannot be made: the folder that it would lie in is not there"
      default: "cannot be made (\(Failure.reason(code)))"
      }
    throw Failure(.cannotCreate, "\(RawPath.shown(path)): \(reason)")
  }
}
