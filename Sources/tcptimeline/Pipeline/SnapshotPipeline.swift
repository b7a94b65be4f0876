import Correlation
import Nights
import Rendering
import SocketJoin
import Support
import TCPModel
import Timeline
import TraceParsing

/// Snapshots beside captures, and snapshots alone.
extension Pipeline {
  /// Reads the snapshots and looks up whose sockets they show; without any this costs nothing.
  func join(
    _ files: [InputCapture], _ pseudonyms: AddressPseudonyms?, to correlator: borrowing Correlator,
    _ header: inout ReportHeader
  ) throws(Failure) -> SnapshotJoin {
    var join = SnapshotJoin()
    if files.isEmpty { return join }
    for index in 0..<correlator.count { join.add(correlator.summary(at: index)) }
    let (infos, names) = try SnapshotSeries<SocketSample>.read(
      files, .all, threads: output.chosenThreads, pseudonyms
    ) { snapshot, names in
      join.begin(snapshot, names)
    } take: { sockets, names in
      join.ingest(sockets.span, names)
    } end: { snapshot in
      join.end(snapshot)
    }
    var captured: ClosedRange<Timestamp>?
    if let start = header.summary.start, let end = header.summary.end, start <= end {
      captured = start...end
    }
    join.finish(names, captured: captured) { correlator.connection(at: $0 - 1) }
    if header.captures.isEmpty { header.findings = join.findingsOfSnapshots }
    header.captures += infos
    header.snapshots = join.summary
    return join
  }

  /// Snapshots without a capture tell no connections, but all that a night's report does.
  func reportNight(
    _ inputs: InputFiles, _ templates: Templates?, _ pseudonyms: AddressPseudonyms?
  ) throws(Failure) -> [Finding] {
    switch format {
    case .text, .markdown, .html, .svg, .json: break
    case .ndjson, .csv, .zeek, .mermaid, .plantuml:
      throw Failure(
        .usage,
        "only snapshots, which hold no connections to write as \(format.rawValue); add a capture,"
          + " or choose md, html, json, svg or text")
    }
    var file = try OutputFile.open(path: output.output, inputs: inputs.identities)
    let report = try NightReport.read(
      inputs.snapshots, NightOptions(), threads: output.chosenThreads, pseudonyms)
    try report.write(as: format, templates, diagrams.options, to: &file)
    try file.commit()
    return report.findings
  }
}

extension NightReport {
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

  func write(
    as format: OutputFormat, _ templates: Templates?, _ options: DiagramOptions,
    to file: inout OutputFile
  ) throws(Failure) {
    let document = NightlyDocument(self, options: options)
    var bytes = ByteWriter(descriptor: file.descriptor)
    switch format {
    case .json: NightlyJSON(self).write(to: &bytes)
    case .svg: bytes.append(document.svg())
    case .markdown:
      guard let templates else { return }
      let (text, assets) = document.markdown(templates, assetFolder: file.assetFolderName)
      bytes.append(text)
      try file.stage(assets)
    case .html:
      guard let templates else { return }
      bytes.append(document.html(templates))
    case .text, .ndjson, .csv, .zeek, .mermaid, .plantuml:
      NightlyText(self, style: Terminal.style(of: file.descriptor)).write(to: &bytes)
    }
    try file.finish(&bytes)
  }
}
