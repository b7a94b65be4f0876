import Correlation
import Glibc
import Rendering
import TCPModel
import Timeline
import TraceParsing

// What a diagram costs once its connection is read: laid out and written as SVG.
//
// usage: diagram CAPTURE [CONNECTION [ROWS [RUNS]]]

let arguments = CommandLine.arguments
let numbers = arguments.dropFirst(2).map { Int($0) ?? 0 }
guard (2...5).contains(arguments.count), numbers.allSatisfy({ $0 > 0 }) else {
  print("usage: diagram CAPTURE [CONNECTION [ROWS [RUNS]]]")
  exit(64)
}
let number = numbers.first ?? 1
var options = DiagramOptions()
options.maxRows = numbers.dropFirst().first ?? 60
let runs = numbers.dropFirst(2).first ?? 101

func read(_ consume: (Span<Segment>) -> Void) throws -> CaptureInfo {
  var reader = try CaptureReader(path: arguments[1])
  var batch = SegmentBatch()
  while try reader.read(into: &batch) { consume(batch.span) }
  return reader.info
}

var correlator = Correlator()
let info = try read { correlator.ingest($0) }
guard number <= correlator.count else {
  print("diagram: the capture has \(correlator.count) connections")
  exit(64)
}
var collector = DetailCollector([correlator.summary(at: number - 1)], keepsSegments: true)
_ = try read { collector.ingest($0) }
let connection = collector.connection(at: 0)
let header = ReportHeader(captures: [info], summary: correlator.totals)
let report = SVGReport(header: header, options: options)

func processorTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

var bytes = 0
let times = (0..<runs).map { _ in
  let start = processorTime()
  bytes = (try? report.ladder(connection).count) ?? 0
  return processorTime() - start
}.sorted()
let rows = Ladder(connection, options).rows.count

/// Printed with two decimals.
func decimals(_ value: Double) -> String {
  let hundredths = Int((value * 100).rounded())
  return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}

print("| segments | rows | layout and writing, ms, median | longest | kB |")
print("| ---: | ---: | ---: | ---: | ---: |")
print(
  "| \(connection.segments?.count ?? 0) | \(rows) | \(decimals(times[runs / 2]))"
    + " | \(decimals(times[runs - 1])) | \(decimals(Double(bytes) / 1e3)) |")
