import Glibc
import TCPModel

/// Which file a path leads to, whatever the path says.
struct FileIdentity: Hashable {
  var device: dev_t
  var inode: ino_t

  /// What is known of a file without reading it.
  struct Status: Equatable {
    var identity: FileIdentity
    var isDirectory: Bool
    var isRegular: Bool
    var isPipe: Bool
    var size: Int64
    var permissions: mode_t
    /// When its bytes changed last, and when anything of it did.
    private var times: [Int]

    /// What the path leads to, through links.
    init?(path: String) {
      var status = stat()
      guard path.withPath({ stat($0, &status) }) == 0 else { return nil }
      self.init(status)
    }

    init?(descriptor: Int32) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { return nil }
      self.init(status)
    }

    /// - Parameter followsLinks: Else a link is itself.
    init?(_ name: String, in folder: Int32, followsLinks: Bool = true) {
      var status = stat()
      let flags = followsLinks ? 0 : AT_SYMLINK_NOFOLLOW
      guard name.withPath({ fstatat(folder, $0, &status, flags) }) == 0 else { return nil }
      self.init(status)
    }

    /// When its bytes changed last.
    var modificationTime: Timestamp {
      Timestamp(nanoseconds: 0).advanced(
        by: Nanoseconds(times[0]) &* 1_000_000_000 &+ Nanoseconds(times[1]))
    }

    private init(_ status: stat) {
      identity = FileIdentity(device: status.st_dev, inode: status.st_ino)
      isDirectory = status.st_mode & S_IFMT == S_IFDIR
      isRegular = status.st_mode & S_IFMT == S_IFREG
      isPipe = status.st_mode & S_IFMT == S_IFIFO
      size = Int64(status.st_size)
      permissions = status.st_mode & 0o777
      times = [
        status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
        status.st_ctim.tv_nsec,
      ]
    }
  }
}
