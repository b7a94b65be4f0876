/// Bytes as what two ends do in a transfer, each step a kind (1), a number (1) and a time (1): trains of
/// full segments, some of which get lost, what is acknowledged and when, windows that close and open.
struct TransferScript {
  private var pcap = PcapWriter(linkType: 101)
  private var time: Int64 = 0
  private var sent: UInt32 = 1001
  private var acknowledged: UInt32 = 1001
  /// Sent and not captured at the receiver.
  private var lost: [UInt32] = []
  private var window: UInt16 = 512
  private var pause: Int64 = 10_000
  private static let length = 1448

  var capture: [UInt8] { pcap.bytes }

  init(_ bytes: UnsafeRawBufferPointer) {
    open()
    // So much that a run takes milliseconds.
    for start in stride(from: 0, to: min(bytes.count, 1200) - 2, by: 3) {
      take(bytes[start] % 16, Int(bytes[start + 1]), Int64(bytes[start + 2]))
    }
  }

  private mutating func open() {
    var syn = ScriptSegment(
      sequence: 1000, flags: 2, window: 64_240, options: ScriptSegment.synOptions)
    add(syn)
    syn.side = 1
    syn.sequence = 5000
    syn.acknowledgment = 1001
    syn.flags = 0x12
    time += pause
    add(syn)
    add(ScriptSegment(sequence: 1001, acknowledgment: 5001))
  }

  private mutating func add(_ segment: ScriptSegment) { pcap.add(segment, microseconds: time) }

  private mutating func take(_ kind: UInt8, _ number: Int, _ wait: Int64) {
    time += wait * 20
    switch kind {
    case 0, 1, 2: send(number / 4 + 1, losing: kind == 2)
    case 3, 4, 5: acknowledge(upTo: sent)
    case 6: acknowledge(upTo: acknowledged &+ (sent &- acknowledged) / 2)
    case 7:
      window = UInt16(number) &* 8
      acknowledge(upTo: acknowledged)
    case 8: for _ in 0..<number % 16 { acknowledge(upTo: acknowledged, blocks: true) }
    case 9: again(from: lost.isEmpty ? acknowledged : lost.removeFirst())
    case 10: time += Int64(number) * 10_000
    case 11: pause = Int64(number) * 1000
    case 12:
      add(ScriptSegment(sequence: sent, acknowledgment: 5001, flags: 0x11))
      sent &+= 1
    case 13: add(ScriptSegment(side: number & 1, sequence: sent, flags: 4))
    case 14: time -= Int64(number) * 1000
    default:
      // A probe, a keep-alive or an urgent byte.
      add(ScriptSegment(sequence: sent &- 1, acknowledgment: 5001, payload: [UInt8(number & 1)]))
    }
  }

  private mutating func send(_ count: Int, losing: Bool) {
    for number in 0..<count {
      let segment = ScriptSegment(
        sequence: sent, acknowledgment: 5001, flags: number + 1 == count ? 0x18 : 0x10,
        missing: Self.length)
      if losing, number == count / 2 { lost.append(sent) } else { add(segment) }
      time += 12
      sent &+= UInt32(Self.length)
    }
  }

  private mutating func again(from sequence: UInt32) {
    add(ScriptSegment(sequence: sequence, acknowledgment: 5001, missing: Self.length))
  }

  private mutating func acknowledge(upTo number: UInt32, blocks: Bool = false) {
    time += pause
    acknowledged = number
    var segment = ScriptSegment(
      side: 1, sequence: 5001, acknowledgment: number, window: window)
    if blocks {
      segment.options =
        [1, 1, 5, 10] + bigEndian(number &+ UInt32(Self.length)) + bigEndian(sent)
    }
    add(segment)
  }
}
