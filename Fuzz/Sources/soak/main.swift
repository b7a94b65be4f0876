import FuzzTargets
import Glibc

// Damages every file given to it, byte by byte, cut by cut and at random, and runs what is left in
// this process: a million runs take minutes, not hours.
//
// usage: soak RUNS SEED TARGET FILE...

let arguments = CommandLine.arguments
guard arguments.count >= 5, let runs = Int(arguments[1]), let seed = UInt64(arguments[2]),
  let target = FuzzTarget(rawValue: arguments[3])
else {
  print("usage: soak RUNS SEED TARGET FILE...")
  exit(64)
}

func read(_ path: String) -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { return [] }
  defer { close(descriptor) }
  let size = Int(lseek(descriptor, 0, SEEK_END))
  return [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, count in
    count = max(0, pread(descriptor, buffer.baseAddress, size, 0))
  }
}

/// Files of a size that a run takes microseconds for.
let files = arguments.dropFirst(4).map(read).filter { (1...65_536).contains($0.count) }
guard !files.isEmpty else {
  print("soak: no file of 1 to 65536 bytes")
  exit(64)
}

func now() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

var counts: [FuzzTarget.Outcome: Int] = [:]
var slowest: Int64 = 0
var random = SplitMix(state: seed)

func run(_ bytes: [UInt8]) {
  let start = now()
  let outcome = bytes.withUnsafeBytes { target.run($0) }
  let time = now() - start
  slowest = max(slowest, time)
  counts[outcome, default: 0] += 1
  guard time < 2_000_000_000 else {
    print(
      "soak: a run took \(time / 1_000_000) ms; seed \(seed), run \(counts.values.reduce(0, +))")
    exit(1)
  }
}

func change(_ bytes: [UInt8], _ limit: Int) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 1...8, using: &random) where !bytes.isEmpty {
    let place = Int.random(in: 0..<bytes.count, using: &random)
    switch random.next() % 6 {
    case 0: bytes[place] ^= 1 << UInt8(random.next() % 8)
    case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
    case 2: bytes.remove(at: place)
    case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
    default: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    }
  }
  return Array(bytes.prefix(limit))
}

/// A third of the runs goes byte by byte and cut by cut, as far as they reach.
var done = 0
for file in files {
  for place in file.indices where done < runs / 3 {
    var flipped = file
    flipped[place] ^= 0xFF
    run(flipped)
    run(Array(file[..<place]))
    done += 2
  }
}
while done < runs {
  let file = files[Int.random(in: 0..<files.count, using: &random)]
  if random.next() % 8 == 0 {
    let other = files[Int.random(in: 0..<files.count, using: &random)]
    run(
      Array(
        file.prefix(Int.random(in: 0...file.count, using: &random))
          + other.suffix(Int.random(in: 0...other.count, using: &random))))
  } else {
    run(target.mutate(file, limit: 1 << 17, seed: random.next(), change))
  }
  done += 1
}

var usage = rusage()
getrusage(RUSAGE_SELF, &usage)
let outcomes = FuzzTarget.Outcome.allCases.map { "\(counts[$0] ?? 0) \($0.rawValue)" }
print(
  "| \(target.rawValue) | \(done) | \(outcomes.joined(separator: ", ")) | "
    + "\(slowest / 1_000_000).\(slowest / 100_000 % 10) ms | \(usage.ru_maxrss / 1024) MB |")
