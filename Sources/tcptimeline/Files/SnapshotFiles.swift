import Correlation
import Glibc
import Support
import TCPModel
import TraceParsing

extension InputFiles {
  /// From the words on the command line to snapshot files. Folders become the snapshots in them, in
  /// the order of their names; other files are left alone.
  static func findSnapshots(_ arguments: [String]) throws(Failure) -> [InputCapture] {
    var files: [InputCapture] = []
    for argument in arguments {
      if argument == "-" {
        guard !files.contains(where: { $0.name == "-" }) else {
          throw Failure(.usage, "-: standard input can be read once; name it once")
        }
        files.append(try standardInput(isReadTwice: true))
      } else if FileIdentity.Status(path: argument)?.isDirectory == true {
        files += try InputFolder(argument, .snapshots).snapshots
      } else {
        files.append(try file(argument))
      }
    }
    return files
  }
}

extension SnapshotSeries {
  /// Reads a series of snapshots from beginning to end.
  ///
  /// - Parameters:
  ///   - details: What is read of each socket.
  ///   - pseudonyms: With these no real address is given out.
  ///   - begin: A snapshot begins; it has a time.
  ///   - take: Takes sockets of that snapshot.
  ///   - end: The snapshot is whole.
  /// - Returns: The files as the report lists them, and the texts that the sockets refer to.
  static func read(
    _ files: [InputCapture], _ details: KeptDetails, threads: Int,
    _ pseudonyms: AddressPseudonyms?, begin: (SnapshotInfo, SocketNames) -> Void,
    take: ([Row], SocketNames) -> Void, end: (SnapshotInfo) -> Void
  ) throws(Failure) -> (files: [CaptureInfo], names: SocketNames) {
    var pseudonyms = pseudonyms
    do {
      let series = try SnapshotSeries(
        files.map { SnapshotFile(name: $0.name, path: $0.path, isFromFolder: $0.isFromFolder) },
        keeping: details, threads: threads)
      for failure in series.passedOver {
        Failure.say("\(failure.name): \(failure.error.message); passed over")
      }
      while let snapshot = try series.next() {
        if snapshot.time == nil { throw undated(snapshot) }
        begin(snapshot, series.names)
        while try series.read() { take(rename(series.rows, &pseudonyms), series.names) }
        if let whole = series.snapshot { end(whole) }
      }
      return (pseudonyms == nil ? series.files : series.files.map(\.withoutQuotes), series.names)
    } catch let failure as SnapshotFailure {
      throw Failure(failure.error, in: failure.name)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.inputOutput, "\(error)")
    }
  }

  private static func rename(_ rows: [Row], _ pseudonyms: inout AddressPseudonyms?) -> [Row] {
    guard pseudonyms != nil else { return rows }
    var renamed = rows
    for index in renamed.indices {
      renamed[index].local = pseudonyms?.pseudonym(of: rows[index].local) ?? rows[index].local
      renamed[index].remote = pseudonyms?.pseudonym(of: rows[index].remote) ?? rows[index].remote
    }
    return renamed
  }

  /// Only standard input has no time of its own.
  private static func undated(_ snapshot: SnapshotInfo) -> Failure {
    Failure(
      .badInput,
      "\(snapshot.path): the snapshot from line \(snapshot.firstLine) on has no time; put one before it"
        + " ({ date; ss -tanoipem; } | tcptimeline -), or save it to a file and name that")
  }
}

extension CaptureInfo {
  /// How many words are not known, and not which: they may be addresses.
  fileprivate var withoutQuotes: CaptureInfo {
    var info = self
    info.unknownWords.examples = []
    return info
  }
}
