import Fleet
import Rendering
import Support
import TCPModel
import TraceParsing

/// The snapshot files of one host.
struct HostFiles {
  /// nil where nothing names it.
  var host: HostName?
  var files: [InputCapture]
}

extension OutputFile {
  /// Writes which files are of which host, and puts itself in place.
  consuming func writeHosts(_ hosts: [HostFiles]) throws(Failure) {
    var bytes = ByteWriter(descriptor: descriptor)
    HostListJSON(hosts.map { ($0.host, $0.files.map(\.name)) }).write(to: &bytes)
    try finish(&bytes)
    try commit()
  }
}

extension InputFiles {
  /// Sorts snapshot files by the hosts that they are of: as `--host-from` says, else as a line in the
  /// file, its name or its folder says, else by what the snapshots show.
  static func hosts(
    of files: [InputCapture], from source: HostSource?, threads: Int
  ) throws(Failure) -> [HostFiles] {
    var clues = try clues(files, threads: threads, readsSockets: false) { file, clues in
      if let source { return source.host(of: file) }
      if let name = clues?.host { return HostName(name, .line) }
      return SnapshotHost.name(inFileName: file.name).map { HostName($0, .fileName) }
        ?? HostSource.host(below: file.folders)
    }
    if let source, let file = clues.first(where: { $0.host == nil })?.file {
      throw Failure(
        .usage, "\(file): --host-from \(source.defaultValueDescription) finds no host in this path")
    }
    if files.count > 1, clues.contains(where: { $0.host == nil }) {
      let hosts = clues.map(\.host)
      clues = try self.clues(files, threads: threads, readsSockets: true) { _, _ in nil }
      for index in clues.indices { clues[index].host = hosts[index] }
    }
    do throws(HostConfusion) {
      return try HostGroups(clues).groups.map { group in
        HostFiles(host: group.host, files: group.files.map { files[$0] }.withoutCopies)
      }
    } catch {
      throw Failure(.badInput, error.message)
    }
  }

  private static func clues(
    _ files: [InputCapture], threads: Int, readsSockets: Bool,
    host: (InputCapture, SnapshotClues?) -> HostName?
  ) throws(Failure) -> [HostClue] {
    var found: [Result<SnapshotClues, CaptureError>?] = Array(repeating: nil, count: files.count)
    found.withUnsafeMutableBufferPointer { found in
      nonisolated(unsafe) let places = found
      let workers = max(1, min(threads, files.count))
      concurrently(workers) { worker in
        for place in stride(from: worker, to: files.count, by: workers) {
          places[place] = Result { () throws(CaptureError) in
            try SnapshotClues(
              path: files[place].path, name: files[place].name, readsSockets: readsSockets)
          }
        }
      }
    }
    var clues: [HostClue] = []
    for (file, result) in zip(files, found) {
      let shown: SnapshotClues?
      switch result {
      case .success(let clues): shown = clues
      // Whoever reads the series says so.
      case .failure(let error) where !file.isFromFolder: throw Failure(error, in: file.name)
      case .failure, nil: shown = nil
      }
      clues.append(
        HostClue(
          file: file.name, host: host(file, shown), time: shown?.time, kind: shown?.kind ?? "",
          addresses: shown?.addresses ?? [:], listeners: shown?.listeners ?? [:]))
    }
    return clues
  }
}
