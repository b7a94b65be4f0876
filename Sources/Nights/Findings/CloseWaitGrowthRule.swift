import Support
import TCPModel

/// A service whose CLOSE_WAIT sockets become more and more, and stay: the application does not
/// close what its peers have closed.
enum CloseWaitGrowthRule: NightRule {
  static let kind = FindingKind.closeWaitGrowth

  struct Sight {
    var service: Service
    var growth: Growth
    /// At the end of the growth.
    var last: CloseWaitTally.Count?
  }

  static func judge(_ night: NightFindings) -> [Sight] {
    let series = night.tallies.closeWaits.series.sorted { left, right in
      let (leftLast, rightLast) = (left.value.last?.sockets ?? 0, right.value.last?.sockets ?? 0)
      if leftLast != rightLast { return leftLast > rightLast }
      return (left.key.port, left.key.process?.rawValue ?? .max)
        < (right.key.port, right.key.process?.rawValue ?? .max)
    }
    return series.compactMap { service, counts in
      Growth(counts, instants: night.instants.count).map { growth in
        Sight(
          service: service, growth: growth,
          last: counts.last { $0.instant <= growth.lastInstant })
      }
    }
  }

  static func severity(_ sight: Sight, _ night: NightFindings) -> Finding.Severity { .error }

  static func subject(_ sight: Sight, _ night: NightFindings) -> NightSubject {
    let isServer = sight.service.isServer
    return NightSubject(
      process: night.process(sight.last?.process),
      local: (sight.last?.example).map {
        isServer ? $0.local : Endpoint(address: $0.local.address, port: 0)
      },
      peer: (sight.last?.example).map {
        isServer ? $0.remote.address.description : $0.remote.description
      })
  }

  static func sentence(_ sight: Sight, _ night: NightFindings) -> Wording {
    let (service, growth) = (sight.service, sight.growth)
    return Wording(
      service.isServer ? "night.close_wait_growth.on" : "night.close_wait_growth.towards",
      [
        "owner": NightFindings.owner(night.process(sight.last?.process), "owner.unnamed.first"),
        "port": .digits(service.port), "first": .digits(growth.first),
        "last": .digits(growth.last),
        "span": night.span(growth.firstInstant, growth.lastInstant),
      ])
  }

  static func evidence(_ sight: Sight, _ night: NightFindings) -> [Finding.Evidence] {
    [
      NightFindings.number("port", sight.service.port),
      NightFindings.number("first", sight.growth.first),
      NightFindings.number("last", sight.growth.last),
      night.instant("from", sight.growth.firstInstant),
      night.instant("to", sight.growth.lastInstant),
    ]
  }
}

/// The longest rise in a series of counts.
struct Growth {
  var first: Int
  var last: Int
  var firstIndex: Int
  var lastIndex: Int
  var firstInstant: UInt32 { UInt32(truncatingIfNeeded: firstIndex) }
  var lastInstant: UInt32 { UInt32(truncatingIfNeeded: lastIndex) }

  /// nil when the counts do not grow enough, fall too often between, or are of other sockets
  /// every time: those come and go.
  init?(_ counts: [CloseWaitTally.Count], instants: Int) {
    var sockets = Array(repeating: 0, count: instants)
    var stayed = Array(repeating: 0, count: instants)
    for count in counts {
      sockets[Int(count.instant)] = count.sockets
      stayed[Int(count.instant)] = count.stayed
    }
    guard let rise = Growth.longestRise(sockets), rise.upperBound - rise.lowerBound >= 2 else {
      return nil
    }
    firstIndex = rise.lowerBound
    lastIndex = rise.upperBound
    first = sockets[firstIndex]
    last = sockets[lastIndex]
    let growth = last - first
    guard growth >= NightOptions.closeWaitGrowth, growth * 10 >= first else { return nil }
    var fallen = 0
    var before = 0
    var kept = 0
    for index in (firstIndex + 1)...lastIndex {
      fallen += max(0, sockets[index - 1] - sockets[index])
      before += sockets[index - 1]
      kept += stayed[index]
    }
    guard fallen * 5 <= growth + fallen, kept * 2 >= before else { return nil }
  }

  /// From a minimum to a later maximum, with the largest difference.
  private static func longestRise(_ counts: [Int]) -> ClosedRange<Int>? {
    var best: ClosedRange<Int>?
    var minimum = 0
    for index in counts.indices {
      if counts[index] < counts[minimum] { minimum = index }
      let height = best.map { counts[$0.upperBound] - counts[$0.lowerBound] } ?? 0
      if counts[index] - counts[minimum] > height { best = minimum...index }
    }
    return best
  }
}
