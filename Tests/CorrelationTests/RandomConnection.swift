import Support
import TCPModel
import TestSupport

/// A made-up connection as a capture point near the client would see it, with its truth.
struct RandomConnection {
  private(set) var segments: [Segment] = []
  /// Both ends sent a FIN.
  private(set) var isClosed = false
  /// Neither a FIN nor an RST was sent.
  private(set) var isOpen = true

  private let key: FlowKey
  private let client: End
  private let hasTimestamps: Bool
  private let hasIdentification: Bool
  private var next: PerSide<UInt32>
  private var now: Int64
  private var identification: UInt16 = 1
  private var random: SeededGenerator

  init(seed: UInt64, number: UInt16, start: Int64 = 1_700_000_000_000_000_000) {
    random = SeededGenerator(seed: seed &+ UInt64(number) &* 0x1234_5678_9ABC_DEF1)
    let client = Endpoint(address: IPAddress(ipv4: 0x0A00_0001), port: 10_000 &+ number)
    let server = Endpoint(
      address: random.once(in: 2) ? IPAddress(ipv4: 0x0A00_0002) : IPAddress(ipv4: 0x0900_0002),
      port: 80)
    key = FlowKey(source: client, destination: server)
    self.client = FlowKey.end(of: client, to: server)
    hasTimestamps = random.once(in: 2)
    hasIdentification = random.once(in: 2)
    next = PerSide(
      client: UInt32.random(in: 0...UInt32.max, using: &random),
      server: random.once(in: 4) ? 0xFFFF_FF00 : UInt32.random(in: 1...UInt32.max, using: &random))
    now = start + Int64(random.number(0...5_000_000_000))
    if open() {
      for _ in 0..<random.number(0...4) { exchange() }
      close()
    }
  }

  /// The same connection with the addresses changed round.
  static func mirrored(_ segments: [Segment]) -> [Segment] {
    segments.map { segment in
      var copy = segment
      copy.key.low.address = segment.key.high.address
      copy.key.high.address = segment.key.low.address
      copy.key = FlowKey(
        source: Endpoint(address: segment.key.high.address, port: segment.key.low.port),
        destination: Endpoint(address: segment.key.low.address, port: segment.key.high.port))
      copy.from = segment.from.other
      return copy
    }
  }

  // MARK: What happens

  private mutating func wait(_ microseconds: ClosedRange<Int>) {
    now += Int64(random.number(microseconds)) * 1000
  }

  private mutating func send(
    _ side: Side, _ flags: TCPFlags, length: UInt32 = 0, back: UInt32 = 0, window: UInt16 = 60_000
  ) {
    let end = side == .client ? client : client.other
    var segment = Segment(
      key: key, from: end, time: Timestamp(nanoseconds: now),
      frame: Int64(segments.count + 1), sequence: SequenceNumber(next[side] &- back),
      acknowledgment: SequenceNumber(flags.contains(.ack) ? next[side.peer] : 0), flags: flags,
      window: window, payloadLength: length, ipLength: 40 + length)
    if hasTimestamps {
      segment.options.kinds.insert(.timestamps)
      segment.options.timestampValue = UInt32(truncatingIfNeeded: now / 1_000_000)
    }
    if hasIdentification {
      identification &+= 1
      segment.ipIdentification = identification
    }
    if flags == .ack, length == 0, back == 0, segments.last.map({ isTwin($0, segment) }) ?? false {
      return
    }
    segment.ttl = side == .client ? 64 : 57
    if flags.contains(.syn) {
      segment.options.kinds.formUnion([.mss, .windowScale])
      segment.options.mss = 1460
      segment.options.windowScale = 7
    }
    segments.append(segment)
    if back == 0 { next[side] &+= segment.sequenceLength }
  }

  /// A bare ACK that differs from the one before in nothing but a moment: no kernel sends it, and
  /// nobody could tell it from a copy.
  private func isTwin(_ last: Segment, _ next: Segment) -> Bool {
    last.from == next.from && last.flags == next.flags && last.payloadLength == 0
      && last.acknowledgment == next.acknowledgment && next.ipIdentification == 0
      && last.options.timestampValue == next.options.timestampValue
  }

  /// Says whether the connection came to be.
  private mutating func open() -> Bool {
    send(.client, .syn)
    for _ in 0..<(random.once(in: 4) ? random.number(1...3) : 0) {
      wait(900_000...3_000_000)
      send(.client, .syn, back: 1)
    }
    if random.once(in: 12) { return false }
    wait(100...40_000)
    if random.once(in: 12) {
      send(.server, [.rst, .ack])
      isOpen = false
      return false
    }
    if random.once(in: 15) {
      send(.server, .syn)
      send(.client, [.syn, .ack], back: 1)
      wait(100...40_000)
      send(.server, [.syn, .ack], back: 1)
    } else {
      send(.server, [.syn, .ack])
      if random.once(in: 10) {
        wait(900_000...1_100_000)
        send(.server, [.syn, .ack], back: 1)
      }
    }
    wait(10...40_000)
    send(.client, .ack)
    return true
  }

  private mutating func exchange() {
    wait(10...2_000_000)
    burst(from: .client, random.number(1...4))
    wait(100...900_000)
    burst(from: .server, random.number(1...8))
    if random.once(in: 6) {
      wait(8_000_000...60_000_000)
      send(.client, .ack, back: 1)
      wait(100...40_000)
      send(.server, .ack)
    }
  }

  private mutating func burst(from side: Side, _ count: Int) {
    for _ in 0..<count {
      let length = UInt32(random.number(1...1460))
      send(side, [.psh, .ack], length: length)
      wait(1...3000)
      if random.once(in: 8) {
        wait(1000...400_000)
        send(side, [.psh, .ack], length: length, back: length)
      }
      if random.once(in: 2) {
        wait(100...40_000)
        send(side.peer, .ack, window: random.once(in: 10) ? 0 : 60_000)
      }
    }
    wait(100...40_000)
    send(side.peer, .ack)
  }

  private mutating func close() {
    wait(10...1_000_000)
    let side: Side = random.once(in: 2) ? .client : .server
    switch random.number(0...6) {
    case 0:
      return
    case 1:
      send(side, [.rst, .ack])
      isOpen = false
      return
    case 2:
      send(side, [.fin, .ack])
      wait(10...40_000)
      send(side.peer, .ack)
      isOpen = false
      return
    case 3:
      send(side, [.fin, .ack])
      send(side.peer, [.fin, .ack])
      wait(10...40_000)
      send(side, .ack)
      send(side.peer, .ack)
    case 4:
      send(side, [.fin, .ack])
      wait(10...40_000)
      send(side.peer, [.fin, .ack])
      send(side, .ack)
    default:
      send(side, [.fin, .ack])
      wait(10...40_000)
      send(side.peer, .ack)
      wait(10...2_000_000)
      send(side.peer, [.fin, .ack])
      send(side, .ack)
    }
    isOpen = false
    isClosed = true
  }
}

/// What a bad capture does to segments.
enum Damage: CaseIterable {
  case none, shuffled, reordered, duplicated, cutOptions, damagedHeaders, firstThirdMissing
  case thinned, all

  func applied(to segments: [Segment], _ random: inout SeededGenerator) -> [Segment] {
    var result: [Segment]
    switch self {
    case .none: result = segments
    case .shuffled: result = Damage.shuffle(segments, &random)
    case .reordered:
      result = Damage.shuffle(segments, &random)
      for index in result.indices { result[index].time = segments[index].time }
    case .duplicated:
      result = []
      for segment in segments {
        result.append(segment)
        guard random.once(in: 3) else { continue }
        var copy = segment
        copy.time = copy.time.advanced(by: Int64(random.number(0...500_000)))
        result.append(copy)
      }
      result.sort { $0.time < $1.time }
    case .cutOptions:
      result = segments
      for index in result.indices {
        result[index].options = TCPOptions()
        result[index].options.kinds = .cut
      }
    case .damagedHeaders:
      result = segments
      for index in result.indices where random.once(in: 4) {
        result[index].isHeaderDamaged = true
        result[index].window = 0
        if random.once(in: 2) { result[index].acknowledgment = SequenceNumber(0) }
        if random.once(in: 2) { result[index].flags = [] }
      }
    case .firstThirdMissing: result = Array(segments.dropFirst(segments.count / 3))
    case .thinned: result = segments.filter { _ in !random.once(in: 5) }
    case .all:
      result = segments
      for one in [Damage.thinned, .firstThirdMissing, .duplicated, .damagedHeaders, .shuffled] {
        result = one.applied(to: result, &random)
      }
    }
    for index in result.indices { result[index].frame = Int64(index + 1) }
    return result
  }

  /// Nothing moves by more than three places.
  private static func shuffle(_ segments: [Segment], _ random: inout SeededGenerator) -> [Segment] {
    var places = segments.indices.map { ($0 * 2 + random.number(0...6), $0) }
    places.sort { $0 < $1 }
    return places.map { segments[$0.1] }
  }
}
