import CAllocations
import Correlation
import Glibc
import TraceParsing

// What each stage of the first pass costs on a capture: CPU time, and how often it asks for memory.
//
// usage: stages CAPTURE [RUNS]

/// One stage's cost in one run.
struct Cost {
  var nanoseconds: Double = 0
  var allocations: UInt64 = 0
  /// What it is counted for: segments or connections.
  var items = 0
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

func measure(_ body: () throws -> Int) rethrows -> Cost {
  let allocations = allocations_so_far()
  let start = processorTime()
  let items = try body()
  return Cost(
    nanoseconds: processorTime() - start, allocations: allocations_so_far() - allocations,
    items: items)
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
  var segments: Int64 = 0
  for index in 0..<correlator.count {
    segments += correlator.summary(at: index).traffic.client.segments
  }
  return segments < 0 ? 0 : correlator.count
}

let arguments = CommandLine.arguments
guard arguments.count == 2 || arguments.count == 3,
  let runs = Int(arguments.dropFirst(2).first ?? "5"),
  runs > 0
else {
  print("usage: stages CAPTURE [RUNS]")
  exit(64)
}

let names = ["decode", "decode + correlate", "describe"]
var best: [Cost?] = Array(repeating: nil, count: names.count)
var memory = 0
for _ in 0..<runs {
  let before = anonymousMemory()
  var correlator = Correlator()
  var costs = [try measure { try decode(arguments[1]) }]
  costs.append(try measure { try correlate(arguments[1], &correlator) })
  memory = max(memory, anonymousMemory() - before)
  costs.append(measure { describe(correlator) })
  for (index, cost) in costs.enumerated()
  where cost.nanoseconds < best[index]?.nanoseconds ?? .infinity {
    best[index] = cost
  }
}

/// Printed with a fixed number of decimals.
func decimals(_ value: Double, _ count: Int) -> String {
  var text = [CChar](repeating: 0, count: 64)
  _ = withVaList([Int32(count), value]) { vsnprintf(&text, 64, "%.*f", $0) }
  return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

print("| stage | of | CPU, ns each | allocations each |")
print("| --- | --- | ---: | ---: |")
for (name, cost) in zip(names, best) {
  guard let cost, cost.items > 0 else { continue }
  let unit = name.hasPrefix("decode") ? "segments" : "connections"
  print(
    "| \(name) | \(cost.items) \(unit) | \(decimals(cost.nanoseconds / Double(cost.items), 1))"
      + " | \(decimals(Double(cost.allocations) / Double(cost.items), 6)) |")
}
let connections = best[2]?.items ?? 0
print(
  "\n\(decimals(Double(memory) / 1e6, 1)) MB of memory after the pass, "
    + "\(connections > 0 ? memory / connections : 0) bytes a connection")
