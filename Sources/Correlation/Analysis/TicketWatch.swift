/// What is known of a server's first data behind a TLS handshake.
struct TicketWatch: BitwiseCopyable, Equatable {
  enum Stage {
    /// Nothing is watched.
    case over
    /// The client's first request left, or leaves.
    case awaited
    /// One piece came that may be a ticket or settings, and may be the answer: `PhaseRecord.lastPayload`
    /// says when, and the phase is `wait`.
    case offered
    /// Tickets came.
    case seen
  }

  var stage = Stage.over
  /// Of the ticket that came, with its header; 0 where any may come, `noTickets` where none will.
  var length: UInt16 = 0

  static let noTickets = UInt16.max

  var isOpen: Bool { stage != .over }
  var isOffered: Bool { stage == .offered }

  /// What is sent in one go comes in less.
  static let burst: Int64 = 1_000_000
  /// Most stacks delay an acknowledgment by 40 to 200 ms.
  static let delayedACK: Int64 = 250_000_000
  /// A server takes no longer for a ticket.
  static let atOnce: Int64 = 25_000_000
}

/// What a segment's payload is in the course of requests and answers.
enum Piece: BitwiseCopyable {
  /// Of a request or an answer.
  case data
  /// An alert, a keep-alive, an acknowledgment of settings.
  case nothing
  /// Tickets of that length, and in HTTP/2 the settings behind them.
  case tickets(UInt16)
  /// Perhaps the answer, perhaps a ticket of that length or settings.
  case offer(UInt16)
  /// The answer begins here; what was offered before was none.
  case answer

  @inline(__always)
  var isData: Bool {
    if case .data = self { true } else { false }
  }
}
