import Support
import TCPModel

/// The process list of `ss -p`.
///
///     users:(("sshd",pid=745,fd=3),("sshd",pid=720,fd=3))      since iproute2 4
///     users:(("sshd",pid=745,tid=746,fd=3))                    -T
///     users:(("sshd",pid=745,proc_ctx=system_u:...,fd=3))      -Z
///     users:(("sshd",pid=745,proc_ctx=..,fd=3,sock_ctx=..))    -z
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
        if cursor.skip(",sock_ctx=") { cursor.skipContext() }
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
