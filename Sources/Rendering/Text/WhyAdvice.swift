import Support
import TCPModel

/// What would help a transfer, and how much faster it could be at most where the path's rate is known: as if the
/// limit took no time, but no faster than the path.
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
    let least = max(1, summary.duration / Int64(Self.worthChanging))
    var held: [(time: Nanoseconds, advice: String, limit: Limit)] = []
    var repair: (time: Nanoseconds, names: [String]) = (0, [])
    for limit in Limit.allCases.sorted(by: { limits.times[$0] > limits.times[$1] }) {
      let time = limit == .application ? own : limits.time(with: limit)
      if limit.isRepair, time >= least / 4 {
        repair.time &+= time
        repair.names.append(texts(limit))
      } else if time >= least, let advice = advice(limit) {
        held.append((time, advice, limit))
      }
    }
    if repair.time >= least, !isStuck(for: repair.time) {
      let key = summary.repeatsInVain(side) ? "why.needless" : "why.losses"
      let limits = repair.names.joined(separator: texts("sentence.comma") + " ")
      held.append((repair.time, say(key, ["limit": limits]), .recovery))
    }
    return held.sorted { $0.time > $1.time }.compactMap { line($0.advice, $0.time, $0.limit) }
  }

  /// What it sent in vain is repaired by nothing: what was found tells of it.
  private func isStuck(for time: Nanoseconds) -> Bool {
    summary.landmarks.stuck[side].map { $0.until &- $0.since >= time / 2 } ?? false
  }

  /// `let the program read sooner; at most 4.1 s of 4.3 s (21 times) faster.`; nil where next to nothing would change.
  private func line(_ advice: String, _ time: Nanoseconds, _ limit: Limit) -> String? {
    let whole = Quantity.duration(summary.duration)
    let isRate = limit == .bandwidth
    // While a small segment waits the program may have had no more to send.
    guard isRate || pathTime != nil, limit != .nagle else {
      return texts(
        "why.adviceTook", ["advice": advice, "time": Quantity.duration(time), "whole": whole])
    }
    let rest = max(1, summary.duration &- time, isRate ? 0 : pathTime ?? 0)
    let won = summary.duration &- rest
    guard won >= summary.duration / Int64(Self.worthChanging) else { return nil }
    let times = Double(summary.duration) / Double(rest)
    let factor =
      times < 100 ? String(Int((times * 10).rounded()) / 10) : texts("why.over100")
    let gain = texts(
      times >= 2 ? "why.gainTimes" : "why.gain",
      ["time": Quantity.duration(won), "whole": whole, "factor": factor])
    return texts("why.advice", ["advice": advice, "gain": gain])
  }

  /// What the path takes for it at its own rate; nil where that is not known.
  private var pathTime: Nanoseconds? {
    guard let rate = limits.bottleneck, rate > 0 else { return nil }
    let bytes = summary.traffic[side].uniqueBytes ?? summary.traffic[side].payloadBytes
    let time = Double(bytes) * 8_000_000_000 / Double(rate)
    return time < 1e18 ? Int64(time) : nil
  }

  /// What of the time without anything to send was its program's: for the rest it waited for the other one, or
  /// nobody waited.
  private var own: Nanoseconds { summary.quiet(side).program }

  private func say(_ key: String, _ value: KeyValuePairs<String, String> = [:]) -> String {
    let text = texts(key, value)
    return Texts.filled(
      text, ["side": texts(side), "receiver": texts(side.peer), "needed": needed])
  }

  private func advice(_ limit: Limit) -> String? {
    switch limit {
    case .application:
      // Who sends less waits for the other one.
      guard summary.traffic[side].payloadBytes >= summary.traffic[side.peer].payloadBytes else {
        return nil
      }
      return say(
        own < limits.times[.application] / 2
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
    case .nagle: return say("why.nagle")
    case .delayedACK: return say("why.delayedACK")
    case .loss, .recovery, .timeout, .tailProbe, .drain, .unknown: return nil
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
