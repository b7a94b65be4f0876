import Glibc
import Support
import TCPModel
import TraceParsing

/// A folder named as an input: every file in it and in the folders below is read, or named with the
/// reason why not.
struct InputFolder {
  enum Wanted { case everything, captures, snapshots }

  /// Of one folder; whoever has more names the folders below one by one.
  static let maximumFiles = 100_000
  static let maximumDepth = 64
  /// Names in a message, of one reason and in all, and kinds of files.
  private static let maximumNamesOfReason = 3
  private static let maximumNames = 10
  private static let maximumKinds = 5
  private static let longestEnding = 12

  private(set) var captures: [InputCapture] = []
  private(set) var snapshots: [InputCapture] = []
  private let path: String
  private let wanted: Wanted
  private var passedOver: [(name: String, reason: String)] = []
  private var files = 0
  private var seen: Set<FileIdentity> = []

  init(_ path: String, _ wanted: Wanted) throws(Failure) {
    self.path = path
    self.wanted = wanted
    if let status = FileIdentity.Status(path: path) { seen.insert(status.identity) }
    try walk(path, below: [])
    // Empty files are snapshots of a host without sockets, if there are others.
    if snapshots.allSatisfy({ $0.size == 0 }) {
      for file in snapshots { passOver(file.name, "empty") }
      snapshots = []
    }
    for index in captures.indices { captures[index].isFromFolder = true }
    for index in snapshots.indices { snapshots[index].isFromFolder = true }
    try report()
  }

  private mutating func walk(_ folder: String, below folders: [String]) throws(Failure) {
    guard let names = Folder.names(in: folder) else {
      let reason = "cannot be opened (\(Failure.reason(errno)))"
      guard !folders.isEmpty else { throw Failure(.noInput, "\(RawPath.shown(folder)): \(reason)") }
      return passOver(folder, reason)
    }
    for name in names {
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      guard let status = FileIdentity.Status(path: path) else {
        passOver(path, "cannot be looked at (\(Failure.reason(errno)))")
        continue
      }
      if name.hasPrefix(".") {
        passOver(path, "hidden")
      } else if !seen.insert(status.identity).inserted {
        passOver(path, "a link to another of them")
      } else if status.isDirectory {
        guard folders.count < InputFolder.maximumDepth else {
          passOver(path, "more than \(InputFolder.maximumDepth) folders deep")
          continue
        }
        try walk(path, below: folders + [name])
      } else if status.isRegular {
        files += 1
        guard files <= InputFolder.maximumFiles else {
          throw Failure(
            .usage,
            "\(self.path): more than \(InputFolder.maximumFiles) files; name the folders below it,"
              + " one at a time")
        }
        var file = try InputFiles.file(path)
        file.folders = folders
        take(file, isEmpty: status.size == 0)
      } else {
        passOver(path, "no file but a pipe, a socket or a device")
      }
    }
  }

  private mutating func take(_ file: InputCapture, isEmpty: Bool) {
    // First, as to say what a file seems to be that is no capture takes long.
    if InputFiles.isSnapshot(file.path) {
      if wanted != .captures { return snapshots.append(file) }
      return passOver(file.name, isEmpty ? "empty" : "a snapshot")
    }
    do {
      _ = try CaptureReader(path: file.path)
      if wanted != .snapshots { return captures.append(file) }
      passOver(file.name, "a capture")
    } catch {
      passOver(file.name, isEmpty ? "empty" : error.format ?? InputFolder.reason(error))
    }
  }

  private static func reason(_ error: CaptureError) -> String {
    error.kind == .notACapture && error.layer == .file
      ? "no capture and no snapshot" : error.message
  }

  private mutating func passOver(_ name: String, _ reason: String) {
    // Below the folder, whose own name stands before them.
    let (shown, folder) = (RawPath.shown(name), RawPath.shown(path))
    let short =
      shown.hasPrefix(folder) ? shown.dropFirst(folder.count).drop { $0 == "/" } : shown[...]
    passedOver.append((String(short), reason))
  }

  /// Says what was passed over; fails where that is everything.
  private func report() throws(Failure) {
    let found = captures.count + snapshots.count
    guard found > 0 else {
      let (named, advice) =
        switch wanted {
        case .everything:
          ("no capture", "name a folder with pcap or pcapng files, or with snapshots")
        case .captures: ("no capture", "name a folder with pcap or pcapng files")
        case .snapshots: ("no snapshot", "name one with ss output or /proc/net/tcp files")
        }
      throw Failure(
        .badInput,
        "\(RawPath.shown(path)): \(named) in this folder (\(Quantity.counted(passedOver.count, "other file"))"
          + "\(passedOver.isEmpty ? "" : ": \(list)")); \(advice)")
    }
    if !passedOver.isEmpty {
      Failure.say(
        "\(RawPath.shown(path)): read \(found) of \(Quantity.counted(found + passedOver.count, "file"));"
          + " passed over: \(list)")
    }
  }

  /// Of one reason a few names, or how many of which kind.
  private var list: String {
    var reasons: [(reason: String, names: [String])] = []
    for (name, reason) in passedOver {
      if let index = reasons.firstIndex(where: { $0.reason == reason }) {
        reasons[index].names.append(name)
      } else {
        reasons.append((reason, [name]))
      }
    }
    let texts = reasons.flatMap { reason, names in
      names.count > Self.maximumNamesOfReason
        ? [Self.summary(names, reason)] : names.map { "\($0) (\(reason))" }
    }
    let more = texts.count - Self.maximumNames
    return texts.prefix(Self.maximumNames).joined(separator: ", ")
      + (more > 0 ? ", and \(more) more" : "")
  }

  /// `9 .html files (an HTML page)`, or `14 files (empty: 9 .pcap, 2 .txt, 3 others)`.
  private static func summary(_ names: [String], _ reason: String) -> String {
    let endings = names.map { name -> String in
      let file = name.lastPathComponent
      guard let dot = file.lastIndex(of: "."), dot != file.startIndex else { return "" }
      return file[dot...].count <= longestEnding ? String(file[dot...]) : ""
    }
    let counts = Dictionary(endings.map { ($0, 1) }, uniquingKeysWith: +)
      .filter { !$0.key.isEmpty }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let count = Quantity.count(names.count)
    if let first = counts.first, first.value == names.count {
      return "\(count) \(first.key) files (\(reason))"
    }
    let named = counts.prefix(maximumKinds)
    guard !named.isEmpty else { return "\(count) files (\(reason))" }
    let others = names.count - named.reduce(0) { $0 + $1.value }
    let kinds =
      named.map { "\(Quantity.count($0.value)) \($0.key)" }
      + (others > 0 ? [Quantity.counted(others, "other")] : [])
    return "\(count) files (\(reason): \(kinds.joined(separator: ", ")))"
  }
}
