import TCPModel

/// When something left its sender and reached its receiver, as far as one capture tells.
public struct Flight: Sendable, Hashable {
  public var departure: Nanoseconds
  public var arrival: Nanoseconds
}

/// Estimates flights so that no answer leaves before what it answers has arrived, and nothing
/// overtakes on the way.
struct FlightEstimate {
  struct Entry {
    var at: Nanoseconds
    var from: Side
    /// Relative; nil without the ACK flag.
    var acknowledgment: Int64?
    /// The first sequence number after it; nil when it takes no sequence space.
    var sequenceEnd: Int64?
    /// Nothing answers an RST.
    var isRST = false
  }

  /// More segments in flight than this are not searched for the one that is answered.
  private static let searchDepth = 256

  static func flights(_ entries: [Entry], _ delays: PathDelays) -> [Flight] {
    var flights = entries.map { entry in
      Flight(
        departure: entry.at.less(delays.toward[entry.from]),
        arrival: entry.at.plus(delays.toward[entry.from.peer]))
    }
    for side in Side.allCases where delays.toward[side] > 0 {
      reconcile(&flights, entries, side, delay: delays.toward[side])
    }
    return flights
  }

  /// At one endpoint: what answers a segment faster than the estimated trip allows meets it halfway.
  private static func reconcile(
    _ flights: inout [Flight], _ entries: [Entry], _ side: Side, delay: Nanoseconds
  ) {
    var arrivals = Arrivals(delay: delay)
    var earliestDeparture = Nanoseconds.min
    for index in entries.indices {
      guard entries[index].from == side else {
        arrivals.add(index, entries[index])
        continue
      }
      if let cause = arrivals.cause(of: entries[index], entries) {
        let caused = entries[arrivals.all[cause]].at
        let meeting = caused.plus(entries[index].at.less(caused) / 2)
        earliestDeparture = max(earliestDeparture, meeting)
        for earlier in arrivals.all[...cause].reversed() {
          guard flights[earlier].arrival > meeting else { break }
          flights[earlier].arrival = max(meeting, entries[earlier].at)
        }
      }
      flights[index].departure = min(
        entries[index].at, max(flights[index].departure, earliestDeparture))
    }
  }

  /// What one endpoint received so far, in the order of time.
  private struct Arrivals {
    let delay: Nanoseconds
    private(set) var all: [Int] = []
    /// Places in `all` of those that take sequence space, and of those that do not.
    private var full: [Int] = []
    private var bare: [Int] = []
    /// The lowest sequence end in every block of `full`: what leaps over a whole one.
    private var lowest: [Int64] = []
    private static let block = 16
    /// As many of `bare` are so old that the next entry may answer them.
    private var due = 0

    init(delay: Nanoseconds) { self.delay = delay }

    mutating func add(_ index: Int, _ entry: Entry) {
      all.append(index)
      if entry.isRST { return }
      guard let end = entry.sequenceEnd else {
        bare.append(all.count - 1)
        return
      }
      if full.count % Self.block == 0 {
        lowest.append(end)
      } else {
        lowest[lowest.count - 1] = min(lowest[lowest.count - 1], end)
      }
      full.append(all.count - 1)
    }

    /// The place of the latest arrival that the entry answers, when there was less than a round trip
    /// for it: one that it acknowledges, or one without data (a probe) when the trip is missing by a
    /// little only.
    mutating func cause(of entry: Entry, _ entries: [Entry]) -> Int? {
      guard let acknowledgment = entry.acknowledgment else { return nil }
      func age(_ place: Int) -> Nanoseconds { entry.at.less(entries[all[place]].at) }
      func isRecent(_ place: Int) -> Bool {
        place >= all.count - FlightEstimate.searchDepth && age(place).less(delay) < delay
      }
      while due < bare.count, age(bare[due]) >= delay / 5 &* 8 { due += 1 }
      let cause = due > 0 && isRecent(bare[due - 1]) ? bare[due - 1] : nil
      var next = full.count - 1
      while next >= 0 {
        let place = full[next]
        guard place > cause ?? -1, isRecent(place) else { break }
        if lowest[next / Self.block] > acknowledgment {
          next = next / Self.block * Self.block - 1
          continue
        }
        if let end = entries[all[place]].sequenceEnd, end <= acknowledgment { return place }
        next -= 1
      }
      return cause
    }
  }
}
