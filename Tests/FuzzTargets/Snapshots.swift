import Correlation
import Nights
import Rendering
import SocketJoin
import Support
import TCPModel
import TraceParsing

extension FuzzTarget {
  func readSnapshot(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    let file = InputFile()
    file.replace(by: bytes)
    do throws(CaptureError) {
      var reader = try SnapshotReader(path: file.path)
      var batch = SocketBatch()
      var sockets: Int64 = 0
      while try reader.read(into: &batch) { sockets += Int64(batch.count) }
      let stated = reader.snapshots.reduce(0) { $0 + $1.sockets }
      guard sockets == stated, sockets <= Int64(bytes.count(where: { $0 == 0x0A })) + 1 else {
        fault("\(sockets) sockets where \(stated) are stated")
      }
      if !reader.info.skipped.isEmpty || !reader.info.warnings.isEmpty { return .damaged }
      return sockets == 0 ? .empty : .read
    } catch {
      return refused(error)
    }
  }

  /// The files of a night, five minutes apart, into every format.
  func reportNight(_ parts: Parts) -> Outcome {
    do throws(SnapshotFailure) {
      let report = try night(of: parts)
      var settings = ReportSettings(templates: builtInTemplates)
      settings.assetFolder = "assets"
      for format in Self.ownFormats {
        guard let write = format.night else { continue }
        var bytes = ByteWriter()
        guard let assets = try? write(report, settings, &bytes) else {
          fault("the night cannot be made as \(format.name)")
        }
        check(format.name, bytes.takeBytes())
        for asset in assets { check(asset.name, asset.bytes) }
      }
      if report.snapshots.allSatisfy({ $0.info.sockets == 0 }) { return .empty }
      return report.files.allSatisfy(\.warnings.isEmpty) ? .read : .damaged
    } catch {
      return refused(error.error)
    }
  }

  func night(of parts: Parts) throws(SnapshotFailure) -> NightReport {
    var night = NightAnalysis()
    let (files, names) = try Self.walk(parts.files, of: NightSample.self, .lifecycle) {
      night.begin($0, $1)
    } take: { rows, _ in
      night.ingest(rows)
    } end: {
      night.end($0)
    }
    var report = night.finish(names)
    report.files = files
    return report
  }

  /// The first part is a capture, the others are snapshots beside it.
  func joinSockets(_ parts: Parts) -> Outcome {
    let file = InputFile()
    file.replace(by: parts.files[0])
    do throws(CaptureError) {
      var scene = try Scene(file.path)
      var join = SnapshotJoin()
      for row in scene.document.rows { join.add(row) }
      do throws(SnapshotFailure) {
        let (infos, names) = try Self.walk(
          Array(parts.files.dropFirst()), of: SocketSample.self, .all
        ) {
          join.begin($0, $1)
        } take: {
          join.ingest($0.span, $1)
        } end: {
          join.end($0)
        }
        let bars = scene.document.bars
        var captured: ClosedRange<Timestamp>?
        let summary = scene.document.header.summary
        if let start = summary.start, let end = summary.end, start <= end { captured = start...end }
        join.finish(names, captured: captured) { bars[$0 - 1] }
        scene.change { document in
          document.header.captures += infos
          document.header.findings += join.findingsOfSnapshots
          document.header.snapshots = join.summary
          for index in document.details.indices { join.apply(to: &document.details[index]) }
        }
      } catch {
        _ = refused(error.error)
      }
      scene.draw { check($0, $1) }
      return outcome(scene.walk.info, segments: scene.walk.segments)
    } catch {
      return refused(error)
    }
  }

  private static func walk<Row: SocketRow>(
    _ parts: [[UInt8]], of _: Row.Type, _ details: KeptDetails,
    begin: (SnapshotInfo, SocketNames) -> Void, take: ([Row], SocketNames) -> Void,
    end: (SnapshotInfo) -> Void
  ) throws(SnapshotFailure) -> ([CaptureInfo], SocketNames) {
    if parts.isEmpty { return ([], SocketNames()) }
    // The night of the samples of `ss`, so that they fit the capture that they were taken beside.
    let start = 1_795_356_218
    let files = parts.map { part in
      let file = InputFile()
      file.replace(by: part)
      return file
    }
    defer { withExtendedLifetime(files) {} }
    let series = try SnapshotSeries<Row>(
      files.enumerated().map { number, file in
        SnapshotFile(name: "\(start + number)_host_ss.txt", path: file.path)
      }, keeping: details)
    while let snapshot = try series.next() {
      begin(snapshot, series.names)
      while try series.read() { take(series.rows, series.names) }
      if let whole = series.snapshot { end(whole) }
    }
    return (series.files, series.names)
  }
}
