import Lessons
import TCPModel

/// Reads the lines of one connection in the notation of `SegmentLine`: times are milliseconds, and
/// `frame N`, `cut` for a damaged header and `!mark` for what an analysis says may stand in a line.
struct SegmentLines {
  private var reader = SegmentReader(unit: .milliseconds, takesMarks: true)

  var next: PerSide<Int64> { reader.next }

  /// nil for an empty line and a remark.
  mutating func read(_ line: Substring) -> SegmentLine? {
    do throws(ScriptError) {
      return try reader.read(line, number: 1)
    } catch {
      preconditionFailure("\(error.message): \(line)")
    }
  }

  /// What a line that is no segment says was sent.
  mutating func send(_ length: Int64, from side: Side) {
    reader.send(length, from: side)
  }

  /// Of milliseconds with decimals.
  static func nanoseconds(_ text: String) -> Nanoseconds {
    guard let time = SegmentReader.nanoseconds(text) else {
      preconditionFailure("not a time: \(text)")
    }
    return time
  }
}
