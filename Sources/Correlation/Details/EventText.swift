import TCPModel

extension EventKind {
  /// One sentence about a segment of this kind, with its numbers (relative sequence numbers).
  func wording(for segment: SegmentDetail) -> Wording {
    let first = Wording.Value.digits(segment.sequence)
    func range(_ key: String) -> Wording {
      Wording(
        key,
        [
          "first": first, "last": .digits(segment.sequence + segment.payload),
          "bytes": .digits(segment.payload),
        ])
    }
    func ack(_ key: String) -> Wording { Wording(key, ["ack": segment.ackWords]) }
    switch self {
    case .retransmission where segment.payload == 0:
      return Wording(
        "event.retransmission.flags",
        ["flags": .text(segment.flags.names.joined(separator: "/"))])
    case .retransmission: return range("event.retransmission")
    case .fastRetransmission: return range("event.fast_retransmission")
    case .spuriousRetransmission: return range("event.spurious_retransmission")
    case .outOfOrder: return range("event.out_of_order")
    case .duplicateACK: return segment.repeatedACK
    case .previousSegmentLost: return Wording("event.previous_segment_lost", ["first": first])
    case .ackedUnseen: return ack("event.acked_unseen")
    case .keepAlive: return Wording("event.keep_alive", ["first": first])
    case .keepAliveACK: return ack("event.keep_alive_ack")
    case .zeroWindow: return Wording("event.zero_window")
    case .zeroWindowProbe: return Wording("event.zero_window_probe", ["first": first])
    case .zeroWindowProbeACK: return ack("event.zero_window_probe_ack")
    case .windowFull: return range("event.window_full")
    case .windowUpdate: return Wording("event.window_update", ["bytes": .digits(segment.window)])
    case .duplicateFrame: return Wording("event.duplicate_frame")
    case .challengeACK: return ack("event.challenge_ack")
    case .ambiguous: return range("event.ambiguous")
    case .synRetransmission: return Wording("event.syn_retransmission")
    case .synACKRetransmission: return Wording("event.syn_ack_retransmission")
    case .rst: return Wording("event.rst", ["first": first])
    case .unacceptableRST: return Wording("event.unacceptable_rst", ["first": first])
    case .idle: return Wording("event.idle")
    // Messages are no segments; `ICMPIndex` has their words.
    case .icmp: return Wording(verbatim: "ICMP")
    case .midstreamStart: return Wording("event.midstream_start")
    case .portReused: return Wording("event.port_reused")
    case .headerDamaged: return Wording("event.header_damaged")
    case .clockBackwards: return Wording("event.clock_backwards")
    }
  }
}

extension SegmentDetail {
  fileprivate var ackWords: Wording.Value {
    acknowledgment.map { .said("event.ack", ["n": .digits($0)]) } ?? .said("event.noACK")
  }

  /// With what the first SACK block tells the sender, if there is one.
  fileprivate var repeatedACK: Wording {
    guard let acknowledgment, options.sackCount > 0 else {
      return Wording("event.duplicate_ack", ["ack": ackWords])
    }
    let block = options.sack[0]
    let base = SequenceNumber(rawAcknowledgment)
    let left = acknowledgment + Int64(base.distance(to: block.left))
    let right = acknowledgment + Int64(base.distance(to: block.right))
    return Wording(
      right <= acknowledgment ? "event.duplicate_ack.twice" : "event.duplicate_ack.selective",
      ["ack": ackWords, "left": .digits(left), "right": .digits(right)])
  }
}
