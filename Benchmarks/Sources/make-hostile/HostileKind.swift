enum HostileKind: String, CaseIterable {
  /// Connections of 12 frames, one after another: what the others are measured by.
  case usual
  /// SYNs of as many hosts that are not answered.
  case synFlood = "syn-flood"
  /// Connections to as many servers that refuse them.
  case scan
  /// Single bytes of one connection in random order.
  case outOfOrder = "out-of-order"
  /// One connection with sequence numbers at random.
  case randomSequence = "random-sequence"
  /// First fragments of packets that never get their others.
  case fragments
  /// A segment behind 31 IPv4 headers.
  case nested
  /// One pair of endpoints that begins anew with every other frame.
  case portReuse = "port-reuse"
  /// Usual connections with times at random.
  case randomTimes = "random-times"
  /// One connection of requests and answers of one byte.
  case exchanges
  /// ACKs that repeat each other, with windows that close and open.
  case windows

  func write(_ frames: Int, to writer: inout FrameWriter) {
    switch self {
    case .usual: writeUsual(frames, to: &writer) { $0.time += 50 }
    case .randomTimes:
      writeUsual(frames, to: &writer) { $0.time = Int64($0.next(below: 2_000_000_000)) * 1_000 }
    case .synFlood:
      for number in 0..<frames {
        writer.time += 1
        writer.add(
          TCPSegment(
            client: UInt32(truncatingIfNeeded: 0x0A00_0000 + number / 50_000),
            clientPort: 1_024 + number % 50_000,
            sequence: UInt32(truncatingIfNeeded: writer.next()), flags: TCPSegment.syn))
      }
    case .scan:
      for number in 0..<frames / 2 {
        writer.time += 100
        let server = UInt32(truncatingIfNeeded: 0x0B00_0000 + number)
        writer.add(TCPSegment(server: server, sequence: 1_000, flags: TCPSegment.syn))
        writer.add(
          TCPSegment(
            server: server, isAnswer: true, acknowledgment: 1_001,
            flags: TCPSegment.rst | TCPSegment.ack))
      }
    case .outOfOrder:
      open(&writer)
      // A permutation of 2^k places: multiplied by an odd number.
      var span = 1
      while span < frames { span *= 2 }
      for number in 0..<span where number < frames * 2 {
        let place = (number &* 0x9E37_79B1) & (span - 1)
        if place >= frames { continue }
        writer.time += 1
        writer.add(segment(sequence: 1_001 + UInt32(place) + 1, payload: 1))
      }
    case .randomSequence:
      open(&writer)
      for _ in 0..<frames {
        writer.time += 1
        writer.add(segment(sequence: UInt32(truncatingIfNeeded: writer.next()), payload: 1))
      }
    case .fragments:
      for number in 0..<frames {
        writer.time += 1
        writer.add(
          TCPSegment(
            client: UInt32(truncatingIfNeeded: 0x0A00_0000 + number / 65_536), sequence: 1,
            payload: 44),
          fragment: 0x2000, identification: number & 0xFFFF)
      }
    case .nested:
      open(&writer)
      for number in 0..<frames {
        writer.time += 1
        writer.add(segment(sequence: 1_001 + UInt32(number), payload: 1), headers: 30)
      }
    case .portReuse:
      for number in 0..<frames / 2 {
        writer.time += 100
        let first = UInt32(truncatingIfNeeded: number * 1_000_003)
        writer.add(TCPSegment(sequence: first, flags: TCPSegment.syn))
        writer.add(
          TCPSegment(
            isAnswer: true, acknowledgment: first &+ 1, flags: TCPSegment.rst | TCPSegment.ack))
      }
    case .exchanges:
      open(&writer)
      for number in 0..<UInt32(frames / 2) {
        writer.time += 100
        writer.add(segment(sequence: 1_001 + number, acknowledgment: 5_001 + number, payload: 1))
        writer.time += 100
        writer.add(
          TCPSegment(
            isAnswer: true, sequence: 5_001 + number, acknowledgment: 1_002 + number,
            flags: TCPSegment.ack | TCPSegment.push, payload: 1))
      }
    case .windows:
      open(&writer)
      for number in 0..<frames {
        writer.time += 10
        writer.add(
          TCPSegment(
            isAnswer: true, sequence: 5_001, acknowledgment: 1_001,
            window: number % 3 == 0 ? 0 : 1_000 + number % 7))
      }
    }
  }

  private func segment(
    sequence: UInt32, acknowledgment: UInt32 = 5_001, payload: Int
  ) -> TCPSegment {
    TCPSegment(
      sequence: sequence, acknowledgment: acknowledgment, flags: TCPSegment.ack | TCPSegment.push,
      payload: payload)
  }

  private func open(_ writer: inout FrameWriter) {
    writer.add(TCPSegment(sequence: 1_000, flags: TCPSegment.syn))
    writer.add(
      TCPSegment(
        isAnswer: true, sequence: 5_000, acknowledgment: 1_001,
        flags: TCPSegment.syn | TCPSegment.ack))
    writer.add(TCPSegment(sequence: 1_001, acknowledgment: 5_001))
  }

  /// Handshake, a request, an answer of four segments, a close: 12 frames.
  private func writeUsual(
    _ frames: Int, to writer: inout FrameWriter, _ tick: (inout FrameWriter) -> Void
  ) {
    for number in 0..<max(1, frames / 12) {
      var base = TCPSegment(
        client: UInt32(truncatingIfNeeded: 0x0A00_0000 + number / 50_000),
        clientPort: 1_024 + number % 50_000)
      func add(
        _ isAnswer: Bool, _ flags: UInt8, _ sequence: UInt32, _ acknowledgment: UInt32,
        _ payload: Int = 0
      ) {
        base.isAnswer = isAnswer
        base.flags = flags
        base.sequence = sequence
        base.acknowledgment = acknowledgment
        base.payload = payload
        tick(&writer)
        writer.add(base)
      }
      let data = TCPSegment.ack | TCPSegment.push
      let end = TCPSegment.ack | TCPSegment.fin
      add(false, TCPSegment.syn, 1_000, 0)
      add(true, TCPSegment.syn | TCPSegment.ack, 5_000, 1_001)
      add(false, TCPSegment.ack, 1_001, 5_001)
      add(false, data, 1_001, 5_001, 100)
      for part in 0..<4 { add(true, data, 5_001 + UInt32(part) * 200, 1_101, 200) }
      add(false, TCPSegment.ack, 1_101, 5_801)
      add(false, end, 1_101, 5_801)
      add(true, end, 5_801, 1_102)
      add(false, TCPSegment.ack, 1_102, 5_802)
    }
  }
}
