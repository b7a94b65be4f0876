import Rendering
import TCPModel

/// Rows that one thread has written, until it is their turn.
final class RowBuffer {
  /// Connections that are written before their rows are put in order.
  static let blockLength = 1024

  private var writer: any ReportWriter
  private var bytes = ByteWriter()
  private var connection = Connection()
  /// Where the rows end; what is before `taken` has gone.
  private var ends: [Int] = []
  private var taken = 0

  init(_ writer: any ReportWriter) {
    self.writer = writer
  }

  func write(_ describe: (inout Connection) -> Void) {
    describe(&connection)
    writer.write(connection, to: &bytes)
    ends.append(bytes.length)
  }

  /// Gives the next row away.
  func moveRow(to output: inout ByteWriter) {
    let start = taken == 0 ? 0 : ends[taken - 1]
    bytes.withBytes { output.append(UnsafeBufferPointer(rebasing: $0[start..<ends[taken]])) }
    taken += 1
    if taken == ends.count {
      bytes.removeAll()
      ends.removeAll(keepingCapacity: true)
      taken = 0
    }
  }
}
