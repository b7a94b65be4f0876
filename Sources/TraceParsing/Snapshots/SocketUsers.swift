import Support
import TCPModel

/// The process list of `ss -p`.
///
///     users:(("sshd",pid=745,fd=3),("sshd",pid=720,fd=3))      since iproute2 4
///     users:(("sshd",pid=745,tid=746,fd=3))                    -T
///     users:(("sshd",pid=745,proc_ctx=system_u:...,fd=3))      -Z
///     users:(("sshd",745,3))                                   before
///
/// A process chooses its name freely, and `ss` prints it as it is: a name may hold quotes,
/// brackets, blanks and line feeds. It ends where a quote is followed by what can only follow a
/// name.
extension SocketRowParser {
  enum UsersResult {
    case closed
    /// The line ends before the list does.
    case unclosed
    case malformed
  }

  /// Names are kept up to this many bytes; the kernel's own are at most 15.
  static var maximumNameLength: Int { 255 }

  mutating func parseUsers(_ cursor: inout ByteCursor, names: inout SocketNames) -> UsersResult {
    guard cursor.skip(UInt8(ascii: "(")) else { return .malformed }
    processes.removeAll(keepingCapacity: true)
    repeat {
      guard cursor.skip(UInt8(ascii: "(")), cursor.skip(UInt8(ascii: "\"")) else {
        return cursor.isAtEnd ? .unclosed : .malformed
      }
      guard var name = nameText(&cursor) else { return .unclosed }
      if name.count > SocketRowParser.maximumNameLength {
        remarks.append("process name cut")
        name = UnsafeRawBufferPointer(rebasing: name[..<SocketRowParser.maximumNameLength])
      }
      let isOld = !cursor.skip("pid=")
      guard let pid = cursor.decimal32() else { return .malformed }
      let process = SocketProcess(name: names.text(name), pid: pid)
      // One process may hold a socket under several descriptors.
      if processes.last != process { processes.append(process) }
      if isOld {
        guard cursor.skip(UInt8(ascii: ",")), cursor.decimal() != nil else {
          return cursor.isAtEnd ? .unclosed : .malformed
        }
      } else {
        while !cursor.isAtEnd, !cursor.starts(with: ",fd=") { cursor.position += 1 }
        guard cursor.skip(",fd="), cursor.decimal() != nil else { return .unclosed }
      }
      guard cursor.skip(UInt8(ascii: ")")) else {
        return cursor.isAtEnd ? .unclosed : .malformed
      }
    } while cursor.skip(UInt8(ascii: ","))
    guard cursor.skip(UInt8(ascii: ")")) else { return cursor.isAtEnd ? .unclosed : .malformed }
    row.processes = processes.withUnsafeBufferPointer { names.processes($0) }
    return .closed
  }

  /// The name up to its closing quote; the cursor then stands behind the comma. nil when the line
  /// ends first.
  ///
  /// A name may look like the end of one, `x",pid=1,fd=2`: the quote counts behind which a process
  /// is whole. Where none is, the list is damaged, and the first that could be one counts.
  private func nameText(_ cursor: inout ByteCursor) -> UnsafeRawBufferPointer? {
    let start = cursor.position
    var quote: ByteCursor?
    while !cursor.isAtEnd {
      if cursor.byte == UInt8(ascii: "\""), UnclosedList.endsName(cursor) {
        if quote == nil { quote = cursor }
        if UnclosedList.endsProcess(cursor) {
          quote = cursor
          break
        }
      }
      cursor.position += 1
    }
    guard let quote else { return nil }
    cursor.position = quote.position + 2
    return quote.text(from: start)
  }

  /// The list that went on over line ends is whole now, or as whole as it gets.
  mutating func resumeUsers(_ batch: inout SocketBatch) {
    part = .details
    var list = UnclosedList()
    swap(&list, &unclosed)
    var names = SocketNames()
    swap(&names, &batch.names)
    list.withCursor { cursor in
      parseDetails(&cursor, names: &names)
    }
    swap(&names, &batch.names)
    if part == .users { unclosed.lines = list.lines }
  }
}

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
    return behind.isAtEnd || behind.byte == UInt8(ascii: ")")
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
