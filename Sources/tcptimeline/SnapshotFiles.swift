import Correlation
import Glibc
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
        files += try snapshots(in: argument)
      } else {
        files.append(file(argument))
      }
    }
    return files
  }

  private static func snapshots(in path: String) throws(Failure) -> [InputCapture] {
    guard let names = Folder.names(in: path) else {
      throw Failure(.noInput, "\(path): cannot be opened (\(Failure.reason(errno)))")
    }
    var files: [InputCapture] = []
    for name in names {
      let path = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
      guard FileIdentity.Status(path: path)?.isRegular == true else { continue }
      do {
        if try SnapshotFormat.recognise(path: path) != nil { files.append(file(path)) }
      } catch  where error.kind == .notACapture {
        continue
      } catch {
        throw Failure(error, in: path)
      }
    }
    guard !files.isEmpty else {
      throw Failure(
        .badInput,
        "\(path): no snapshot in this folder; name one with ss output or /proc/net/tcp files")
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
    _ files: [InputCapture], _ details: KeptDetails, _ pseudonyms: AddressPseudonyms?,
    begin: (SnapshotInfo, SocketNames) -> Void,
    take: (Span<SocketSample>, SocketNames) -> Void, end: (SnapshotInfo) -> Void
  ) throws(tcptimeline.Failure) -> (files: [CaptureInfo], names: SocketNames) {
    var batch = SocketBatch()
    var pseudonyms = pseudonyms
    func give(_ sockets: Span<SocketSample>, _ names: SocketNames) {
      guard pseudonyms != nil else { return take(sockets, names) }
      var renamed: [SocketSample] = []
      renamed.reserveCapacity(sockets.count)
      for index in sockets.indices {
        renamed.append(pseudonyms?.renamed(sockets[index]) ?? sockets[index])
      }
      take(renamed.span, names)
    }
    do {
      let series = try SnapshotSeries(
        files.map { SnapshotSeries.File(name: $0.name, path: $0.path) }, keeping: details)
      while let snapshot = try series.next(into: &batch) {
        if snapshot.time == nil { throw undated(snapshot) }
        begin(snapshot, batch.names)
        repeat { give(batch.span, batch.names) } while try series.read(into: &batch)
        if let whole = series.snapshot { end(whole) }
      }
      return (series.files, batch.names)
    } catch let failure as SnapshotSeries.Failure {
      throw tcptimeline.Failure(failure.error, in: failure.name)
    } catch let failure as tcptimeline.Failure {
      throw failure
    } catch {
      throw tcptimeline.Failure(.inputOutput, "\(error)")
    }
  }

  /// Only standard input has no time of its own.
  private static func undated(_ snapshot: SnapshotInfo) -> tcptimeline.Failure {
    tcptimeline.Failure(
      .badInput,
      "\(snapshot.path): the snapshot from line \(snapshot.firstLine) on has no time; write a line"
        + " with one before it, as date prints it, or name a file")
  }
}
