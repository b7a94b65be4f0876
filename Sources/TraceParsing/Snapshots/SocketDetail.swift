/// The tokens behind the addresses of an `ss` row (iproute2 4 to 7).
enum SocketDetail {
  // `-p -o -e -m`, `--tos`, `--cgroup`, `--inet-sockopt`
  case users, timer, uid, inode, cookie, mark, cgroup, v6only, tos, tclass, classID
  case socketMemory, oldMemory, socketOptions, procOptions
  case shutdownNone, shutdownReceive, shutdownSend, shutdownBoth
  // `-i`: marks without a value
  case timestamps, microsecondTimestamps, sack, ecn, ecnSeen, fastOpen, bidirectional
  case applicationLimited
  // `-i`: figures
  case windowScale, retransmissionTimeout, backoff, rtt, ackTimeout, quickACKs
  case mss, pathMTU, receiveMSS, advertisedMSS, congestionWindow, slowStartThreshold
  case bytesSent, bytesRetransmitted, bytesAcked, bytesReceived
  case segmentsOut, segmentsIn, dataSegmentsOut, dataSegmentsIn
  case sendRate, pacingRate, deliveryRate, lastSent, lastReceived, lastACK
  case delivered, deliveredCE, busy, receiveWindowLimited, sendBufferLimited
  case unacknowledged, retransmissions, lost, sacked, duplicateSACKs, forwardACKs
  case reordering, reorderingSeen, receiveRTT, receiveSpace, receiveThreshold
  case notSent, minimumRTT, outOfOrder, sendWindow, receiveWindow, rehash
  case bbr, dctcp
  /// Known, of no use here, one word.
  case ignoredWord
  /// Known, of no use here, a key and a word behind it (`version: 1.3`).
  case ignoredPair

  private static let spellings: [(StaticString, SocketDetail)] = [
    ("users:", .users), ("timer:", .timer), ("uid:", .uid), ("ino:", .inode), ("sk:", .cookie),
    ("fwmark:", .mark), ("cgroup:", .cgroup), ("v6only:", .v6only), ("tos:", .tos),
    ("tclass:", .tclass), ("class_id:", .classID), ("skmem:", .socketMemory), ("mem:", .oldMemory),
    ("inet-sockopt:", .socketOptions), ("opt:", .procOptions),
    ("<->", .shutdownNone), ("-->", .shutdownReceive), ("<--", .shutdownSend),
    ("---", .shutdownBoth),
    ("ts", .timestamps), ("usec_ts", .microsecondTimestamps), ("sack", .sack), ("ecn", .ecn),
    ("ecnseen", .ecnSeen), ("fastopen", .fastOpen), ("bidir", .bidirectional),
    ("app_limited", .applicationLimited),
    ("wscale:", .windowScale), ("rto:", .retransmissionTimeout), ("backoff:", .backoff),
    ("rtt:", .rtt), ("ato:", .ackTimeout), ("qack:", .quickACKs), ("mss:", .mss),
    ("pmtu:", .pathMTU), ("rcvmss:", .receiveMSS), ("advmss:", .advertisedMSS),
    ("cwnd:", .congestionWindow), ("ssthresh:", .slowStartThreshold), ("bytes_sent:", .bytesSent),
    ("bytes_retrans:", .bytesRetransmitted), ("bytes_acked:", .bytesAcked),
    ("bytes_received:", .bytesReceived), ("segs_out:", .segmentsOut), ("segs_in:", .segmentsIn),
    ("data_segs_out:", .dataSegmentsOut), ("data_segs_in:", .dataSegmentsIn),
    ("send", .sendRate), ("pacing_rate", .pacingRate), ("delivery_rate", .deliveryRate),
    ("lastsnd:", .lastSent), ("lastrcv:", .lastReceived), ("lastack:", .lastACK),
    ("delivered:", .delivered), ("delivered_ce:", .deliveredCE), ("busy:", .busy),
    ("rwnd_limited:", .receiveWindowLimited), ("sndbuf_limited:", .sendBufferLimited),
    ("unacked:", .unacknowledged), ("retrans:", .retransmissions), ("lost:", .lost),
    ("sacked:", .sacked), ("dsack_dups:", .duplicateSACKs), ("fackets:", .forwardACKs),
    ("reordering:", .reordering), ("reord_seen:", .reorderingSeen), ("rcv_rtt:", .receiveRTT),
    ("rcv_space:", .receiveSpace), ("rcv_ssthresh:", .receiveThreshold), ("notsent:", .notSent),
    ("minrtt:", .minimumRTT), ("rcv_ooopack:", .outOfOrder), ("snd_wnd:", .sendWindow),
    ("rcv_wnd:", .receiveWindow), ("rehash:", .rehash), ("bbr:", .bbr), ("dctcp:", .dctcp),
    // Other congestion controls' models, TCP MD5 keys.
    ("prague:", .ignoredWord), ("vegas:", .ignoredWord), ("md5keys:", .ignoredWord),
    // Upper layers on TCP: TLS, MPTCP subflows and MPTCP sockets themselves.
    ("version:", .ignoredPair), ("cipher:", .ignoredPair), ("rxconf:", .ignoredPair),
    ("txconf:", .ignoredPair), ("zc_ro_tx", .ignoredWord), ("no_pad_rx", .ignoredWord),
    ("flags:", .ignoredWord), ("token:", .ignoredWord), ("seq:", .ignoredWord),
    ("sfseq:", .ignoredWord), ("ssnoff:", .ignoredWord), ("maplen:", .ignoredWord),
    ("subflows:", .ignoredWord), ("add_addr_signal:", .ignoredWord),
    ("add_addr_accepted:", .ignoredWord), ("subflows_max:", .ignoredWord),
    ("add_addr_signal_max:", .ignoredWord), ("add_addr_accepted_max:", .ignoredWord),
    ("fallback", .ignoredWord), ("remote_key", .ignoredWord), ("write_seq:", .ignoredWord),
    ("snd_una:", .ignoredWord), ("rcv_nxt:", .ignoredWord), ("local_addr_used:", .ignoredWord),
    ("local_addr_max:", .ignoredWord), ("csum_enabled:", .ignoredWord),
    ("retransmits:", .ignoredWord), ("subflows_total:", .ignoredWord),
    ("endp_laminar_max:", .ignoredWord), ("last_data_sent:", .ignoredWord),
    ("last_data_recv:", .ignoredWord), ("last_ack_recv:", .ignoredWord),
  ]
}

extension SocketDetail {
  /// How many words are of no use, where it is of none itself.
  var ignoredWords: UInt8 {
    switch self {
    case .ignoredWord: 1
    case .ignoredPair: 2
    default: 0
    }
  }
}

/// What is read of a socket's details.
public enum KeptDetails: Sendable {
  case all
  /// What tells a socket's life: its owner, queues, timer and identity, and the counters of bytes,
  /// segments and retransmissions. Other figures are passed over, whatever they say.
  case lifecycle
}

extension SocketDetail {
  static func spellings(keeping details: KeptDetails) -> [(StaticString, SocketDetail)] {
    switch details {
    case .all: spellings
    case .lifecycle: spellings.map { ($0, $1.ofLifecycle) }
    }
  }

  private var ofLifecycle: SocketDetail {
    switch self {
    case .users, .timer, .uid, .inode, .cookie, .mark, .v6only, .tos, .tclass, .classID,
      .socketOptions, .procOptions, .shutdownNone, .shutdownReceive, .shutdownSend, .shutdownBoth,
      .retransmissionTimeout, .congestionWindow, .bytesAcked, .bytesReceived, .segmentsOut,
      .segmentsIn, .retransmissions, .ignoredPair:
      self
    case .sendRate, .pacingRate, .deliveryRate:
      .ignoredPair
    case .cgroup, .socketMemory, .oldMemory, .timestamps, .microsecondTimestamps, .sack, .ecn,
      .ecnSeen, .fastOpen, .bidirectional, .applicationLimited, .windowScale, .backoff, .rtt,
      .ackTimeout, .quickACKs, .mss, .pathMTU, .receiveMSS, .advertisedMSS, .slowStartThreshold,
      .bytesSent, .bytesRetransmitted, .dataSegmentsOut, .dataSegmentsIn, .lastSent, .lastReceived,
      .lastACK, .delivered, .deliveredCE, .busy, .receiveWindowLimited, .sendBufferLimited,
      .unacknowledged, .lost, .sacked, .duplicateSACKs, .forwardACKs, .reordering, .reorderingSeen,
      .receiveRTT, .receiveSpace, .receiveThreshold, .notSent, .minimumRTT, .outOfOrder,
      .sendWindow, .receiveWindow, .rehash, .bbr, .dctcp, .ignoredWord:
      .ignoredWord
    }
  }
}

/// The first words of a line: what kind of row, or which state.
enum RowWord {
  case established, synSent, synReceived, finWait1, finWait2, timeWait, closed, closeWait, lastAck
  case listen, closing, unnamedState
  case tcp, mptcp, udp, unix, packet, netlink, raw, other
  case header, procHeader

  static let spellings: [(StaticString, RowWord)] = [
    ("ESTAB", .established), ("SYN-SENT", .synSent), ("SYN-RECV", .synReceived),
    ("FIN-WAIT-1", .finWait1), ("FIN-WAIT-2", .finWait2), ("TIME-WAIT", .timeWait),
    ("UNCONN", .closed), ("CLOSE-WAIT", .closeWait), ("LAST-ACK", .lastAck), ("LISTEN", .listen),
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
