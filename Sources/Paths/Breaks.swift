import TCPModel

/// Where one of two clocks was set: the strip between what went forward and what came back is empty.
struct Breaks {
  /// More than this is no clock that somebody sets now and then.
  private static let limit = 64
  /// Time stamps of captures are read a little late, and not always equally so.
  private static let tolerance: Int64 = 50_000

  private(set) var steps: [ClockEstimate.FoundStep] = []
  private(set) var isConsistent = true

  /// The extremes of one span of time.
  private struct Bin {
    var upper: (time: Int64, value: Int64)?
    var lower: (time: Int64, value: Int64)?
  }

  private var bins: [Int64: Bin] = [:]
  private var width: Int64 = 1

  init(_ samples: [ClockSample], _ jumps: (first: Jumps, second: Jumps)) {
    let times = samples.map(\.firstTime)
    if let first = times.min(), let last = times.max() { width = max(1, (last &- first) / 128) }
    // Where each step was found: the first sample that shows it, and the last that does not.
    var borders: [(before: Int, behind: Int)] = []
    var last: (forward: Int, back: Int) = (-1, -1)
    var begin = 0
    var index = 0
    while index < samples.count {
      let sample = samples[index]
      if contradicts(sample) {
        if isStep(at: index, samples), borders.count < Breaks.limit {
          let before = max(begin, sample.isForward ? last.forward : last.back)
          borders.append((before, index))
          bins.removeAll()
          last = (-1, -1)
          begin = index
        } else {
          isConsistent = false
          index += 1
          continue
        }
      }
      note(sample)
      if sample.isForward { last.forward = index } else { last.back = index }
      index += 1
    }
    locate(borders, samples, jumps)
  }

  private func bin(_ time: Int64) -> Int64 { time / width }

  private mutating func note(_ sample: ClockSample) {
    let (time, value) = (sample.firstTime, sample.difference)
    let number = bin(time)
    if sample.isForward {
      if value < bins[number]?.upper?.value ?? .max {
        bins[number, default: Bin()].upper = (time, value)
      }
    } else if value > bins[number]?.lower?.value ?? .min {
      bins[number, default: Bin()].lower = (time, value)
    }
  }

  /// Whether no offset, and no drift that clocks have, agrees with this sample and those before it.
  private func contradicts(_ sample: ClockSample) -> Bool {
    for bin in bins.values {
      guard let other = sample.isForward ? bin.lower : bin.upper else { continue }
      let drift = Int64(
        Double((sample.firstTime &- other.time).magnitude) * ClockEstimate.greatestSkew)
      let allowed = Breaks.tolerance &+ drift
      let gap =
        sample.isForward ? other.value &- sample.difference : sample.difference &- other.value
      if gap > allowed { return true }
    }
    return false
  }

  /// A single sample may be a wrong one: others of its direction have to agree with it.
  private func isStep(at index: Int, _ samples: [ClockSample]) -> Bool {
    let following = samples[(index + 1)...].lazy
      .filter { $0.isForward == samples[index].isForward }.prefix(5)
    let agreeing = following.count { contradicts($0) }
    return agreeing * 2 > following.count || following.isEmpty && index + 1 == samples.count
  }

  // MARK: Whose clock, where, how far

  private mutating func locate(
    _ borders: [(before: Int, behind: Int)], _ samples: [ClockSample],
    _ jumps: (first: Jumps, second: Jumps)
  ) {
    for (number, border) in borders.enumerated() {
      let start = number == 0 ? 0 : borders[number - 1].behind
      let end = number + 1 < borders.count ? borders[number + 1].before : samples.count
      guard start <= border.before, border.behind < end else { continue }
      let (before, behind) = (samples[border.before], samples[border.behind])
      // Forward the strip fell or, coming back, it rose: the second clock went back, or forward.
      let isBack = behind.isForward
      let second =
        (before.secondOrdinal &+ 1)...max(before.secondOrdinal &+ 1, behind.secondOrdinal)
      let ordinals = [before.firstOrdinal, behind.firstOrdinal]
      let first = (ordinals.min() ?? 0)...(ordinals.max() ?? 0)
      let seen = jumps.second.largest(in: second, isForward: !isBack)
      var step: ClockEstimate.FoundStep
      if !isBack, let jump = jumps.first.largest(in: first, isForward: false),
        jump.size < -Breaks.tolerance
      {
        step = ClockEstimate.FoundStep(isOfSecond: false, size: 0, jump: jump)
      } else if isBack, seen == nil,
        let jump = jumps.first.largest(in: first, isForward: true),
        jump.size >= before.difference &- behind.difference
      {
        step = ClockEstimate.FoundStep(isOfSecond: false, size: 0, jump: jump)
      } else {
        step = ClockEstimate.FoundStep(
          isOfSecond: true, size: 0,
          jump: seen ?? Jump(size: 0, ordinal: behind.secondOrdinal, place: behind.secondPlace))
      }
      let isBehind: (ClockSample) -> Bool = { sample in
        step.isOfSecond
          ? sample.secondOrdinal >= step.jump.ordinal : sample.firstOrdinal >= step.jump.ordinal
      }
      let part = samples[start..<end]
      let earlier = Strip(part.filter { !isBehind($0) }, skew: 0, reference: 0)
      let later = Strip(part.filter(isBehind), skew: 0, reference: 0)
      guard let change = Breaks.change(from: earlier, to: later) else { continue }
      step.size = step.isOfSecond ? change : 0 &- change
      steps.append(step)
    }
  }

  private static func change(from earlier: Strip, to later: Strip) -> Int64? {
    if let before = earlier.middle, let behind = later.middle { return behind &- before }
    if let before = earlier.upper, let behind = later.upper { return behind &- before }
    if let before = earlier.lower, let behind = later.lower { return behind &- before }
    return nil
  }
}
