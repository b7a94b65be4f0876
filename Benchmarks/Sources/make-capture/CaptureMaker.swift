/// One step of a connection's life: when, who sends, what, and the relative sequence numbers.
struct Step {
  var time: Int64
  var fromClient: Bool
  var flags: UInt8
  var payload: Int
  var clientSent: UInt32
  var serverSent: UInt32
}

/// What to make.
struct Plan {
  var connections = 100_000
  /// Bytes of each request; a hello is no shorter.
  var request = 200
  /// Bytes of each response.
  var response = 2896
  var snapLength = 262_144
  /// Of the response segments, how many in a thousand are sent twice.
  var lossPerMille = 0
  /// Connections begun in a second.
  var rate = 2000
  var seed: UInt64 = 1
  /// All ports equal, and the two addresses of each flow with the same sum and the same exclusive or:
  /// every hash that takes a flow's ends alike gives one value for all.
  var isAlike = false
  /// Of a hundred connections, how many begin with TLS.
  var hellos = 0
}

private enum Flag {
  static let fin: UInt8 = 0x01
  static let syn: UInt8 = 0x02
  static let psh: UInt8 = 0x08
  static let ack: UInt8 = 0x10
}

extension Plan {
  static let segmentSize = 1448
  private static let roundTrip: Int64 = 20_000

  /// A whole lifecycle in microseconds: handshake, a request, the response with an ACK
  /// for every second segment, a close by the client in four segments.
  var steps: [Step] {
    let request = hellos > 0 ? max(request, TLSBytes.helloLength) : request
    var steps: [Step] = []
    var time: Int64 = 0
    var client: UInt32 = 0
    var server: UInt32 = 0
    func add(_ fromClient: Bool, _ flags: UInt8, _ payload: Int = 0, after delay: Int64 = 0) {
      steps.append(
        Step(
          time: time + delay, fromClient: fromClient, flags: flags, payload: payload,
          clientSent: client, serverSent: server))
    }
    let half = Plan.roundTrip / 2
    add(true, Flag.syn)
    time += half
    add(false, Flag.syn | Flag.ack)
    client = 1
    server = 1
    time += half
    add(true, Flag.ack)
    time += 100
    add(true, Flag.psh | Flag.ack, request)
    client += UInt32(request)
    time += half
    add(false, Flag.ack)
    time += 3000
    var rest = response
    var count = 0
    while rest > 0 {
      let size = min(Plan.segmentSize, rest)
      rest -= size
      count += 1
      add(false, rest == 0 ? Flag.psh | Flag.ack : Flag.ack, size)
      server &+= UInt32(size)
      time += 12
      if count % 2 == 0 || rest == 0 { add(true, Flag.ack, after: half) }
    }
    time += Plan.roundTrip
    add(true, Flag.fin | Flag.ack)
    client += 1
    time += half
    add(false, Flag.ack)
    time += 500
    add(false, Flag.fin | Flag.ack)
    server &+= 1
    time += half
    add(true, Flag.ack)
    return steps
  }
}

/// A packet to come: its time, its connection, its step.
private struct Pending {
  var time: Int64
  var connection: UInt32
  var step: UInt32
}

/// SplitMix64: small, fast, the same on every machine.
struct Random {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// Writes a classic pcap (Ethernet, IPv4, microseconds), connections interleaved by time.
struct CaptureMaker {
  let plan: Plan
  private let steps: [Step]
  private var random: Random
  private(set) var packets = 0
  private(set) var repeats = 0

  init(_ plan: Plan) {
    self.plan = plan
    steps = plan.steps
    random = Random(seed: plan.seed)
  }

  mutating func make(_ write: ([UInt8]) -> Void) {
    var buffer: [UInt8] = []
    buffer.reserveCapacity(1 << 22)
    buffer.appendLittle(0xA1B2_C3D4, 4)
    buffer.appendLittle(2, 2)
    buffer.appendLittle(4, 2)
    buffer.appendLittle(0, 8)
    buffer.appendLittle(262_144, 4)
    buffer.appendLittle(1, 4)
    var heap = Heap()
    for connection in 0..<plan.connections {
      // The next connection begins; everything due before is written first.
      let start = Int64(connection) * 1_000_000 / Int64(plan.rate)
      drain(&heap, until: start, &buffer, write)
      for (index, step) in steps.enumerated() {
        heap.push(
          Pending(
            time: start + step.time, connection: UInt32(connection), step: UInt32(index)))
        if step.payload > 0, !step.fromClient,
          random.next() % 1000 < UInt64(plan.lossPerMille)
        {
          repeats += 1
          heap.push(
            Pending(
              time: start + step.time + 200_000, connection: UInt32(connection),
              step: UInt32(index)))
        }
      }
    }
    drain(&heap, until: .max, &buffer, write)
    write(buffer)
  }

  private mutating func drain(
    _ heap: inout Heap, until time: Int64, _ buffer: inout [UInt8], _ write: ([UInt8]) -> Void
  ) {
    while let next = heap.first, next.time <= time {
      heap.pop()
      append(next, &buffer)
      packets += 1
      if buffer.count > 1 << 22 {
        write(buffer)
        buffer.removeAll(keepingCapacity: true)
      }
    }
  }

  private mutating func append(_ pending: Pending, _ buffer: inout [UInt8]) {
    let step = steps[Int(pending.step)]
    let connection = Int(pending.connection)
    let isSYN = step.flags & Flag.syn != 0
    let optionLength = isSYN ? 20 : 12
    let length = 14 + 20 + 20 + optionLength + step.payload
    let captured = min(length, plan.snapLength)
    buffer.appendLittle(UInt64(1_700_000_000 + pending.time / 1_000_000), 4)
    buffer.appendLittle(UInt64(pending.time % 1_000_000), 4)
    buffer.appendLittle(UInt64(captured), 4)
    buffer.appendLittle(UInt64(length), 4)
    let begin = buffer.count
    let hasTLS = step.payload > 0 && connection % 100 < plan.hellos
    buffer.appendBig(0, 12)
    buffer.appendBig(0x0800, 2)
    let client = UInt64(10 << 24 + (plan.isAlike ? connection : connection / 28_000))
    let server =
      plan.isAlike ? ~client & 0xFFFF_FFFF : UInt64(10 << 24 + 200 << 16 + connection % 16)
    buffer.appendBig(0x4500, 2)
    buffer.appendBig(UInt64(length - 14), 2)
    buffer.appendBig(0x0000_4000_4006_0000, 8)
    buffer.appendBig(step.fromClient ? client : server, 4)
    buffer.appendBig(step.fromClient ? server : client, 4)
    let clientPort = plan.isAlike ? 40_000 : UInt64(32_768 + connection % 28_000)
    buffer.appendBig(step.fromClient ? clientPort : 443, 2)
    buffer.appendBig(step.fromClient ? 443 : clientPort, 2)
    let clientISN = UInt32(truncatingIfNeeded: connection &* 2_654_435_761)
    let serverISN = UInt32(truncatingIfNeeded: connection &* 40_503 &+ 77_777)
    let sequence = step.fromClient ? clientISN &+ step.clientSent : serverISN &+ step.serverSent
    var acknowledgment =
      step.fromClient ? serverISN &+ step.serverSent : clientISN &+ step.clientSent
    if step.flags == Flag.syn { acknowledgment = 0 }
    if step.flags == Flag.syn | Flag.ack { acknowledgment = clientISN &+ 1 }
    buffer.appendBig(UInt64(sequence), 4)
    buffer.appendBig(UInt64(acknowledgment), 4)
    buffer.appendBig(UInt64((20 + optionLength) / 4) << 12 | UInt64(step.flags), 2)
    buffer.appendBig(502, 2)
    buffer.appendBig(0, 4)
    let stamp = UInt64(pending.time / 1000)
    if isSYN {
      buffer.appendBig(0x0204_05B4_0402_080A, 8)
      buffer.appendBig(stamp, 4)
      buffer.appendBig(0x0000_0000_0103_0307, 8)
    } else {
      buffer.appendBig(0x0101_080A, 4)
      buffer.appendBig(stamp, 4)
      buffer.appendBig(0, 4)
    }
    if hasTLS {
      buffer +=
        step.fromClient
        ? TLSBytes.clientRecords(connection, &random)
        : TLSBytes.serverRecords(isFirst: step.serverSent == 1, length: step.payload)
    }
    let written = buffer.count - begin
    if written > captured {
      buffer.removeLast(written - captured)
    } else {
      buffer.append(contentsOf: repeatElement(0, count: captured - written))
    }
  }
}

extension [UInt8] {
  mutating func appendLittle(_ value: UInt64, _ count: Int) {
    for index in 0..<count { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
  }

  mutating func appendBig(_ value: UInt64, _ count: Int) {
    for index in (0..<count).reversed() {
      append(index >= 8 ? 0 : UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
    }
  }
}

/// A binary heap of what is to come, the earliest first; equal times in the order of connections.
private struct Heap {
  private var items: [Pending] = []

  var first: Pending? { items.first }

  mutating func push(_ item: Pending) {
    items.append(item)
    var child = items.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard Heap.isBefore(items[child], items[parent]) else { return }
      items.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() {
    guard let last = items.popLast(), !items.isEmpty else { return }
    items[0] = last
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < items.count {
        if Heap.isBefore(items[child], items[smallest]) { smallest = child }
      }
      guard smallest != parent else { return }
      items.swapAt(parent, smallest)
      parent = smallest
    }
  }

  private static func isBefore(_ left: Pending, _ right: Pending) -> Bool {
    if left.time != right.time { return left.time < right.time }
    if left.connection != right.connection { return left.connection < right.connection }
    return left.step < right.step
  }
}
