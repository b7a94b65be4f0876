import ArgumentParser
import Fleet
import TCPModel
import TraceParsing

/// `--host-from`: what of a snapshot's path names its host.
enum HostSource: ExpressibleByArgument, Equatable {
  case folder, name
  case pattern(HostPlace)

  init?(argument: String) {
    switch argument {
    case "folder": self = .folder
    case "name": self = .name
    default:
      guard let place = HostPlace(argument) else { return nil }
      self = .pattern(place)
    }
  }

  static var allValueStrings: [String] { ["folder", "name"] }

  var defaultValueDescription: String {
    switch self {
    case .folder: "folder"
    case .name: "name"
    case .pattern(let place): place.text
    }
  }

  /// nil where the path has no host there.
  func host(of file: InputCapture) -> HostName? {
    switch self {
    case .folder:
      let folders = file.name.split(separator: "/").dropLast().map(String.init)
      return folders.last(where: Self.canBeHost).map { HostName($0, .folder) }
    case .name: return SnapshotHost.name(inFileName: file.name).map { HostName($0, .fileName) }
    case .pattern(let place): return place.host(in: file.name).map { HostName($0, .pattern) }
    }
  }

  /// Of the folders below the one that was named, those that can be a host's.
  static func host(below folders: [String]) -> HostName? {
    let names = folders.filter(canBeHost)
    return names.isEmpty ? nil : HostName(names.joined(separator: "/"), .folder)
  }

  /// Folders are named after days and kinds of snapshots, too.
  private static func canBeHost(_ folder: String) -> Bool {
    folder.contains(where: \.isLetter) && !SnapshotDating.isDay(folder)
      && !["ss", "proc", "tcp", "tcp6", "snapshots", "old", "."].contains(folder.lowercased())
  }
}
