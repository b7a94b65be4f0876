import Glibc

/// Damages files byte by byte, cut by cut and at random, and runs a target on what is left, all in this
/// process: a million runs take minutes, not hours.
public struct Soak {
  private let target: FuzzTarget
  private let files: [[UInt8]]
  private var random: SplitMix
  private let watch: (UnsafeRawBufferPointer) -> Void

  public private(set) var runs = 0
  public private(set) var outcomes: [FuzzTarget.Outcome: Int] = [:]
  public private(set) var slowest: Duration = .zero
  /// Why it ended early.
  public private(set) var trouble: String?

  /// Of the processor: a busy machine is no hang.
  public static let longestRun = Duration.seconds(2)
  /// Of the whole process.
  public static let mostMemory = 256 << 20

  /// - Parameter watch: Told of every input before it is run.
  public init(
    _ target: FuzzTarget, _ files: [[UInt8]], seed: UInt64,
    watch: @escaping (UnsafeRawBufferPointer) -> Void = { _ in }
  ) {
    self.target = target
    self.files = files.filter { !$0.isEmpty }
    random = SplitMix(state: seed)
    self.watch = watch
  }

  /// How many runs `damageEachByte` takes.
  public func runs(whole: Int) -> Int {
    files.reduce(0) { $0 + 2 * (($1.count - 1) / Self.step($1, whole) + 1) }
  }

  private static func step(_ file: [UInt8], _ whole: Int) -> Int {
    max(1, file.count / max(1, whole))
  }

  /// Of each file each byte turned over, and what is left of it when it is cut there.
  ///
  /// - Parameter whole: Of files of more bytes, so many places.
  public mutating func damageEachByte(whole: Int = .max) {
    for file in files {
      for place in stride(from: 0, to: file.count, by: Self.step(file, whole)) where trouble == nil
      {
        var flipped = file
        flipped[place] ^= 0xFF
        run(flipped)
        run(Array(file[..<place]))
      }
    }
  }

  /// Files spliced, and parts of them changed so that the rest keeps its place.
  public mutating func damageAtRandom(_ count: Int) {
    guard !files.isEmpty else { return }
    for _ in 0..<max(0, count) where trouble == nil {
      let file = files[Int.random(in: 0..<files.count, using: &random)]
      if random.next() % 8 == 0 {
        let other = files[Int.random(in: 0..<files.count, using: &random)]
        let cut = Int.random(in: 0...file.count, using: &random)
        run(Array(file[..<cut] + other.suffix(Int.random(in: 0...other.count, using: &random))))
      } else {
        var changing = random
        let seed = random.next()
        let changed = target.mutate(file, limit: 1 << 17, seed: seed) { bytes, limit in
          Self.change(bytes, limit, &changing)
        }
        random = changing
        run(changed)
      }
    }
  }

  private mutating func run(_ bytes: [UInt8]) {
    let start = Self.processorTime
    let outcome = bytes.withUnsafeBytes {
      watch($0)
      return target.run($0)
    }
    let time = Self.processorTime - start
    runs += 1
    outcomes[outcome, default: 0] += 1
    slowest = max(slowest, time)
    if time > Self.longestRun { trouble = "run \(runs) took \(time)" }
  }

  private static var processorTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  private static func change(
    _ bytes: [UInt8], _ limit: Int, _ random: inout SplitMix
  ) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...8, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch random.next() % 7 {
      case 0: bytes[place] ^= 1 << UInt8(random.next() % 8)
      case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
      case 2: bytes.remove(at: place)
      case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
      case 4:
        // A stretch of itself, elsewhere.
        let end = min(bytes.count, place + Int(random.next() % 32))
        bytes.insert(
          contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
      default: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      }
    }
    return Array(bytes.prefix(limit))
  }

  /// The most that the process ever had, in bytes.
  public static var memory: Int {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return usage.ru_maxrss * 1024
  }

  /// `| pcap | 1000 | 900 read, .. | 1.2 ms | 30 MB |`
  public var row: String {
    let words = FuzzTarget.Outcome.allCases.compactMap { outcome in
      outcomes[outcome].map { "\($0) \(outcome.rawValue)" }
    }
    let tenths = Int(slowest / .microseconds(100))
    return "| \(target.rawValue) | \(runs) | \(words.joined(separator: ", "))"
      + " | \(tenths / 10).\(tenths % 10) ms | \(Self.memory >> 20) MB |"
  }
}
