import TCPModel

/// The first words of a line: what kind of row, or which state.
enum RowWord {
  case established, synSent, synReceived, finWait1, finWait2, timeWait, closed, closeWait, lastACK
  case listen, closing, unnamedState
  case tcp, mptcp, udp, unix, packet, netlink, raw, other
  case header, procHeader

  static let spellings: [(StaticString, RowWord)] = [
    ("ESTAB", .established), ("SYN-SENT", .synSent), ("SYN-RECV", .synReceived),
    ("FIN-WAIT-1", .finWait1), ("FIN-WAIT-2", .finWait2), ("TIME-WAIT", .timeWait),
    ("UNCONN", .closed), ("CLOSE-WAIT", .closeWait), ("LAST-ACK", .lastACK), ("LISTEN", .listen),
    ("CLOSING", .closing), ("UNKNOWN", .unnamedState), ("UNDEF", .unnamedState),
    ("tcp", .tcp), ("mptcp", .mptcp), ("udp", .udp), ("u_str", .unix), ("u_dgr", .unix),
    ("u_seq", .unix), ("p_raw", .packet), ("p_dgr", .packet), ("nl", .netlink), ("raw", .raw),
    ("dccp", .other), ("sctp", .other), ("v_str", .other), ("v_dgr", .other), ("v_seq", .other),
    ("ti_st", .other), ("ti_sq", .other), ("ti_dg", .other), ("ti_rd", .other), ("xdp", .other),
    ("icmp6", .other), ("???", .other), ("unknown", .other), ("`-", .other),
    ("Netid", .header), ("State", .header), ("Recv-Q", .header), ("Local", .header),
    ("sl", .procHeader),
  ]
}

extension RowWord {
  /// nil for a row word that is no state, and for the states `ss` has no name for.
  var state: TCPState? {
    switch self {
    case .established: .established
    case .synSent: .synSent
    case .synReceived: .synReceived
    case .finWait1: .finWait1
    case .finWait2: .finWait2
    case .timeWait: .timeWait
    case .closed: .closed
    case .closeWait: .closeWait
    case .lastACK: .lastACK
    case .listen: .listen
    case .closing: .closing
    case .unnamedState, .tcp, .mptcp, .udp, .unix, .packet, .netlink, .raw, .other, .header,
      .procHeader:
      nil
    }
  }
}
