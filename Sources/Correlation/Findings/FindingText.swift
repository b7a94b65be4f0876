import Support
import TCPModel

// The sentence of a finding, with its numbers, and the same numbers as evidence.

extension FindingCollector.Group {
  private var isSingle: Bool { count == 1 }

  /// `connection 3` or `12 connections`.
  private var subject: String {
    isSingle ? "connection \(connections[0])" : "\(count) connections"
  }

  private var capitalised: String {
    isSingle ? "Connection \(connections[0])" : "\(count) connections"
  }

  /// Where one of several stands out.
  private var worst: String {
    weight > leastWeight && !isSingle ? "; the worst is connection \(example.id)" : ""
  }

  var text: String {
    let marks = example.landmarks
    let handshake = example.handshake
    switch kind {
    case .refused:
      return
        "\(serverName) refused \(subject): an RST answered the SYN, so nothing listens there or a "
        + "firewall rejects."
    case .unanswered:
      let tries = Quantity.counted(handshake.synRetransmissions + 1, "SYN")
      return "\(serverName) never answered \(subject): \(tries) without a reply\(worst)."
    case .middleboxReset:
      return
        "\(capitalised) to \(serverName) ended by an RST in the name of the "
        + "\(marks.resetBy?.name ?? "peer") whose time to live is \(number(marks.resetTTL)) "
        + "instead of \(number(marks.usualTTL)): a device on the path sent it\(worst)."
    case .halfOpen:
      return
        "\(capitalised) to \(serverName) stayed half open: the SYN/ACK was sent "
        + "\(Quantity.counted(handshake.synAckRetransmissions + 1, "time")) and the client's ACK was never "
        + "captured\(worst)."
    case .keepAliveTimeout:
      let side: Side =
        marks.unansweredKeepAlives.client >= marks.unansweredKeepAlives.server ? .client : .server
      return
        "\(capitalised) to \(serverName): \(marks.unansweredKeepAlives[side]) keep-alive probes of "
        + "the \(side.name) got no answer; the \(side.peer.name) or the path is gone\(worst)."
    case .reset:
      return
        "\(capitalised) to \(serverName) ended by an RST of the \(marks.resetBy?.name ?? "peer") "
        + "instead of FINs\(worst)."
    case .synRetries:
      return handshake.ack == nil
        ? "\(capitalised) to \(serverName) did not open in spite of \(retries)\(worst)."
        : "\(capitalised) to \(serverName) needed \(retries) to open\(worst)."
    case .zeroWindowStall:
      let side: Side =
        marks.zeroWindowTime.client >= marks.zeroWindowTime.server ? .client : .server
      return
        "\(capitalised) to \(serverName): the \(side.name) could take no more data for "
        + "\(Quantity.duration(marks.zeroWindowTime[side])) (window 0), so the \(side.peer.name) had to "
        + "wait\(worst)."
    case .retransmissions:
      let sides = retransmittingSides
      let other = sides.count > 1 ? ", the \(sides[1].name) \(repeats(sides[1], unit: ""))" : ""
      return
        "\(capitalised) to \(serverName): the \(sides[0].name) sent "
        + "\(repeats(sides[0], unit: " segments")) again\(other)\(worst)."
    case .slowHandshake:
      return
        "\(capitalised) to \(serverName) took \(Quantity.duration((handshake.ack ?? 0) &- (handshake.syn ?? 0))) "
        + "to open\(worst)."
    case .slowResponse:
      return
        "\(capitalised) to \(serverName) waited up to \(Quantity.duration(example.timings.longestWait ?? 0)) "
        + "for the first byte of a response\(worst)."
    case .halfClosed:
      let time = example.teardown.halfClosed.map { " for \(Quantity.duration($0))" } ?? ""
      return
        "\(capitalised) to \(serverName) stayed half closed\(time): the "
        + "\(example.teardown.initiator?.name ?? "one end") sent its FIN, the other end kept its "
        + "side open\(worst)."
    case .stateContradiction:
      return "\(capitalised) to \(serverName): a snapshot shows another state than the segments do."
    case .captureDrops:
      return
        "\(capitalised) to \(serverName): \(Quantity.counted(missingBytes, "byte")) "
        + (missingBytes == 1 ? "was acknowledged but is" : "were acknowledged but are")
        + " not in the capture, so it is incomplete\(worst)."
    case .clockBackwards:
      return
        "\(capitalised) to \(serverName) has segments with earlier times than the ones before them: "
        + "the capture is out of order or its clock was set back."
    case .optionOddity:
      return
        "\(capitalised) to \(serverName): "
        + "\(optionOddity(handshake, isIPv6: example.client.address.isIPv6) ?? "odd options")."
    }
  }

  var evidence: [Finding.Evidence] {
    let marks = example.landmarks
    let handshake = example.handshake
    var evidence = [
      Finding.Evidence("server", .text(server.description)),
      Finding.Evidence("connections", .number(Int64(count))),
      Finding.Evidence("example", .number(Int64(example.id))),
    ]
    func add(_ name: String, _ value: Int64?) {
      if let value { evidence.append(Finding.Evidence(name, .number(value))) }
    }
    switch kind {
    case .refused:
      add("reset_frame", marks.reset)
    case .unanswered, .synRetries:
      add("syn_retransmissions", Int64(handshake.synRetransmissions))
      add("syn_ack_retransmissions", Int64(handshake.synAckRetransmissions))
    case .middleboxReset, .reset:
      if let side = marks.resetBy { evidence.append(Finding.Evidence("by", .text(side.name))) }
      add("reset_frame", marks.reset)
      add("reset_ttl", marks.resetTTL.map(Int64.init))
      add("usual_ttl", marks.usualTTL.map(Int64.init))
    case .halfOpen:
      add("syn_ack_retransmissions", Int64(handshake.synAckRetransmissions))
    case .keepAliveTimeout:
      add("client_keep_alives", Int64(marks.unansweredKeepAlives.client))
      add("server_keep_alives", Int64(marks.unansweredKeepAlives.server))
    case .zeroWindowStall:
      add("client_zero_window_ns", marks.zeroWindowTime.client)
      add("server_zero_window_ns", marks.zeroWindowTime.server)
    case .retransmissions:
      let sides = retransmittingSides
      add("retransmitted_segments", example.traffic[sides[0]].retransmittedSegments)
      add("segments", example.traffic[sides[0]].segments)
      evidence.append(Finding.Evidence("by", .text(sides[0].name)))
      if sides.count > 1 {
        add("peer_retransmitted_segments", example.traffic[sides[1]].retransmittedSegments)
        add("peer_segments", example.traffic[sides[1]].segments)
      }
    case .slowHandshake:
      add("handshake_ns", (handshake.ack ?? 0) &- (handshake.syn ?? 0))
    case .slowResponse:
      add("longest_wait_ns", example.timings.longestWait)
    case .halfClosed:
      add("half_closed_ns", example.teardown.halfClosed)
    case .captureDrops:
      add("missing_bytes", missingBytes)
    case .stateContradiction, .clockBackwards:
      break
    case .optionOddity:
      add("client_mss", handshake.options.client?.mss.map(Int64.init))
      add("server_mss", handshake.options.server?.mss.map(Int64.init))
      add("client_window_scale", handshake.options.client?.windowScale.map(Int64.init))
      add("server_window_scale", handshake.options.server?.windowScale.map(Int64.init))
    }
    return evidence
  }

  /// `3 SYN retransmissions`, `1 SYN/ACK retransmission`, or both.
  private var retries: String {
    [
      ("SYN", example.handshake.synRetransmissions),
      ("SYN/ACK", example.handshake.synAckRetransmissions),
    ]
    .filter { $0.1 > 0 }
    .map { Quantity.counted($0.1, "\($0.0) retransmission") }
    .joined(separator: " and ")
  }

  /// Those that sent much again, the one that sent more first.
  private var retransmittingSides: [Side] {
    let traffic = example.traffic
    let serverSentMore =
      (traffic.client.retransmittedSegments ?? 0) < (traffic.server.retransmittedSegments ?? 0)
    return (serverSentMore ? [.server, .client] : [Side.client, .server]).filter {
      FindingCollector.retransmitsMuch(example, $0)
    }
  }

  /// `22 of 172 segments (12.8 %)`; one captured segment may have become many on the wire, so their
  /// number is no limit.
  private func repeats(_ side: Side, unit: String) -> String {
    let all = example.traffic[side].segments
    let repeats = example.traffic[side].retransmittedSegments ?? 0
    if repeats > all { return "\(repeats)\(unit)" }
    return "\(repeats) of \(all)\(unit) (\(percent(repeats, of: all)))"
  }

  private var missingBytes: Int64 {
    (example.traffic.client.missingBytes ?? 0) + (example.traffic.server.missingBytes ?? 0)
  }

  private func number(_ value: UInt8?) -> String { value.map(String.init) ?? "unknown" }

  private func percent(_ part: Int64, of whole: Int64) -> String {
    let tenths = whole == 0 ? 0 : (part * 2000 / whole + 1) / 2
    return "\(tenths / 10).\(tenths % 10) %"
  }
}

/// What is unusual in the options of a handshake, or nil.
func optionOddity(_ handshake: Handshake, isIPv6: Bool) -> String? {
  let least = isIPv6 ? FindingCollector.leastMSS.ipv6 : FindingCollector.leastMSS.ipv4
  for side in Side.allCases {
    guard let options = handshake.options[side] else { continue }
    if let mss = options.mss, mss < least {
      return "the \(side.name) offers an MSS of \(mss), below the default of \(least)"
    }
    if let scale = options.windowScale, scale > 14 {
      return "the \(side.name) offers a window scale of \(scale); RFC 7323 allows 14"
    }
  }
  guard let client = handshake.options.client, let server = handshake.options.server else {
    return nil
  }
  if client.windowScale == nil, server.windowScale != nil {
    return "the server scales its window though the client did not offer to"
  }
  if client.windowScale != nil, server.windowScale == nil, server.mss != nil {
    return "the server does not scale windows, so none is larger than 65,535 bytes"
  }
  return nil
}
