import Glibc
import Rendering
import Timeline

/// `report-assets/` beside `report.md`: each picture is whole or untouched, and pictures of an
/// earlier report that this one has not are removed.
struct AssetFolder {
  private let path: String
  private var staged: [(temporary: String, final: String)] = []
  private var isNew = false

  init(for report: String) {
    let folder = report.lastIndex(of: "/").map { report[...$0] } ?? ""
    path = folder + Self.name(for: report)
  }

  /// `report-assets` for `some/report.md`.
  static func name(for report: String) -> String {
    let file = report.split(separator: "/").last ?? ""
    let stem = file.lastIndex(of: ".").map { file[..<$0] } ?? file
    return "\(stem)-assets"
  }

  mutating func stage(_ files: [ReportAsset], for report: String) throws(Failure) {
    guard !files.isEmpty else { return }
    isNew = mkdir(path, 0o777) == 0
    for file in files {
      let final = "\(path)/\(file.name)"
      let temporary = "\(path)/.\(file.name).\(getpid())"
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw Self.cannotWrite(final) }
      Interruption.remember(temporary)
      staged.append((temporary, final))
      var bytes = ByteWriter(descriptor: descriptor)
      bytes.append(file.bytes)
      bytes.flush()
      close(descriptor)
      if let code = bytes.failure {
        throw Failure(.inputOutput, "\(final): writing failed (\(Failure.reason(code)))")
      }
    }
  }

  mutating func commit(for report: String) throws(Failure) {
    for (temporary, final) in staged {
      guard rename(temporary, final) == 0 else { throw Self.cannotWrite(final) }
      Interruption.forget(temporary)
    }
    removeStale(keeping: Set(staged.map(\.final)))
    staged = []
    isNew = false
  }

  /// Removes what was staged and not committed.
  func discard() {
    for (temporary, _) in staged { Interruption.discard(temporary) }
    if isNew { rmdir(path) }
  }

  /// Only files named as ours are: `overview.svg`, `connection-7.svg`, `connection-7-rtt.svg`.
  private func removeStale(keeping kept: Set<String>) {
    for name in Folder.names(in: path) ?? [] where !kept.contains("\(path)/\(name)") {
      if Self.isOurs(name) { unlink("\(path)/\(name)") }
    }
  }

  private static func isOurs(_ name: String) -> Bool {
    if name == "overview.svg" { return true }
    guard name.hasPrefix("connection-"), name.hasSuffix(".svg") else { return false }
    let parts = name.dropFirst(11).dropLast(4).split(
      separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let number = parts.first, number.allSatisfy(\.isWholeNumber) else { return false }
    return parts.count == 1 || Chart(rawValue: String(parts[1])) != nil
  }

  private static func cannotWrite(_ path: String) -> Failure {
    Failure(.cannotCreate, "\(path): cannot be written (\(Failure.reason(errno)))")
  }
}

/// The names in a folder, without `.` and `..`, in the order of their bytes.
enum Folder {
  static func names(in path: String) -> [String]? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
