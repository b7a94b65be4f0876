import TCPModel

/// What is kept of a socket on the way from the thread that reads snapshots to the one that counts:
/// all of it, or the part somebody is interested in.
///
/// Whole arrays are taken at once: a call for each of a million sockets would cost more than reading
/// them.
public protocol SocketRow: BitwiseCopyable, Sendable {
  var local: Endpoint { get set }
  var remote: Endpoint { get set }

  static func append(_ samples: Span<SocketSample>, to rows: inout [Self])

  /// Puts the numbers that names have in the whole series in place of those they have in the file.
  static func renumber(_ rows: inout [Self], by numbers: NameNumbers)
}

extension SocketSample: SocketRow {
  public static func append(_ samples: Span<SocketSample>, to rows: inout [SocketSample]) {
    for index in samples.indices { rows.append(samples[index]) }
  }

  public static func renumber(_ rows: inout [SocketSample], by numbers: NameNumbers) {
    for index in rows.indices {
      rows[index].localService = rows[index].localService.map { numbers[$0] }
      rows[index].remoteService = rows[index].remoteService.map { numbers[$0] }
      rows[index].interface = rows[index].interface.map { numbers[$0] }
      rows[index].processes = rows[index].processes.map { numbers[$0] }
      rows[index].cgroup = rows[index].cgroup.map { numbers[$0] }
      if let name = rows[index].info?.congestionControl {
        rows[index].info?.congestionControl = numbers[name]
      }
    }
  }
}

/// The numbers that the names of one file have in a series of files.
public struct NameNumbers: Sendable {
  private var texts: [NameID] = []
  private var lists: [ProcessListID] = []

  public init() {}

  /// Names new to the file, after all those before them.
  public mutating func add(_ additions: NameAdditions, to names: inout SocketNames) {
    additions.texts.forEach { texts.append(names.text($0)) }
    additions.lists.forEach { bytes in
      let processes = SocketProcess.list(in: bytes).map { process in
        SocketProcess(name: self[process.name], pid: process.pid)
      }
      lists.append(processes.withUnsafeBufferPointer { names.processes($0) })
    }
  }

  public subscript(id: NameID) -> NameID { texts[Int(id.rawValue)] }
  public subscript(id: ProcessListID) -> ProcessListID { lists[Int(id.rawValue)] }
}
