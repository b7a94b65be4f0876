import Foundation
import Glibc

/// The folder that a client may ask about.
struct RootFolder {
  /// Without links.
  private let path: String

  init(_ path: String) throws(Failure) {
    guard let real = Self.real(path) else {
      throw Failure(.noInput, "\(RawPath.shown(path)): no such folder")
    }
    guard FileIdentity.Status(path: real)?.isDirectory == true else {
      throw Failure(.usage, "\(RawPath.shown(path)): is no folder")
    }
    // Names in answers are relative to it.
    guard chdir(real) == 0 else {
      throw Failure(
        .noInput, "\(RawPath.shown(path)): cannot be entered (\(Failure.reason(errno)))")
    }
    self.path = real
  }

  /// The file's name relative to the folder, all links followed.
  ///
  /// - Throws: For what is not in the folder, and what is no regular file.
  func file(_ name: String) throws(Failure) -> String {
    guard !name.isEmpty, !name.utf8.contains(0), let real = Self.real(name),
      real.hasPrefix(path == "/" ? "/" : path + "/")
    else {
      // The same words for what is outside and for what is not there: neither is told from the other.
      throw Failure(.noInput, "\(name.safeToShow): no such capture in the folder")
    }
    guard FileIdentity.Status(path: real)?.isRegular == true else {
      throw Failure(.usage, "\(name.safeToShow): is no file; name a capture")
    }
    let relative = String(real.dropFirst(path == "/" ? 1 : path.count + 1))
    // A name that looks like an option, or like standard input, is one of a file here.
    return relative.hasPrefix("-") ? "./" + relative : relative
  }

  /// Captures by their endings, in the order of their names.
  func captures(limit: Int) -> (names: [(name: String, size: Int64)], isAll: Bool) {
    var found: [(name: String, size: Int64)] = []
    let walk = FileManager.default.enumerator(
      at: URL(fileURLWithPath: path), includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
    var looked = 0
    while let file = walk?.nextObject() as? URL {
      looked += 1
      if looked > Self.mostLooked { return (sorted(found, limit), false) }
      let name = file.lastPathComponent
      guard Self.endings.contains(where: { name.lowercased().contains($0) }),
        let inside = try? self.file(file.path), let status = FileIdentity.Status(path: file.path)
      else { continue }
      found.append((inside, status.size))
    }
    return (sorted(found, limit), found.count <= limit)
  }

  private func sorted(
    _ found: [(name: String, size: Int64)], _ limit: Int
  ) -> [(name: String, size: Int64)] {
    Array(found.sorted { $0.name < $1.name }.prefix(limit))
  }

  private static let endings = [".pcap", ".cap", ".dmp"]
  private static let mostLooked = 20_000

  private static func real(_ path: String) -> String? {
    guard let resolved = path.withPath({ realpath($0, nil) }) else { return nil }
    defer { free(resolved) }
    return String(validatingCString: resolved)
  }
}
