import TCPModel

/// An upload as a TCP sender and a path would make it, seen at either end: what limits it is known by
/// construction.
struct UploadModel {
  enum Place { case sender, receiver }

  var roundTrip: Nanoseconds = 40_000_000
  /// So much longer than a round trip the opening takes.
  var openingDelay: Nanoseconds = 0
  var segment: Int64 = 1448
  /// What the receiver offers; it reads at once.
  var window: Int64 = 4_000_000
  /// The congestion window begins with ten segments and doubles each round trip up to this.
  var mostCongestionWindow: Int64 = 100_000_000
  /// What the socket takes: nothing is lost where it is full, nothing queues.
  var sendBuffer: Int64 = 100_000_000
  /// Bits a second of payload at the bottleneck; its queue is endless.
  var rate: Int64?
  /// Bits a second the sender paces itself to.
  var pacing: Int64?
  /// Segments in one that a host hands to its network card.
  var offload: Int64 = 1
  var hasTimestamps = true
  var countsPackets = true
  var hasNagle = false
  /// The receiver acknowledges every second segment, or after 40 ms.
  var delaysACKs = false
  /// When the application hands over how much.
  var writes: [(at: Nanoseconds, bytes: Int64)] = []

  private struct Event {
    var at: Nanoseconds
    var kind: Kind

    enum Kind {
      case write(Int64)
      case arrival(end: Int64, length: Int64, stamp: UInt32)
      case acknowledgment(Int64, stamp: UInt32, echo: UInt32)
      case delayedACK(Int64)
      case pace
    }
  }

  private static let client = Endpoint(address: IPAddress(ipv4: 0x0A00_0001), port: 40_000)
  private static let server = Endpoint(address: IPAddress(ipv4: 0x0A00_0002), port: 5001)
  private static let clientStamp: UInt32 = 70_000
  private static let serverStamp: UInt32 = 9_000_000

  /// The segments as the capture at one end has them, from the SYN to the acknowledged FIN.
  func segments(at place: Place) -> [Segment] {
    var seen: [Segment] = []
    var events = writes.map { Event(at: roundTrip + $0.at, kind: .write($0.bytes)) }
    let half = roundTrip / 2
    let total = writes.reduce(0) { $0 + $1.bytes }
    var (next, acknowledged, unsent): (Int64, Int64, Int64) = (1, 1, 0)
    var congestionWindow = min(10 * segment, mostCongestionWindow)
    var (lastArrival, lastPaced): (Nanoseconds, Nanoseconds) = (0, 0)
    var (received, unacknowledged): (Int64, Int64) = (1, 0)
    var (identification, echo): (UInt16, UInt32) = (100, UploadModel.serverStamp)
    var hasClosed = false
    var isPacing = false

    func stamp(_ at: Nanoseconds, _ base: UInt32) -> UInt32 {
      base &+ UInt32(truncatingIfNeeded: at / 1_000_000)
    }
    func see(
      _ at: Nanoseconds, fromClient: Bool, _ flags: TCPFlags, sequence: Int64, ack: Int64?,
      length: Int64 = 0, stamp: UInt32, echo: UInt32
    ) {
      let source = fromClient ? UploadModel.client : UploadModel.server
      let target = fromClient ? UploadModel.server : UploadModel.client
      let key = FlowKey(source: source, destination: target)
      let headers: Int64 = hasTimestamps ? 52 : 40
      var segment = Segment(
        key: key, from: key.low == source ? .low : .high,
        time: Timestamp(nanoseconds: 1_700_000_000_000_000_000 + at), frame: 0,
        sequence: SequenceNumber(UInt32(1_000 + sequence)),
        acknowledgment: SequenceNumber(ack.map { UInt32(1_000 + $0) } ?? 0), flags: flags,
        window: flags.contains(.syn)
          ? 65_535 : fromClient ? 501 : UInt16(clamping: window / 128),
        payloadLength: UInt32(length), ipLength: UInt32(headers + length))
      if hasTimestamps {
        segment.options.kinds.insert(.timestamps)
        segment.options.timestampValue = stamp
        segment.options.timestampEcho = echo
      }
      if flags.contains(.syn) {
        segment.options.kinds.insert([.mss, .windowScale])
        segment.options.mss = UInt16(self.segment + (hasTimestamps ? 12 : 0))
        segment.options.windowScale = 7
      }
      if fromClient, countsPackets {
        segment.ipIdentification = identification
        identification &+= 1
      }
      seen.append(segment)
    }
    func open() {
      let isSender = place == .sender
      let (a, b) = (stamp(0, UploadModel.clientStamp), stamp(half, UploadModel.serverStamp))
      let delay = openingDelay
      see(
        (isSender ? 0 : half) - delay, fromClient: true, .syn, sequence: 0, ack: nil, stamp: a,
        echo: 0)
      see(
        isSender ? roundTrip : half - delay, fromClient: false, .synACK, sequence: 0, ack: 1,
        stamp: b,
        echo: a)
      echo = b
      see(
        isSender ? roundTrip : roundTrip + half, fromClient: true, .ack, sequence: 1, ack: 1,
        stamp: stamp(roundTrip, UploadModel.clientStamp), echo: b)
    }
    func send(_ now: Nanoseconds) {
      while unsent > 0 || !hasClosed && next == total + 1 && unsent == 0 {
        if unsent == 0 {
          transmit(now, 0)
          return
        }
        let room = min(window, congestionWindow, sendBuffer) - (next - acknowledged)
        let length = min(unsent, segment * offload)
        if room < min(length, segment) { return }
        if hasNagle, length < segment, next > acknowledged { return }
        if isPacing { return }
        if let pacing {
          let free = lastPaced + length * 8_000_000_000 / pacing
          if free > now {
            isPacing = true
            events.append(Event(at: free, kind: .pace))
            return
          }
        }
        transmit(now, min(length, max(segment, room / segment * segment)))
        lastPaced = now
      }
    }
    func transmit(_ now: Nanoseconds, _ length: Int64) {
      unsent -= length
      let isLast = next + length == total + 1
      let bits = (length + 60) * 8
      let arrival = max(now + half, rate.map { lastArrival + bits * 1_000_000_000 / $0 } ?? 0)
      lastArrival = arrival
      let now1 = stamp(now, UploadModel.clientStamp)
      see(
        place == .sender ? now : arrival, fromClient: true,
        isLast ? [.ack, .psh, .fin] : .ack, sequence: next, ack: 1, length: length, stamp: now1,
        echo: echo)
      next += length + (isLast ? 1 : 0)
      hasClosed = hasClosed || isLast
      events.append(
        Event(at: arrival, kind: .arrival(end: next, length: length, stamp: now1)))
    }
    func answer(_ now: Nanoseconds, _ stampSeen: UInt32) {
      unacknowledged = 0
      let now1 = stamp(now, UploadModel.serverStamp)
      events.append(
        Event(at: now + half, kind: .acknowledgment(received, stamp: now1, echo: stampSeen)))
      see(
        place == .sender ? now + half : now, fromClient: false, .ack, sequence: 1, ack: received,
        stamp: now1, echo: stampSeen)
    }

    open()
    while let first = events.indices.min(by: { events[$0].at < events[$1].at }) {
      let event = events.remove(at: first)
      switch event.kind {
      case .write(let bytes): unsent += bytes
      case .pace: isPacing = false
      case .arrival(let end, let length, let stamp):
        received = end
        unacknowledged += 1
        if !delaysACKs || unacknowledged >= 2 || end > total {
          answer(event.at, stamp)
        } else {
          _ = length
          events.append(Event(at: event.at + 40_000_000, kind: .delayedACK(end)))
        }
        continue
      case .delayedACK(let end):
        if unacknowledged > 0, received == end {
          answer(event.at, 0 &+ stamp(event.at - 40_000_000, UploadModel.clientStamp))
        }
        continue
      case .acknowledgment(let number, let stamp, _):
        if number > acknowledged {
          congestionWindow = min(congestionWindow + number - acknowledged, mostCongestionWindow)
          acknowledged = number
          echo = stamp
        }
      }
      send(event.at)
    }
    seen.sort { $0.time < $1.time }
    for index in seen.indices { seen[index].frame = Int64(index + 1) }
    return seen
  }
}
