import Glibc
import Rendering
import Timeline

/// `report-assets/` beside `report.md`: its pictures change places together with the report, and those
/// of an earlier report that this one has not are removed.
final class AssetFolder {
  private let folder: OpenFolder
  /// Where it lies, to be removed again if it is new and nothing comes of it.
  private let parent: OpenFolder
  private let name: String
  private let isNew: Bool
  let path: String
  private let protected: ProtectedFiles
  private var pictures: [PendingFile] = []

  var count: Int { pictures.count }

  /// `report-assets` for `report.md`.
  static func name(for report: String) -> String {
    let stem = report.lastIndex(of: ".").map { report[..<$0] } ?? report[...]
    return "\(stem)-assets"
  }

  /// - Parameters:
  ///   - path: The report's, for messages.
  ///   - report: Its name in `parent`.
  init(
    for report: String, at path: String, in parent: OpenFolder, sparing protected: ProtectedFiles
  ) throws(Failure) {
    self.parent = parent
    self.protected = protected
    name = Self.name(for: report)
    self.path = (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "") + name
    isNew = name.withPath { mkdirat(parent.descriptor, $0, 0o777) } == 0
    // A link here may lead to pictures of somebody else.
    guard let folder = OpenFolder(name, in: parent, followsLinks: false) else {
      let code = errno
      if isNew { _ = name.withPath { unlinkat(parent.descriptor, $0, AT_REMOVEDIR) } }
      let isLink = code == ELOOP || code == ENOTDIR
      throw Failure(
        .cannotCreate,
        isLink
          ? "\(self.path): is a link or a file where the folder for the pictures has to be; move it"
            + " away or choose another -o"
          : "\(self.path): cannot be written (\(Failure.reason(code)))")
    }
    self.folder = folder
  }

  /// Writes the pictures, which nobody sees yet.
  func stage(_ files: [ReportAsset], mode: mode_t) throws(Failure) {
    for file in files {
      guard !protected.contains(file.name, in: folder) else {
        throw Failure(
          .cannotCreate,
          "\(path)/\(file.name): is an input and will not be overwritten; choose another -o")
      }
      do throws(PendingFile.SystemError) {
        let picture = try PendingFile(file.name, in: folder, mode: mode)
        pictures.append(picture)
        var bytes = ByteWriter(descriptor: picture.descriptor)
        bytes.append(file.bytes)
        bytes.flush()
        if let code = bytes.failure { throw PendingFile.SystemError(code: code) }
        try picture.sync()
      } catch {
        throw Failure(
          .inputOutput, "\(path)/\(file.name): writing failed (\(Failure.reason(error.code)))")
      }
    }
  }

  /// Keeps other runs out until `unlock`, so that the report and its pictures are of one run.
  func lock() { folder.lock() }

  func unlock() { folder.unlock() }

  /// All or none.
  func place() throws(PendingFile.SystemError) {
    do throws(PendingFile.SystemError) {
      for picture in pictures { try picture.place() }
    } catch {
      takeBack()
      throw error
    }
  }

  func takeBack() {
    for picture in pictures.reversed() { picture.takeBack() }
  }

  /// The report stands: what was there before goes, by names that are ours: `overview.svg`,
  /// `connection-7.svg`, `connection-7-rtt.svg`.
  func finish() {
    let kept = Set(pictures.map(\.name))
    for picture in pictures { picture.keep() }
    for name in Folder.names(in: "/proc/self/fd/\(folder.descriptor)") ?? []
    where !kept.contains(name) && Self.isOurs(name) && !protected.contains(name, in: folder) {
      folder.remove(name)
    }
    folder.sync()
  }

  /// Nothing came of it.
  func discard() {
    pictures = []
    if isNew { _ = name.withPath { unlinkat(parent.descriptor, $0, AT_REMOVEDIR) } }
  }

  private static func isOurs(_ name: String) -> Bool {
    if name == "overview.svg" { return true }
    guard name.hasPrefix("connection-"), name.hasSuffix(".svg") else { return false }
    let parts = name.dropFirst(11).dropLast(4).split(
      separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let number = parts.first, number.allSatisfy(\.isWholeNumber) else { return false }
    return parts.count == 1 || Chart(rawValue: String(parts[1])) != nil
  }
}
