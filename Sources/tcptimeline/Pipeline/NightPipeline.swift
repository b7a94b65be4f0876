import Nights
import Support
import TCPModel
import TraceParsing

extension NightReport {
  /// From snapshot files to the report on their night.
  static func read(
    _ files: [InputCapture], _ options: NightOptions, threads: Int,
    _ pseudonyms: AddressPseudonyms? = nil
  ) throws(Failure) -> NightReport {
    var night = NightAnalysis(options: options)
    let (files, names) = try SnapshotSeries<NightSample>.read(
      files, .lifecycle, threads: threads, pseudonyms
    ) { snapshot, names in
      night.begin(snapshot, names)
    } take: { rows, _ in
      night.ingest(rows)
    } end: { snapshot in
      night.end(snapshot)
    }
    var report = night.finish(names)
    report.files = files
    return report
  }
}
