import FuzzTargets
import Glibc

// usage: soak TARGET RUNS SEED LAST FILE...
//
// Runs a target on damaged files and prints a line of a table. Each byte of each small file is turned
// over, and the file cut there; the rest of RUNS is damaged at random. LAST is a file that holds the
// input at hand, which is the culprit when a run ends the process.
//
// usage: soak --history FILE
//
// Makes a history to begin with.
//
// usage: soak --journal CAPTURE
//
// Writes the journal of a capture to standard output.

let arguments = CommandLine.arguments
if arguments.count == 3, arguments[1] == "--history" {
  exit(FuzzTarget.makeHistory(at: arguments[2]) ? 0 : 1)
}
if arguments.count == 3, arguments[1] == "--journal" {
  guard let journal = FuzzTarget.journal(of: arguments[2]) else { exit(1) }
  exit(write(STDOUT_FILENO, journal, journal.count) == journal.count ? 0 : 1)
}
guard arguments.count >= 6, let target = FuzzTarget(rawValue: arguments[1]),
  let runs = Int(arguments[2]), let seed = UInt64(arguments[3])
else {
  print("usage: soak TARGET RUNS SEED LAST FILE...")
  exit(64)
}

/// The largest input that is run.
let most = 1 << 17

func read(_ path: String) -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { return [] }
  defer { close(descriptor) }
  let size = Int(lseek(descriptor, 0, SEEK_END))
  return [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, count in
    count = max(0, pread(descriptor, buffer.baseAddress, size, 0))
  }
}

let last = open(arguments[4], O_RDWR | O_CREAT | O_TRUNC, 0o600)
let size = 1 << 18
guard last >= 0, ftruncate(last, off_t(size)) == 0,
  let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, last, 0), memory != MAP_FAILED
else {
  print("soak: \(arguments[4]) cannot be written")
  exit(73)
}

/// Length (8), then the input. A run that waits for ever is ended by the alarm.
func note(_ bytes: UnsafeRawBufferPointer) {
  alarm(120)
  memory.storeBytes(of: UInt64(bytes.count), as: UInt64.self)
  if let start = bytes.baseAddress, bytes.count <= size - 8 {
    (memory + 8).copyMemory(from: start, byteCount: bytes.count)
  }
}

let files = arguments.dropFirst(5).map(read).filter { (1...most).contains($0.count) }
guard !files.isEmpty else {
  print("soak: no file of 1 to \(most) bytes")
  exit(64)
}
var soak = Soak(target, files, seed: seed, watch: note)
// Each byte of files up to 4 KB; of larger ones, and where a run takes long, as many as fit.
var whole = 4096
while whole > 1, soak.runs(whole: whole) > runs / 5 * 4 { whole /= 2 }
if soak.runs(whole: whole) <= runs { soak.damageEachByte(whole: whole) }
soak.damageAtRandom(runs - soak.runs)
print(soak.row)
if let trouble = soak.trouble {
  print("soak: \(target.rawValue): \(trouble); the input is in \(arguments[4])")
  exit(1)
}
guard Soak.memory <= Soak.mostMemory else {
  print("soak: \(target.rawValue): more than \(Soak.mostMemory >> 20) MB")
  exit(1)
}
