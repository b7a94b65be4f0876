/// What a server may send behind a handshake of TLS, before it answers the client's first request.
public enum ServerDue: BitwiseCopyable, Sendable {
  /// Whatever comes begins the answer.
  case answer
  /// Session tickets of TLS 1.3 (RFC 8446 4.6.1), which look like any data; in HTTP/2 its settings.
  case tickets
  /// One record so long came before the request: perhaps a ticket, and another may follow.
  case anotherTicket(UInt16)
  /// The tickets came with the handshake; in HTTP/2 the settings have not.
  case settings
  /// The client did not wait for the handshake (RFC 8446 2.3).
  case restOfHandshake
}

/// The server's encrypted records of a TLS 1.3 handshake, by their lengths.
struct TicketRecords {
  /// Of the last record before the client's Finished, and whether one was a Finished before it: of 32 or 48
  /// bytes behind a header of 4, with a type and a tag (RFC 8446 4.4.4, 5.2).
  private var last = 0
  private var hasPassedFinished = false
  /// Between the client's Finished and its first request.
  private var late = 0

  private static func isFinished(_ length: Int) -> Bool { length == 53 || length == 69 }

  mutating func note(_ length: Int, isAfterFinished: Bool) {
    if isAfterFinished {
      late += 1
    } else if TicketRecords.isFinished(last) {
      hasPassedFinished = true
    }
    last = length
  }

  var due: ServerDue {
    switch late {
    case 0: hasPassedFinished && !TicketRecords.isFinished(last) ? .settings : .tickets
    case 1: .anotherTicket(UInt16(truncatingIfNeeded: last))
    default: .answer
    }
  }
}
