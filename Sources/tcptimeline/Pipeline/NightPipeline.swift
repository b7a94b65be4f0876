import Nights
import Support
import TCPModel
import TraceParsing

extension NightReport {
  /// From snapshot files to the report on their night.
  ///
  /// - Parameter span: Snapshots of another time are passed over; nil takes all.
  static func read(
    _ files: [InputCapture], _ options: NightOptions, in span: ClosedRange<Timestamp>? = nil,
    threads: Int, _ pseudonyms: AddressPseudonyms? = nil
  ) throws(Failure) -> NightReport {
    var night = NightAnalysis(options: options)
    var isTaken = true
    let (files, names) = try SnapshotSeries<NightSample>.read(
      files, .lifecycle, threads: threads, pseudonyms
    ) { snapshot, names in
      isTaken = span.map { span in snapshot.time.map(span.contains) ?? false } ?? true
      if isTaken { night.begin(snapshot, names) }
    } take: { rows, _ in
      if isTaken { night.ingest(rows) }
    } end: { snapshot in
      if isTaken { night.end(snapshot) }
    }
    var report = night.finish(names)
    report.files = files
    return report
  }
}
