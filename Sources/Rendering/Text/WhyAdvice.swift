import Support
import TCPModel

/// What would help a transfer, and how much faster it could be at most: as if the limit took no time.
struct WhyAdvice {
  private let limits: TransferLimits
  private let side: Side
  private let summary: ConnectionSummary
  private let texts: Texts

  init(
    _ limits: TransferLimits, of side: Side, _ summary: ConnectionSummary, _ texts: Texts
  ) {
    self.limits = limits
    self.side = side
    self.summary = summary
    self.texts = texts
  }

  /// A limit that took less than this share of the connection is not worth a change.
  private static let worthChanging = 10

  var lines: [String] {
    let held = Limit.allCases.filter {
      $0.owner != .nobody && $0 != .drain
        && limits.times[$0] >= max(1, summary.duration / Int64(Self.worthChanging))
    }
    return held.sorted { limits.times[$0] > limits.times[$1] }.compactMap { limit in
      advice(limit).map { texts("why.advice", ["advice": $0, "gain": gain(limit)]) }
    }
  }

  /// `4.1 s of 4.3 s (21 times)`.
  private func gain(_ limit: Limit) -> String {
    let time = limit == .application ? ownSilence : limits.times[limit]
    let rest = max(1, summary.duration &- time, limit == .bandwidth ? 0 : pathTime)
    // While a small segment waits the program may have had no more to send: what it costs nothing tells.
    let times = limit == .nagle ? 1 : Double(summary.duration) / Double(rest)
    let factor =
      times < 100 ? String(Int((times * 10).rounded()) / 10) : texts("why.over100")
    return texts(
      times >= 2 ? "why.gainTimes" : "why.gain",
      [
        "time": Quantity.duration(time), "whole": Quantity.duration(summary.duration),
        "factor": factor,
      ])
  }

  /// What the path takes for it at its own rate, where that is known.
  private var pathTime: Nanoseconds {
    guard let rate = limits.bottleneck, rate > 0 else { return 0 }
    let time = Double(summary.traffic[side].payloadBytes) * 8_000_000_000 / Double(rate)
    return time < 1e18 ? Int64(time) : 0
  }

  /// What of the time without anything to send was its program's: for the rest it waited for the other one.
  private var ownSilence: Nanoseconds {
    let time = limits.times[.application]
    guard let blame = summary.blame else { return time }
    return min(time, blame[side])
  }

  private func advice(_ limit: Limit) -> String? {
    func say(_ key: String, _ value: KeyValuePairs<String, String> = [:]) -> String {
      let text = texts(key, value)
      return Texts.filled(
        text, ["side": texts(side), "receiver": texts(side.peer), "needed": needed])
    }
    switch limit {
    case .application:
      // Who sends less waits for the other one.
      guard summary.traffic[side].payloadBytes >= summary.traffic[side.peer].payloadBytes,
        ownSilence >= max(1, summary.duration / Int64(Self.worthChanging))
      else { return nil }
      return say(
        ownSilence < limits.times[.application] / 2
          ? "why.application.unasked" : "why.application")
    case .receiverWindow where limits.isReadSlowly: return say("why.readSlowly")
    case .receiverWindow:
      // The path is full with what is offered: more would only wait in its queue.
      if let window = limits.limitingWindow, let filling, window >= filling { return nil }
      return limits.limitingWindow.map {
        say("why.receiverWindowOf", ["bytes": Quantity.count($0)])
      } ?? say("why.receiverWindow")
    case .zeroWindow: return say("why.zeroWindow")
    case .sendBuffer:
      return limits.sendBuffer.map { say("why.sendBufferOf", ["bytes": Quantity.count($0)]) }
        ?? say("why.sendBuffer")
    case .congestionWindow: return say("why.congestionWindow")
    case .slowStart: return say("why.slowStart")
    case .bandwidth:
      return limits.bottleneck.map { say("why.bandwidthOf", ["rate": Quantity.bitRate($0)]) }
        ?? say("why.bandwidth")
    case .loss, .recovery, .timeout, .tailProbe:
      return say("why.losses", ["limit": texts(limit)])
    case .nagle: return say("why.nagle")
    case .delayedACK: return say("why.delayedACK")
    case .drain, .unknown: return nil
    }
  }

  /// What fills the path: bandwidth times delay, where the rate is known.
  private var filling: Int64? {
    guard let rate = limits.bottleneck, let roundTrip = limits.leastRoundTrip else { return nil }
    let bytes = Double(rate) / 8 * Double(roundTrip) / 1_000_000_000
    return bytes < 1e15 ? Int64(bytes) : nil
  }

  private var needed: String {
    filling.map { texts("why.needed", ["bytes": Quantity.bytes($0)]) } ?? ""
  }
}
