import Support
import TCPModel

/// A process list whose line ended inside it: a name with a line feed, or a row that was cut off.
struct UnclosedList {
  private var bytes: [UInt8] = []
  var lines = 0

  /// More than any name of 15 bytes can hold.
  private static let maximumLines = 16
  private static let maximumBytes = 128 << 10

  /// Keeps everything from `users:` to the line's end.
  mutating func begin(_ cursor: ByteCursor) {
    bytes.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: UnsafeBufferPointer(start: cursor.position, count: cursor.rest))
    lines = 0
  }

  /// Takes the next line if it goes on with the list. A line that looks like a row of its own does
  /// so only when it closes a name before it opens a list.
  mutating func takes(_ line: ByteCursor, isRow: Bool) -> Bool {
    guard lines < UnclosedList.maximumLines,
      bytes.count + line.rest < UnclosedList.maximumBytes,
      !isRow || UnclosedList.closesName(line)
    else { return false }
    bytes.append(0x0A)
    bytes.append(contentsOf: UnsafeBufferPointer(start: line.position, count: line.rest))
    lines += 1
    return true
  }

  mutating func withCursor(_ body: (inout ByteCursor) -> Void) {
    let count = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: InputWindow.padding))
    bytes.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      var cursor = ByteCursor(position: start, end: start + count)
      body(&cursor)
    }
  }

  /// A quote, and behind it `,pid=7` or `,7,`.
  @inline(__always)
  static func endsName(_ cursor: ByteCursor) -> Bool {
    var behind = ByteCursor(position: cursor.position + 1, end: cursor.end)
    guard behind.skip(UInt8(ascii: ",")) else { return false }
    if behind.skip("pid=") { return behind.decimal() != nil }
    return behind.decimal() != nil && behind.byte == UInt8(ascii: ",")
  }

  /// A quote, and behind it `,pid=7,fd=3)`, also with other words before `fd`, or `,7,3)`. A line that
  /// ends before that may be cut off.
  @inline(__always)
  static func endsProcess(_ cursor: ByteCursor) -> Bool {
    var behind = ByteCursor(position: cursor.position + 2, end: cursor.end)
    if behind.skip("pid=") {
      _ = behind.decimal()
      while !behind.isAtEnd, !behind.starts(with: ",fd=") {
        if behind.byte == UInt8(ascii: "\"") { return false }
        behind.position += 1
      }
      _ = behind.skip(",fd=")
    } else {
      _ = behind.decimal()
      _ = behind.skip(UInt8(ascii: ","))
    }
    if behind.isAtEnd { return true }
    guard behind.decimal() != nil else { return false }
    return behind.isAtEnd || behind.byte == UInt8(ascii: ")") || behind.starts(with: ",sock_ctx=")
  }

  private static func closesName(_ line: ByteCursor) -> Bool {
    var cursor = line
    while !cursor.isAtEnd {
      if cursor.byte == UInt8(ascii: "\""), endsName(cursor) { return true }
      if cursor.byte == UInt8(ascii: "u"), cursor.starts(with: "users:((") { return false }
      cursor.position += 1
    }
    return false
  }
}
