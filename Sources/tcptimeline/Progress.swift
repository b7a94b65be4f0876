import Glibc
import Rendering
import Support
import TCPModel
import Timeline

/// A line on standard error that says how far reading is: on a terminal, and only when it takes
/// longer than half a second.
struct Progress {
  private static let delay: Nanoseconds = 500_000_000
  private static let interval: Nanoseconds = 100_000_000
  /// Looking at the clock costs more than decoding a segment.
  private static let ticksBetweenLooks = 64

  private let isShown: Bool
  private let total: Int64?
  private var ticks = 0
  private var next: Nanoseconds
  private var isDrawn = false

  /// `total` is the size of all input in bytes, where it is known.
  init(total: Int64?) {
    isShown = isatty(STDERR_FILENO) == 1
    self.total = total
    next = SystemClock.monotonic + Self.delay
  }

  mutating func tick(_ bytesRead: () -> [Int64]) {
    guard isShown else { return }
    ticks += 1
    guard ticks % Self.ticksBetweenLooks == 0, SystemClock.monotonic >= next else { return }
    next = SystemClock.monotonic + Self.interval
    let bytes = bytesRead().reduce(0, +)
    var line = "reading: \(Quantity.bytes(bytes))"
    if let total, total > 0 { line += " (\(min(100, bytes * 100 / total)) %)" }
    draw(line)
  }

  mutating func finish() {
    if isDrawn { draw("") }
    isDrawn = false
  }

  private mutating func draw(_ line: String) {
    var output = ByteWriter(descriptor: STDERR_FILENO)
    output.text("\r\(line)\u{1B}[K")
    output.flush()
    isDrawn = true
  }
}
