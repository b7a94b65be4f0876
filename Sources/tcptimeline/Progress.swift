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
  /// When this pass began.
  private var start: Nanoseconds?

  /// `total` is the size of all input in bytes, where it is known.
  init(total: Int64?, isShown: Bool = isatty(STDERR_FILENO) == 1) {
    self.isShown = isShown
    self.total = total
    next = SystemClock.monotonic + Self.delay
  }

  mutating func tick(_ bytesRead: () -> [Int64]) {
    guard isShown else { return }
    let start = start ?? SystemClock.monotonic
    self.start = start
    ticks += 1
    guard ticks % Self.ticksBetweenLooks == 0, SystemClock.monotonic >= next else { return }
    let now = SystemClock.monotonic
    next = now + Self.interval
    draw(Self.line(bytes: bytesRead().reduce(0, +), of: total, after: now - start))
  }

  /// `reading: 1.2 GB (45 %), 850 MB/s, 2 s left`
  static func line(bytes: Int64, of total: Int64?, after time: Nanoseconds) -> String {
    var line = "reading: \(Quantity.bytes(bytes))"
    if let total, total > 0 { line += " (\(min(100, bytes * 100 / total)) %)" }
    let seconds = Double(time) / 1e9
    guard seconds >= 0.1, bytes > 0 else { return line }
    let rate = Double(bytes) / seconds
    line += ", \(Quantity.bytes(Int64(rate)))/s"
    guard let total, total > bytes else { return line }
    let left = Int64((Double(total - bytes) / rate).rounded(.up))
    return line + ", \(Quantity.duration(min(left, 1_000_000) * 1_000_000_000)) left"
  }

  mutating func finish() {
    start = nil
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
