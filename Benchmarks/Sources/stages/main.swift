import CAllocations
import Correlation
import Glibc
import TCPModel
import TraceParsing

// What each stage of the first pass costs on a capture, or reading alone on a file of socket
// snapshots: CPU time, and how often it asks for memory.
//
// usage: stages CAPTURE|SNAPSHOTS [RUNS]

/// One stage's cost in one run.
struct Cost {
  var name: String
  /// What it is counted for: segments, connections or sockets.
  var unit: String
  var items: Int
  var nanoseconds: Double
  var allocations: UInt64
}

func processorTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Anonymous memory of this process, in bytes.
func anonymousMemory() -> Int {
  guard let file = fopen("/proc/self/status", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  while fgets(&line, 256, file) != nil {
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    if text.hasPrefix("RssAnon:") {
      return (text.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
    }
  }
  return 0
}

func measure(_ name: String, of unit: String, _ body: () throws -> Int) rethrows -> Cost {
  let allocations = allocations_so_far()
  let start = processorTime()
  let items = try body()
  return Cost(
    name: name, unit: unit, items: items, nanoseconds: processorTime() - start,
    allocations: allocations_so_far() - allocations)
}

func decode(_ path: String) throws -> Int {
  var reader = try CaptureReader(path: path)
  var batch = SegmentBatch()
  var segments = 0
  while try reader.read(into: &batch) { segments += batch.count }
  return segments
}

func correlate(_ path: String, _ correlator: inout Correlator) throws -> Int {
  var reader = try CaptureReader(path: path)
  var batch = SegmentBatch()
  var segments = 0
  while try reader.read(into: &batch) {
    segments += batch.count
    correlator.ingest(batch.span)
  }
  return segments
}

func describe(_ correlator: borrowing Correlator) -> Int {
  var connection = Connection()
  var segments: Int64 = 0
  for index in 0..<correlator.count {
    correlator.describe(index, withLists: false, in: &connection)
    segments += connection.summary.traffic.client.segments
  }
  return segments < 0 ? 0 : correlator.count
}

/// One run over a capture, and the memory that its records take.
func captureRun(_ path: String) throws -> (costs: [Cost], memory: Int?) {
  let before = anonymousMemory()
  var correlator = Correlator()
  var costs = [try measure("decode", of: "segments") { try decode(path) }]
  costs.append(
    try measure("decode + correlate", of: "segments") { try correlate(path, &correlator) })
  let memory = anonymousMemory() - before
  costs.append(measure("describe", of: "connections") { describe(correlator) })
  return (costs, memory)
}

/// One run over snapshots: everything that is known of a socket, and what a night needs of it.
func snapshotRun(_ path: String) throws -> (costs: [Cost], memory: Int?) {
  func read(_ details: KeptDetails) throws -> Int {
    var reader = try SnapshotReader(path: path, keeping: details)
    var batch = SocketBatch()
    var sockets = 0
    while try reader.read(into: &batch) { sockets += batch.count }
    return sockets
  }
  let costs = [
    try measure("read", of: "sockets") { try read(.all) },
    try measure("read for a night", of: "sockets") { try read(.lifecycle) },
  ]
  return (costs, nil)
}

let arguments = CommandLine.arguments
guard arguments.count == 2 || arguments.count == 3,
  let runs = Int(arguments.dropFirst(2).first ?? "5"),
  runs > 0
else {
  print("usage: stages CAPTURE|SNAPSHOTS [RUNS]")
  exit(64)
}

let path = arguments[1]
let isCapture = (try? CaptureReader(path: path)) != nil
var best: [Cost] = []
var memory: Int?
for _ in 0..<runs {
  let run = try isCapture ? captureRun(path) : snapshotRun(path)
  if best.isEmpty { best = run.costs }
  for (index, cost) in run.costs.enumerated() where cost.nanoseconds < best[index].nanoseconds {
    best[index] = cost
  }
  memory = run.memory.map { max($0, memory ?? 0) }
}

/// Printed with a fixed number of decimals.
func decimals(_ value: Double, _ count: Int) -> String {
  var text = [CChar](repeating: 0, count: 64)
  _ = withVaList([Int32(count), value]) { vsnprintf(&text, 64, "%.*f", $0) }
  return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

print("| stage | of | CPU, ns each | allocations each |")
print("| --- | --- | ---: | ---: |")
for cost in best where cost.items > 0 {
  print(
    "| \(cost.name) | \(cost.items) \(cost.unit)"
      + " | \(decimals(cost.nanoseconds / Double(cost.items), 1))"
      + " | \(decimals(Double(cost.allocations) / Double(cost.items), 6)) |")
}
if let memory, let connections = best.last?.items, connections > 0 {
  print(
    "\n\(decimals(Double(memory) / 1e6, 1)) MB of memory after the pass, "
      + "\(memory / connections) bytes a connection")
}
