import TCPModel

extension ConnectionRecord {
  /// A request or response began with that frame.
  @inline(__always)
  func hasOpenedExchange(at frame: Int64) -> Bool {
    phases.startFrame == frame && (phases.current == .send || phases.current == .receive)
  }

  /// What seemed to begin with the latest segment is neither a request nor a response: nothing is due.
  mutating func withdrawExchange() {
    phases.current = .idle
  }
}
