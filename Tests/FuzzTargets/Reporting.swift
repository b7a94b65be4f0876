import Correlation
import Names
import Rendering
import Services
import Support
import TCPModel
import Timeline
import TraceParsing

extension FuzzTarget {
  /// Those that no other program makes.
  static let ownFormats = OutputFormat.all.filter { $0.missing == nil }

  /// As the program does it, for at most ten connections, into every format. Templates are read anew
  /// each time, which takes most of a run: scripts of segments go without.
  func report(_ capture: [UInt8]) -> Outcome {
    let file = InputFile()
    file.replace(by: capture)
    do throws(CaptureError) {
      let scene = try Scene(file.path)
      // One of them each time: pictures take most of a run.
      let scales = DiagramOptions.Scale.allCases
      let formats = Self.ownFormats.filter { self == .report || !$0.isTemplated }
      scene.draw(scales[capture.count % scales.count], formats) { check($0, $1) }
      return outcome(scene.walk.info, segments: scene.walk.segments)
    } catch {
      return refused(error)
    }
  }

  /// Neither of the two addresses of a script may be seen anywhere.
  func reportAnonymized(_ capture: [UInt8]) -> Outcome {
    let file = InputFile()
    file.replace(by: capture)
    do throws(CaptureError) {
      let scene = try Scene(
        file.path, pseudonyms: AddressPseudonyms(secret: [UInt8](repeating: 7, count: 32)))
      scene.draw { format, bytes in
        check(format, bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        for address in ["192.0.2.1", "198.51.100.1"] where text.contains(address) {
          fault("\(format) names \(address)")
        }
      }
      return outcome(scene.walk.info, segments: scene.walk.segments)
    } catch {
      return refused(error)
    }
  }

  /// Whatever the format: UTF-8 without control characters, and none that turn the text around.
  func check(_ format: String, _ bytes: [UInt8]) {
    guard !bytes.isEmpty else { fault("\(format) came out empty") }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      fault("\(format) is no UTF-8")
    }
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0xA0...0x2028: continue
      case 0x202A...0x202E, 0x2066...0x2069, 0...0x1F, 0x7F...0x9F:
        fault("\(format) holds U+\(String(scalar.value, radix: 16))")
      default: continue
      }
    }
  }
}

/// A capture after both passes, with what the program makes of it.
struct Scene {
  private(set) var walk: CaptureWalk
  private(set) var document: ReportDocument
  private var collected: ServiceCollector

  private static let most = 10

  /// - Parameter complete: Adds to each connection what else is known of it.
  init(
    _ path: String, pseudonyms: AddressPseudonyms? = nil,
    complete: (inout Connection) -> Void = { _ in }
  ) throws(CaptureError) {
    var correlator = Correlator()
    var renaming = pseudonyms
    func read(_ take: (Span<Segment>, SegmentPayloads) -> Void) throws(CaptureError) -> CaptureWalk
    {
      try CaptureWalk.read(path) { segments, payloads in
        guard renaming != nil else { return take(segments, payloads) }
        var renamed: [Segment] = []
        for index in segments.indices {
          renamed.append(renaming?.renamed(segments[index]) ?? segments[index])
        }
        take(renamed.span, payloads)
      }
    }
    walk = try read { correlator.ingest($0, $1) }
    correlator.finish()
    if pseudonyms == nil {
      var answers = walk.answers
      answers.merge(correlator.answers)
      correlator.namer = ServerNamer(
        given: [:], recorded: walk.names, answers: answers, pseudonyms: nil)
    }
    var header = ReportHeader(captures: [walk.info], summary: correlator.totals)
    if pseudonyms == nil { header.names = walk.names }
    let icmp = ICMPIndex(pseudonyms == nil ? walk.icmp : [])
    let found = FindingSearch.findings(
      in: Array(0..<correlator.count), of: correlator, header.captures, icmp)
    header.findings = found.findings
    for (index, trust) in found.trust.enumerated() { header.captures[index].trust = trust }
    header.listed = min(correlator.count, Self.most)
    collected = ServiceCollector(.server)
    document = ReportDocument(header: header, aggregate: OverviewAggregate(header.summary))
    for index in 0..<header.listed {
      let summary = correlator.summary(at: index)
      document.aggregate.add(correlator.glance(at: index))
      document.rows.append(summary)
      document.bars.append(correlator.connection(at: index))
      collected.add(summary)
    }
    var collector = DetailCollector(document.rows, keepsSegments: true, keepsCharts: true)
    _ = try read { collector.ingest($0, $1) }
    document.details = (0..<collector.count).map { index in
      var connection = collector.connection(at: index)
      icmp.add(to: &connection)
      complete(&connection)
      return connection
    }
    document.ranking = document.rows.map(\.id)
  }

  /// - Parameter take: With the format's name and its bytes.
  func draw(
    _ scale: DiagramOptions.Scale = DiagramOptions().scale,
    _ formats: [OutputFormat] = FuzzTarget.ownFormats, _ take: (String, [UInt8]) -> Void
  ) {
    var settings = ReportSettings(templates: builtInTemplates)
    settings.assetFolder = "assets"
    settings.options.scale = scale
    let report = DocumentReport(document, options: settings.options)
    for format in formats { draw(report, format, settings, take) }
  }

  private func draw(
    _ report: DocumentReport, _ format: OutputFormat, _ settings: ReportSettings,
    _ take: (String, [UInt8]) -> Void
  ) {
    func write<Subject>(_ subject: Subject, _ write: DocumentWriter<Subject>) {
      var bytes = ByteWriter()
      guard let assets = try? write(subject, settings, &bytes) else {
        fault("\(format.name) cannot be made")
      }
      take(format.name, bytes.takeBytes())
      for asset in assets { take(asset.name, asset.bytes) }
    }
    switch format.connections {
    case .each(_, let make):
      var bytes = ByteWriter()
      var writer = make(settings)
      writer.begin(document.header, to: &bytes)
      for connection in document.details { writer.write(connection, to: &bytes) }
      writer.end(to: &bytes)
      let result = bytes.takeBytes()
      // A line a connection, and there may be none.
      if !(result.isEmpty && document.details.isEmpty) { take(format.name, result) }
    case .document(_, let writeReport): write(report, writeReport)
    case nil: break
    }
    if let writeChart = format.chart {
      for chart in Chart.allCases {
        write(ChartRequest(chart, of: report, isChoice: true), writeChart)
      }
    }
    if let writeServices = format.services {
      write(ServiceReport(document.header, by: .server, collected.services), writeServices)
    }
    if let writeComparison = format.comparison {
      write(
        ComparisonReport(
          by: .server, before: document.header, after: document.header,
          services: ServiceCollector.compare(collected, collected), newFindings: [],
          slowestBefore: collected.slowest, slowestAfter: collected.slowest),
        writeComparison)
    }
  }

  /// Puts sockets beside the capture, or a path's other end.
  mutating func change(_ change: (inout ReportDocument) -> Void) { change(&document) }
}

let builtInTemplates: Templates = {
  guard let templates = try? Templates(folder: nil) else { fault("no templates") }
  return templates
}()
