import Support
import TCPModel

/// What would help a transfer, and how much faster it could be at most: as if the limit took no time.
struct WhyAdvice {
  private let limits: TransferLimits
  private let side: Side
  private let summary: ConnectionSummary

  init(_ limits: TransferLimits, of side: Side, _ summary: ConnectionSummary) {
    self.limits = limits
    self.side = side
    self.summary = summary
  }

  /// A limit that took less than this share of the connection is not worth a change.
  private static let worthChanging = 10

  var lines: [String] {
    let held = Limit.allCases.filter {
      $0.owner != .nobody && $0 != .drain
        && limits.times[$0] >= max(1, summary.duration / Int64(Self.worthChanging))
    }
    return held.sorted { limits.times[$0] > limits.times[$1] }.compactMap { limit in
      advice(limit).map { "- \($0); at most \(gain(limit)) faster." }
    }
  }

  /// `4.1 s of 4.3 s (21 times)`.
  private func gain(_ limit: Limit) -> String {
    let time = limit == .application ? ownSilence : limits.times[limit]
    let rest = max(1, summary.duration &- time)
    let times = Double(summary.duration) / Double(rest)
    let factor = times < 100 ? String(Int((times * 10).rounded()) / 10) : "over 100"
    let text = "\(Quantity.duration(time)) of \(Quantity.duration(summary.duration))"
    return times >= 2 ? "\(text) (\(factor) times)" : text
  }

  /// What of the time without anything to send was its program's: for the rest it waited for the other one.
  private var ownSilence: Nanoseconds {
    let time = limits.times[.application]
    guard let blame = summary.blame else { return time }
    return min(time, blame[side])
  }

  private func advice(_ limit: Limit) -> String? {
    let receiver = side.peer.name
    switch limit {
    case .application:
      // Who sends less waits for the other one.
      guard summary.traffic[side].payloadBytes >= summary.traffic[side.peer].payloadBytes,
        ownSilence >= max(1, summary.duration / Int64(Self.worthChanging))
      else { return nil }
      if ownSilence < limits.times[.application] / 2 {
        return "the \(side.name)'s program was mostly asked for nothing; what it took itself"
      }
      return "the \(side.name)'s program gave nothing to send: look there"
    case .receiverWindow:
      let window = limits.limitingWindow.map { " (\(Quantity.count($0)) bytes)" } ?? ""
      return "let the \(receiver)'s host offer a larger window\(window): SO_RCVBUF,"
        + " net.ipv4.tcp_rmem\(needed)"
    case .zeroWindow: return "let the \(receiver)'s program read sooner: its buffer was full"
    case .sendBuffer:
      let buffer = limits.sendBuffer.map { " (\(Quantity.count($0)) bytes)" } ?? ""
      return "give the \(side.name)'s socket a larger send buffer\(buffer): SO_SNDBUF,"
        + " net.ipv4.tcp_wmem\(needed)"
    case .congestionWindow:
      return "a shorter way, or one without losses: the \(side.name)'s congestion window was full"
    case .slowStart:
      return "keep connections open and use them again: slow start took round trips"
    case .bandwidth:
      let rate = limits.bottleneck.map { " (\(Quantity.bitRate($0)))" } ?? ""
      return "more bandwidth\(rate), or less to send"
    case .loss, .recovery, .timeout, .tailProbe:
      return "find where the network loses packets (\(limit.name.replacing("_", with: " ")))"
    case .nagle:
      return "write a message in one call at the \(side.name), or set TCP_NODELAY there"
    case .delayedACK: return "let the \(receiver) acknowledge sooner (TCP_QUICKACK)"
    case .drain, .unknown: return nil
    }
  }

  /// What fills the path: bandwidth times delay, where the rate is known.
  private var needed: String {
    guard let rate = limits.bottleneck, let roundTrip = limits.leastRoundTrip else { return "" }
    let bytes = Double(rate) / 8 * Double(roundTrip) / 1_000_000_000
    guard bytes < 1e15 else { return "" }
    return "; the path takes \(Quantity.bytes(Int64(bytes)))"
  }
}
