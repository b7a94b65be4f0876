import Correlation
import Glibc
import Rendering
import TCPModel
import Timeline
import TraceParsing

/// A file without a name, so that the readers take their usual way.
private let file: Int32 = {
  var template = Array("/tmp/tcptimeline-fuzz.XXXXXX".utf8CString)
  let descriptor = mkstemp(&template)
  unlink(template)
  return descriptor
}()
private let path = "/proc/self/fd/\(file)"

private func write(_ bytes: UnsafeRawBufferPointer) {
  guard ftruncate(file, 0) == 0,
    pwrite(file, bytes.baseAddress, bytes.count, 0) == bytes.count
  else { abort() }
}

extension FuzzTarget {
  private func outcome(_ info: CaptureInfo, segments: Int64) -> Outcome {
    let skipped = info.skipped.values.reduce(0, +)
    guard segments == info.tcpSegments, info.frames <= skipped + segments else { abort() }
    if let first = info.firstTime, let last = info.lastTime, last < first { abort() }
    return info.warnings.isEmpty ? .read : .damaged
  }

  private func refused(_ error: CaptureError) -> Outcome {
    guard !error.message.isEmpty, !error.message.contains("\n") else { abort() }
    return .refused
  }

  func readCapture(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    write(bytes)
    do throws(CaptureError) {
      var reader = try CaptureReader(path: path)
      var batch = SegmentBatch()
      var segments: Int64 = 0
      while try reader.read(into: &batch) {
        segments += Int64(batch.count)
        // A position must lead back to where it was taken.
        let position = reader.position
        try reader.seek(to: position)
        guard reader.position.byteOffset == position.byteOffset else { abort() }
      }
      return outcome(reader.info, segments: segments)
    } catch {
      return refused(error)
    }
  }

  func correlate(_ capture: [UInt8]) -> Outcome {
    capture.withUnsafeBytes { write($0) }
    do throws(CaptureError) {
      var correlator = Correlator()
      let result = outcome(try read { correlator.ingest($0) }, segments: segmentsRead)
      correlator.finish()
      for index in 0..<correlator.count {
        guard correlator.connection(at: index).summary.id == index + 1 else { abort() }
      }
      return result
    } catch {
      return refused(error)
    }
  }

  private func read(_ consume: (Span<Segment>) -> Void) throws(CaptureError) -> CaptureInfo {
    var reader = try CaptureReader(path: path)
    var batch = SegmentBatch()
    segmentsRead = 0
    while try reader.read(into: &batch) {
      segmentsRead += Int64(batch.count)
      consume(batch.span)
    }
    return reader.info
  }

  /// As the program does it, for at most ten connections, into every format.
  func report(_ capture: [UInt8]) -> Outcome {
    capture.withUnsafeBytes { write($0) }
    do throws(CaptureError) {
      var correlator = Correlator()
      let info = try read { correlator.ingest($0) }
      let result = outcome(info, segments: segmentsRead)
      correlator.finish()
      var header = ReportHeader(captures: [info], summary: correlator.totals)
      header.listed = min(correlator.count, 10)
      var document = ReportDocument(header: header, aggregate: OverviewAggregate(header.summary))
      for index in 0..<header.listed { document.rows.append(correlator.summary(at: index)) }
      document.bars = (0..<header.listed).map { correlator.connection(at: $0) }
      var collector = DetailCollector(document.rows, keepsSegments: true, keepsCharts: true)
      _ = try read { collector.ingest($0) }
      document.details = (0..<collector.count).map { collector.connection(at: $0) }
      document.ranking = document.rows.map(\.id)
      draw(document)
      return result
    } catch {
      return refused(error)
    }
  }

  private func draw(_ document: ReportDocument) {
    for scale in DiagramOptions.Scale.allCases {
      var options = DiagramOptions()
      options.scale = scale
      let report = DocumentReport(document, options: options)
      let isFirst = scale == DiagramOptions.Scale.allCases.first
      guard let picture = try? report.svg(), !picture.isEmpty, !report.mermaid().isEmpty,
        !report.plantUML().isEmpty, !isFirst || drawPages(report)
      else { abort() }
    }
    var bytes = ByteWriter()
    var json = JSONReport(isDetailed: true)
    json.begin(document.header, to: &bytes)
    for connection in document.details { json.write(connection, to: &bytes) }
    json.end(to: &bytes)
  }

  private func drawPages(_ report: DocumentReport) -> Bool {
    guard let page = try? report.html(templates),
      let text = try? report.markdown(templates, assetFolder: "assets").text
    else { return false }
    return !page.isEmpty && !text.isEmpty
  }

  func readSnapshot(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    write(bytes)
    do throws(CaptureError) {
      var reader = try SnapshotReader(path: path)
      var batch = SocketBatch()
      var sockets: Int64 = 0
      while try reader.read(into: &batch) { sockets += Int64(batch.count) }
      guard sockets == reader.snapshots.reduce(0, { $0 + $1.sockets }),
        sockets <= Int64(bytes.count(where: { $0 == 0x0A })) + 1
      else { abort() }
      return reader.info.skipped.isEmpty && reader.info.warnings.isEmpty ? .read : .damaged
    } catch {
      return refused(error)
    }
  }

  func renderTemplate(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    let template = open("\(templateFolder)/report.md.mustache", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard template >= 0, Glibc.write(template, bytes.baseAddress, bytes.count) == bytes.count else {
      abort()
    }
    close(template)
    guard let templates = try? Templates(folder: templateFolder) else { return .refused }
    let document = ReportDocument(
      header: ReportHeader(captures: [], summary: TraceSummary()), aggregate: OverviewAggregate())
    let report = DocumentReport(document, options: DiagramOptions())
    // A template may be refused when it is rendered, too.
    return (try? report.markdown(templates, assetFolder: nil)) == nil ? .refused : .read
  }
}

/// Of the last pass; the fuzzer has one thread.
nonisolated(unsafe) private var segmentsRead: Int64 = 0

private let templates: Templates = {
  guard let templates = try? Templates(folder: nil) else { abort() }
  return templates
}()

private let templateFolder: String = {
  var template = Array("/tmp/tcptimeline-fuzz.XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { abort() }
  return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}()
