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
    let rest = max(1, summary.duration &- time)
    let times = Double(summary.duration) / Double(rest)
    let factor =
      times < 100 ? String(Int((times * 10).rounded()) / 10) : texts("why.over100")
    return texts(
      times >= 2 ? "why.gainTimes" : "why.gain",
      [
        "time": Quantity.duration(time), "whole": Quantity.duration(summary.duration),
        "factor": factor,
      ])
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
  private var needed: String {
    guard let rate = limits.bottleneck, let roundTrip = limits.leastRoundTrip else { return "" }
    let bytes = Double(rate) / 8 * Double(roundTrip) / 1_000_000_000
    guard bytes < 1e15 else { return "" }
    return texts("why.needed", ["bytes": Quantity.bytes(Int64(bytes))])
  }
}
