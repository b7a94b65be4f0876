import Support
import TCPModel

extension FrameDecoder {
  /// So many ICMP errors are kept; a capture full of them must not cost memory.
  private static let icmpLimit = 1 << 16

  /// Keeps an ICMP error that quotes a TCP header; the packet's source is in the batch's slot.
  ///
  ///     0   type, code
  ///     2   checksum
  ///     4   rest of the header: of "fragmentation needed" the MTU in the last two bytes (RFC 1191 4), of
  ///         "packet too big" in all four (RFC 4443 3.2)
  ///     8   the packet that it is about, as much of it as fits
  mutating func noteICMP(_ bytes: FrameBytes, isIPv6: Bool, _ batch: borrowing SegmentBatch) {
    guard bytes.byteCount >= 8, icmp.count < FrameDecoder.icmpLimit else { return }
    let code = bytes.uint8(at: 1)
    let kind: ICMPMessage.Kind
    switch (isIPv6, bytes.uint8(at: 0)) {
    case (false, 3) where code == 4: kind = .packetTooBig(mtu: UInt32(bytes.uint16(at: 6)))
    case (false, 3), (true, 1): kind = .unreachable
    case (false, 11), (true, 3): kind = .timeExceeded
    case (true, 2): kind = .packetTooBig(mtu: bytes.uint32(at: 4))
    default: return
    }
    guard let (source, destination) = FrameDecoder.quoted(bytes.dropping(8), isIPv6: isIPv6) else {
      return
    }
    if let log {
      log.isDeferred = true
      return
    }
    icmp.append(
      ICMPMessage(
        kind: kind, code: code, sender: batch.slot.pointee.key.low.address, time: lastTime,
        frame: frames, source: source, destination: destination))
  }

  /// The ends of a quoted TCP segment.
  private static func quoted(
    _ bytes: FrameBytes, isIPv6: Bool
  ) -> (source: Endpoint, destination: Endpoint)? {
    let headerLength: Int
    let addresses: (IPAddress, IPAddress)
    if isIPv6 {
      guard bytes.byteCount >= 44, bytes.uint8(at: 0) >> 4 == 6,
        bytes.uint8(at: 6) == IPProtocol.tcp
      else { return nil }
      headerLength = 40
      addresses = (
        IPAddress(ipv6: bytes.uint64(at: 8), bytes.uint64(at: 16)),
        IPAddress(ipv6: bytes.uint64(at: 24), bytes.uint64(at: 32))
      )
    } else {
      guard bytes.byteCount >= 24, bytes.uint8(at: 0) >> 4 == 4,
        bytes.uint8(at: 9) == IPProtocol.tcp,
        // Not a later fragment, which has no ports.
        bytes.uint16(at: 6) & 0x1FFF == 0
      else { return nil }
      headerLength = Int(bytes.uint8(at: 0) & 0xF) &* 4
      addresses = (IPAddress(ipv4: bytes.uint32(at: 12)), IPAddress(ipv4: bytes.uint32(at: 16)))
    }
    guard headerLength >= 20, bytes.byteCount >= headerLength &+ 4 else { return nil }
    return (
      Endpoint(address: addresses.0, port: bytes.uint16(at: headerLength)),
      Endpoint(address: addresses.1, port: bytes.uint16(at: headerLength &+ 2))
    )
  }
}
