import Foundation
import Support
import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// A snapshot file, read whole.
struct SnapshotFixture {
  var sockets: [SocketSample] = []
  var names = SocketNames()
  var snapshots: [SnapshotInfo] = []
  var unknown: [String: Int64] = [:]
  var info: CaptureInfo

  /// Reads text as if it lay in a file of this name.
  init(
    _ text: String, name: String = "snapshot.txt", keeping details: KeptDetails = .all,
    services: ServiceTable = ServiceTable([:]),
    windowCapacity: Int = InputWindow.defaultCapacity
  ) throws {
    try self.init(
      bytes: Array(text.utf8), name: name, keeping: details, services: services,
      windowCapacity: windowCapacity)
  }

  init(
    bytes: [UInt8], name: String = "snapshot.txt", keeping details: KeptDetails = .all,
    services: ServiceTable = ServiceTable([:]),
    windowCapacity: Int = InputWindow.defaultCapacity
  ) throws {
    let scratch = try Scratch()
    try self.init(
      path: scratch.write(bytes, name), keeping: details, services: services,
      windowCapacity: windowCapacity)
  }

  init(
    path: String, keeping details: KeptDetails = .all, services: ServiceTable = .system,
    windowCapacity: Int = InputWindow.defaultCapacity
  ) throws {
    var reader = try SnapshotReader(
      path: path, keeping: details, services: services, windowCapacity: windowCapacity)
    var batch = SocketBatch()
    while try reader.read(into: &batch) {
      let span = batch.span
      for index in span.indices { sockets.append(span[index]) }
    }
    names = batch.names
    snapshots = reader.snapshots
    unknown = reader.unknownTokens.examples
    info = reader.info
  }

  func processes(_ index: Int) -> [String] {
    guard let id = sockets[index].processes else { return [] }
    return names[id].map { "\(names[$0.name])/\($0.pid)" }
  }

  var states: [String: Int] {
    sockets.reduce(into: [:]) { $0[$1.state?.name ?? "?", default: 0] += 1 }
  }
}

/// Recordings of real kernels, where the environment names their folder.
enum Recordings {
  static let missing: Comment = "set TCPTIMELINE_RECORDINGS to the folder of recordings to run this"

  static func snapshotFiles() throws -> [String] {
    guard let folder = Outside.recordings else { return [] }
    let manager = FileManager.default
    guard let walker = manager.enumerator(atPath: folder) else { return [] }
    return walker.compactMap { $0 as? String }
      .filter {
        $0.hasSuffix(".txt") && ($0.contains("snapshots/") || $0.hasPrefix("nightly/"))
      }
      .sorted().map { folder + "/" + $0 }
  }
}

extension Recordings {
  /// The folders that hold a `truth.json` and snapshots.
  static func scenarios() throws -> [String] {
    guard let folder = Outside.recordings else { return [] }
    let manager = FileManager.default
    return try manager.contentsOfDirectory(atPath: folder).sorted()
      .map { folder + "/" + $0 }
      .filter { manager.fileExists(atPath: $0 + "/snapshots") }
  }
}
