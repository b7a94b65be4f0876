import TCPModel
import TestSupport
import Testing

@testable import Paths

/// Captures that somebody made so that joining them takes long, or more memory than they are worth.
@Suite struct HostilePairTests {
  @Test func aCaptureAgainstAShuffledOne() {
    var random = SeededGenerator(seed: 7)
    var points = TwoPoints()
    points.connections = 20
    points.bursts = 60
    points.make(&random)
    var second = points.second.shuffled(using: &random)
    for index in second.indices { second[index].frame = Int64(index + 1) }
    let clock = ContinuousClock()
    var joined: Joined?
    let time = clock.measure { joined = Joined([points.first, second]) }
    #expect(time < .seconds(30))
    // Every segment is accounted for, whatever is said of it.
    let sent = joined?.sum { $0.matched + $0.lost + $0.unknown } ?? 0
    #expect(sent > 0)
  }

  /// SYNs to one server, each of a client of its own, which the other point has not.
  private func syns(
    _ count: Int, at point: UInt16, _ complete: (inout Segment, Int) -> Void
  ) -> [Segment] {
    let server = Endpoint(address: IPAddress(ipv4: 0x0B00_0001), port: 443)
    return (0..<count).map { number in
      let client = Endpoint(
        address: IPAddress(ipv4: 0x0A00_0000 + UInt32(point) << 20 + UInt32(number)), port: 40_000)
      var segment = Segment(
        key: FlowKey(source: client, destination: server),
        from: FlowKey.isOrdered(client, server) ? .low : .high,
        time: Timestamp(nanoseconds: 1_000_000_000 + Int64(number) * 1000),
        frame: Int64(number + 1), sequence: SequenceNumber(0), acknowledgment: SequenceNumber(0),
        flags: .syn, window: 500, payloadLength: 0, ipLength: 52)
      segment.capture = point
      complete(&segment, number)
      return segment
    }
  }

  @Test func manyConnectionsWithoutCounterparts() {
    func segments(_ point: UInt16) -> [Segment] {
      syns(60_000, at: point) { segment, number in
        segment.sequence = SequenceNumber(UInt32(number &* 7919) &+ UInt32(point))
        // All look alike but for their numbers.
        segment.ipIdentification = 1
      }
    }
    let clock = ContinuousClock()
    var joined: Joined?
    let time = clock.measure { joined = Joined([segments(0), segments(1)]) }
    #expect(joined?.paths.count == 0)
    #expect(joined?.unmatched.count == 120_000)
    #expect(time < .seconds(60))
  }

  /// Of so many SYNs some have the same time stamp or identification by chance.
  @Test(arguments: [false, true])
  func chanceMakesNoPairs(hasTimestamps: Bool) {
    var random = SeededGenerator(seed: 11)
    func segments(_ point: UInt16) -> [Segment] {
      syns(3000, at: point) { segment, _ in
        segment.sequence = SequenceNumber(UInt32.random(in: 0...UInt32.max, using: &random))
        segment.ipIdentification = UInt16.random(in: 1...UInt16.max, using: &random)
        guard hasTimestamps else { return }
        segment.options.kinds = .timestamps
        segment.options.timestampValue = UInt32.random(in: 0...UInt32.max, using: &random)
      }
    }
    let joined = Joined([segments(0), segments(1)])
    #expect(joined.paths.isEmpty)
    #expect(joined.unmatched.count == 6000)
    #expect(!joined.unmatched.contains(.ambiguous))
  }

  @Test func connectionsThatAllLookAlikeAreNotGuessed() {
    // The same SYN again and again, from other ports at each point.
    func segments(_ point: UInt16) -> [Segment] {
      (0..<2000).map { number in
        let client = Endpoint(
          address: IPAddress(ipv4: 0x0A00_0001), port: UInt16(number + 2000 + Int(point) * 20_000))
        let server = Endpoint(address: IPAddress(ipv4: 0x0B00_0001), port: 443)
        var segment = Segment(
          key: FlowKey(source: client, destination: server),
          from: FlowKey.isOrdered(client, server) ? .low : .high,
          time: Timestamp(nanoseconds: 1_000_000_000 + Int64(number) * 1000),
          frame: Int64(number + 1), sequence: SequenceNumber(77), acknowledgment: SequenceNumber(0),
          flags: .syn, window: 500, payloadLength: 0, ipLength: 52)
        segment.capture = point
        segment.ipIdentification = 1
        return segment
      }
    }
    let joined = Joined([segments(0), segments(1)])
    #expect(joined.paths.isEmpty)
    #expect(joined.unmatched.contains(.ambiguous))
  }
}
