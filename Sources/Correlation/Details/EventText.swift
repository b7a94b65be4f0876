import TCPModel

extension EventKind {
  /// One sentence about a segment of this kind, with its numbers (relative sequence numbers).
  func text(for segment: SegmentDetail) -> String {
    let end = segment.sequence + segment.payload
    let range = "\(segment.sequence):\(end) (\(segment.payload) bytes)"
    let ack = segment.acknowledgment.map { "ACK \($0)" } ?? "no ACK"
    switch self {
    case .retransmission where segment.payload == 0:
      return "\(segment.flags.names.joined(separator: "/")) sent again"
    case .retransmission: return "\(range) sent again"
    case .fastRetransmission: return "\(range) sent again after duplicate ACKs"
    case .spuriousRetransmission: return "\(range) sent again though already acknowledged"
    case .outOfOrder: return "\(range) came later than what follows it"
    case .duplicateACK: return "\(ack) repeated\(segment.selectiveNote)"
    case .previousSegmentLost:
      return "a segment before sequence \(segment.sequence) was not captured"
    case .ackedUnseen: return "\(ack) acknowledges data that was not captured"
    case .keepAlive: return "keep-alive probe at sequence \(segment.sequence)"
    case .keepAliveACK: return "\(ack) answers a keep-alive probe"
    case .zeroWindow: return "window 0: the sender must stop"
    case .zeroWindowProbe: return "one byte at sequence \(segment.sequence) probes a zero window"
    case .zeroWindowProbeACK: return "\(ack), window still 0, answers a probe"
    case .windowFull: return "\(range) fills the receiver's window"
    case .windowUpdate: return "window is now \(segment.window) bytes"
    case .duplicateFrame: return "the same frame was captured before"
    case .challengeACK: return "\(ack) challenges what came before it (RFC 5961)"
    case .ambiguous: return "\(range) is late or sent again: nothing in it decides"
    case .synRetransmission: return "SYN sent again"
    case .synACKRetransmission: return "SYN/ACK sent again"
    case .rst: return "RST at sequence \(segment.sequence)"
    case .unacceptableRST:
      return "RST at sequence \(segment.sequence) is not what RFC 5961 accepts; no state changed"
    case .idle: return "nothing was sent"
    case .icmp: return "ICMP"
    case .midstreamStart: return "the capture begins in the middle of this connection"
    case .portReused: return "the same addresses and ports were used before"
    case .headerDamaged: return "the TCP header is cut or damaged"
    case .clockBackwards: return "captured earlier than the segment before it"
    }
  }
}

extension SegmentDetail {
  /// What the first SACK block tells the sender, if there is one.
  fileprivate var selectiveNote: String {
    guard let acknowledgment, options.sackCount > 0 else { return "" }
    let block = options.sack[0]
    let base = SequenceNumber(rawAcknowledgment)
    let left = acknowledgment + Int64(base.distance(to: block.left))
    let right = acknowledgment + Int64(base.distance(to: block.right))
    if right <= acknowledgment { return ": \(left):\(right) arrived twice (D-SACK, RFC 2883)" }
    return ": \(left):\(right) arrived, but not what is before it (SACK)"
  }
}
