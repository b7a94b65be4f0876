import TCPModel

/// Fragments of IP packets that wait for the rest (RFC 791 3.2, RFC 8200 4.5).
///
/// Memory is bounded: when too much waits, the oldest goes. A value, so that a `CapturePosition`
/// can hold it.
struct FragmentStore: Sendable {
  struct Key: Hashable, Sendable {
    var source: IPAddress
    var destination: IPAddress
    var identification: UInt32
    /// Of IPv4; a fragment header of IPv6 tells the same for all fragments of a packet.
    var transport: UInt8
  }

  struct Fragment: BitwiseCopyable {
    /// In bytes.
    var offset: Int
    var hasMore: Bool
    /// All of it was captured.
    var isWhole: Bool
    /// What the packet carries; the first fragment's word counts.
    var transport: UInt8
    var time: Timestamp
  }

  struct Packet: Sendable {
    var bytes: [UInt8] = []
    var transport: UInt8 = 0
    fileprivate var received: [Range<Int>] = []
    fileprivate var length: Int?
    fileprivate var firstTime: Timestamp
    fileprivate var serial = 0

    fileprivate var isComplete: Bool {
      length.map { received == [0..<$0] } ?? false
    }
  }

  static let maximumBytes = 8 * 1024 * 1024
  /// Fragments that may come without completing a packet. Beyond it, as in a flood, only one packet
  /// in 16 is put together, until packets are completed again.
  static let patience = 100_000
  /// Separate parts of one packet. More come of an attack on the reader alone, which would spend
  /// its time on the list.
  static let maximumParts = 64
  /// RFC 8200 4.5; identifications come round again.
  private static let maximumAge: Nanoseconds = 60_000_000_000

  private var waiting: [Key: Packet] = [:]
  private var waitingBytes = 0
  /// In the order of arrival; some may be complete and gone.
  private var order: [(key: Key, serial: Int)] = []
  private var orderStart = 0
  private var serial = 0
  private var credit = FragmentStore.patience

  /// Adds a fragment, all of it captured; the packet when it is complete.
  mutating func add(_ fragment: Fragment, _ payload: RawSpan, for key: Key) -> Packet? {
    let end = fragment.offset + payload.byteCount
    guard end <= 65_535, credit > 0 || key.identification & 0xF == 0 else { return nil }
    credit = max(0, credit - 1)
    var packet = take(key, at: fragment.time)
    if packet.bytes.count < end {
      packet.bytes += [UInt8](repeating: 0, count: end - packet.bytes.count)
    }
    payload.withUnsafeBytes { source in
      packet.bytes.withUnsafeMutableBytes { target in
        if !source.isEmpty { target[fragment.offset..<end].copyBytes(from: source) }
      }
    }
    packet.mark(fragment.offset..<end)
    if fragment.offset == 0 { packet.transport = fragment.transport }
    if !fragment.hasMore { packet.length = end }
    if packet.isComplete {
      credit = min(FragmentStore.patience, credit + 64)
      return packet
    }
    if packet.received.count <= FragmentStore.maximumParts { keep(packet, for: key) }
    return nil
  }

  /// Takes out what waits under the key, or begins anew.
  private mutating func take(_ key: Key, at time: Timestamp) -> Packet {
    if let packet = waiting.removeValue(forKey: key) {
      waitingBytes -= packet.cost
      if time.since(packet.firstTime).magnitude <= FragmentStore.maximumAge.magnitude {
        return packet
      }
    }
    return Packet(firstTime: time)
  }

  private mutating func keep(_ packet: Packet, for key: Key) {
    var packet = packet
    if packet.serial == 0 {
      serial += 1
      packet.serial = serial
      order.append((key, serial))
    }
    waitingBytes += packet.cost
    waiting[key] = packet
    while waitingBytes > FragmentStore.maximumBytes, orderStart < order.count {
      let oldest = order[orderStart]
      orderStart += 1
      if let candidate = waiting[oldest.key], candidate.serial == oldest.serial {
        waitingBytes -= candidate.cost
        waiting[oldest.key] = nil
      }
    }
    forgetTheGone()
  }

  /// Keeps the list in proportion to what waits.
  private mutating func forgetTheGone() {
    guard order.count > 2 * waiting.count + 1024 else { return }
    order = order[orderStart...].filter { waiting[$0.key]?.serial == $0.serial }
    orderStart = 0
  }
}

extension FragmentStore.Packet {
  /// Bytes, with what the tables around them take.
  fileprivate var cost: Int { bytes.count + 256 }

  fileprivate mutating func mark(_ range: Range<Int>) {
    var merged = range
    received.removeAll { known in
      guard known.upperBound >= merged.lowerBound, known.lowerBound <= merged.upperBound else {
        return false
      }
      merged = min(known.lowerBound, merged.lowerBound)..<max(known.upperBound, merged.upperBound)
      return true
    }
    received.append(merged)
  }
}

extension FrameDecoder {
  /// A fragment of an IP packet whose addresses are in the batch's slot. The segment belongs to
  /// the frame that completes the packet. A fragment that was not captured whole cannot be joined;
  /// if it is the first, it still shows the TCP header.
  mutating func decodeFragment(
    _ fragment: FragmentStore.Fragment, identification: UInt32, transport: UInt8,
    _ bytes: FrameBytes, headerLength: Int, into batch: inout SegmentBatch
  ) -> FragmentOutcome {
    guard fragment.isWhole else { return fragment.offset == 0 ? .decodeAlone : .waits }
    if let log {
      log.isDeferred = true
      return .waits
    }
    let key = FragmentStore.Key(
      source: batch.slot.pointee.key.low.address,
      destination: batch.slot.pointee.key.high.address,
      identification: identification, transport: transport)
    guard let packet = fragments.add(fragment, bytes.captured, for: key) else { return .waits }
    batch.slot.pointee.ipLength = UInt32(clamping: headerLength + packet.bytes.count)
    return .complete(packet)
  }
}

/// What became of a fragment.
enum FragmentOutcome {
  case waits
  case decodeAlone
  case complete(FragmentStore.Packet)
}
