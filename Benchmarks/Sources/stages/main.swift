import CAllocations
import Glibc
import TraceParsing

// What each stage of the work costs on a capture, or on a file of socket snapshots: CPU time, how often
// it asks for memory, and the memory that all connections take. With --stage it does one stage once and says in one line for how many
// items and with how many allocations, so that another program can count its instructions.
//
// usage: stages CAPTURE|SNAPSHOTS [RUNS]
//        stages CAPTURE|SNAPSHOTS --stage NAME

/// One stage's cost in one run.
struct Cost {
  var stage: Stage
  var items: Int
  var nanoseconds: Double
  var allocations: UInt64
}

func usage() -> Never {
  let names = Stage.allCases.map(\.rawValue).joined(separator: " ")
  print("usage: stages CAPTURE|SNAPSHOTS [RUNS | --stage NAME]\nstages: \(names)")
  exit(64)
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

func measure(_ stage: Stage, _ path: String) throws -> Cost {
  let allocations = allocations_so_far()
  let start = processorTime()
  let items = try stage.run(path)
  return Cost(
    stage: stage, items: items, nanoseconds: processorTime() - start,
    allocations: allocations_so_far() - allocations)
}

/// Printed with a fixed number of decimals.
func decimals(_ value: Double, _ count: Int) -> String {
  var text = [CChar](repeating: 0, count: 64)
  _ = withVaList([Int32(count), value]) { vsnprintf(&text, 64, "%.*f", $0) }
  return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

let arguments = CommandLine.arguments.dropFirst()
guard let path = arguments.first else { usage() }
if arguments.dropFirst().first == "--stage" {
  guard arguments.count == 3, let stage = arguments.last.flatMap(Stage.init(rawValue:)) else {
    usage()
  }
  let cost = try measure(stage, path)
  print("\(stage.rawValue) \(stage.before.rawValue) \(cost.items) \(cost.allocations)")
  exit(0)
}
guard arguments.count <= 2, let runs = Int(arguments.dropFirst().first ?? "5"), runs > 0 else {
  usage()
}

// Before any other stage leaves memory behind.
let before = anonymousMemory()
var memory = 0
let isCapture = (try? CaptureReader(path: path)) != nil
if isCapture { _ = try Stage.correlate.run(path) { memory = anonymousMemory() - before } }
var best: [Cost] = []
for _ in 0..<runs {
  let costs = try (isCapture ? Stage.ofCaptures : Stage.ofSnapshots).map { try measure($0, path) }
  if best.isEmpty { best = costs }
  for (index, cost) in costs.enumerated() where cost.nanoseconds < best[index].nanoseconds {
    best[index] = cost
  }
}
print("| stage | of | CPU, ns each | allocations each |")
print("| --- | --- | ---: | ---: |")
for cost in best where cost.items > 0 {
  let before = best.first { $0.stage == cost.stage.before }
  let nanoseconds = cost.nanoseconds - (before?.nanoseconds ?? 0)
  let allocations = Double(cost.allocations) - Double(before?.allocations ?? 0)
  print(
    "| \(cost.stage.rawValue) | \(cost.items) \(cost.stage.unit)"
      + " | \(decimals(nanoseconds / Double(cost.items), 1))"
      + " | \(decimals(allocations / Double(cost.items), 6)) |")
}
if isCapture, let connections = best.last?.items, connections > 0 {
  print(
    "\n\(decimals(Double(memory) / 1e6, 1)) MB of memory after the pass, "
      + "\(memory / connections) bytes a connection")
}
