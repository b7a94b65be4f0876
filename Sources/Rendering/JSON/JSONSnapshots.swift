import TCPModel

/// What socket snapshots add to the JSON: processes and sightings of a connection, the snapshots,
/// the clocks, and the sockets that no captured segment belongs to.
enum JSONSnapshots {
  // MARK: Of a connection

  /// `process` and `snapshots`, both null where there were no snapshots.
  static func write(_ connection: Connection, to output: inout ByteWriter) {
    output.key("process")
    guard let snapshots = connection.snapshots else {
      output.null()
      output.key("snapshots")
      output.null()
      return
    }
    output.openObject()
    process("client", connection.processes.client, to: &output)
    process("server", connection.processes.server, to: &output)
    output.closeObject()
    output.key("snapshots")
    output.openArray()
    for snapshot in snapshots { write(snapshot, to: &output) }
    output.closeArray()
    if connection.snapshotsOmitted > 0 {
      output.member("snapshots_omitted", Int64(connection.snapshotsOmitted))
    }
  }

  private static func process(
    _ key: StaticString, _ process: ConnectionProcess?, to output: inout ByteWriter
  ) {
    output.key(key)
    guard let process else { return output.null() }
    output.openObject()
    output.member("pid", process.pid.map(Int64.init))
    output.member("name", process.name)
    output.member("uid", process.uid.map(Int64.init))
    output.closeObject()
  }

  private static func write(_ snapshot: ConnectionSnapshot, to output: inout ByteWriter) {
    output.openObject()
    output.member("at_ns", snapshot.at)
    output.member("time", snapshot.time)
    output.member("source", plain: snapshot.source.rawValue)
    output.member("path", snapshot.path)
    output.member("side", plain: snapshot.side.name)
    output.member("state", plain: snapshot.state?.name)
    output.member("recv_q", snapshot.receiveQueue.map(Int64.init))
    output.member("send_q", snapshot.sendQueue.map(Int64.init))
    output.key("timer")
    if let timer = snapshot.timer {
      output.openObject()
      output.member("kind", plain: timer.kind.name)
      output.member("expires_ns", timer.expires)
      output.member("retransmissions", Int64(timer.retransmissions))
      output.closeObject()
    } else {
      output.null()
    }
    output.key("shutdown")
    if let shutdown = snapshot.shutdown {
      output.openObject()
      output.member("receive", shutdown.contains(.receive))
      output.member("send", shutdown.contains(.send))
      output.closeObject()
    } else {
      output.null()
    }
    output.member("inode", snapshot.inode.map { Int64(clamping: $0) })
    output.member("cookie", plain: snapshot.cookie.map { String($0, radix: 16) })
    output.key("tcp_info")
    if let info = snapshot.info {
      write(info, snapshot.congestionControl, to: &output)
    } else {
      output.null()
    }
    output.closeObject()
  }

  // MARK: tcp_info

  /// Named as the kernel and `ss` name them.
  private static func write(
    _ info: TCPInfo, _ congestionControl: String?, to output: inout ByteWriter
  ) {
    output.openObject()
    output.member("congestion_control", congestionControl)
    output.member("flags", info.flags.names)
    output.member("snd_wscale", info.sendWindowScale.map(Int64.init))
    output.member("rcv_wscale", info.receiveWindowScale.map(Int64.init))
    output.member("rto_ns", info.retransmissionTimeout)
    output.member("backoff", info.backoff.map(Int64.init))
    output.member("rtt_ns", info.rtt)
    output.member("rttvar_ns", info.rttVariation)
    output.member("min_rtt_ns", info.minimumRTT)
    output.member("rcv_rtt_ns", info.receiveRTT)
    output.member("ato_ns", info.ackTimeout)
    output.member("last_snd_ns", info.lastSent)
    output.member("last_rcv_ns", info.lastReceived)
    output.member("last_ack_ns", info.lastACK)
    output.member("busy_ns", info.busy)
    output.member("rwnd_limited_ns", info.receiveWindowLimited)
    output.member("sndbuf_limited_ns", info.sendBufferLimited)
    output.member("mss", info.mss.map(Int64.init))
    output.member("pmtu", info.pathMTU.map(Int64.init))
    output.member("rcvmss", info.receiveMSS.map(Int64.init))
    output.member("advmss", info.advertisedMSS.map(Int64.init))
    output.member("cwnd", info.congestionWindow.map(Int64.init))
    output.member("ssthresh", info.slowStartThreshold.map(Int64.init))
    counters(info, to: &output)
    windows(info, to: &output)
    output.key("bbr")
    if let bbr = info.bbr {
      output.openObject()
      output.member("bw_bps", Int64(clamping: bbr.bandwidth))
      output.member("min_rtt_ns", bbr.minimumRTT)
      output.member("pacing_gain_256", bbr.pacingGain.map(Int64.init))
      output.member("cwnd_gain_256", bbr.windowGain.map(Int64.init))
      output.closeObject()
    } else {
      output.null()
    }
    output.key("dctcp")
    if let dctcp = info.dctcp {
      output.openObject()
      output.member("ce_state", dctcp.congestionState.map(Int64.init))
      output.member("alpha", dctcp.alpha.map(Int64.init))
      output.member("ab_ecn", dctcp.markedBytes.map(Int64.init))
      output.member("ab_tot", dctcp.totalBytes.map(Int64.init))
      output.closeObject()
    } else {
      output.null()
    }
    output.closeObject()
  }

  private static func counters(_ info: TCPInfo, to output: inout ByteWriter) {
    output.member("bytes_sent", info.bytesSent.map { Int64(clamping: $0) })
    output.member("bytes_retrans", info.bytesRetransmitted.map { Int64(clamping: $0) })
    output.member("bytes_acked", info.bytesAcked.map { Int64(clamping: $0) })
    output.member("bytes_received", info.bytesReceived.map { Int64(clamping: $0) })
    output.member("segs_out", info.segmentsOut.map(Int64.init))
    output.member("segs_in", info.segmentsIn.map(Int64.init))
    output.member("data_segs_out", info.dataSegmentsOut.map(Int64.init))
    output.member("data_segs_in", info.dataSegmentsIn.map(Int64.init))
    output.member("delivered", info.delivered.map(Int64.init))
    output.member("delivered_ce", info.deliveredCE.map(Int64.init))
    output.member("send_bps", info.sendRate.map { Int64(clamping: $0) })
    output.member("pacing_rate_bps", info.pacingRate.map { Int64(clamping: $0) })
    output.member("max_pacing_rate_bps", info.maximumPacingRate.map { Int64(clamping: $0) })
    output.member("delivery_rate_bps", info.deliveryRate.map { Int64(clamping: $0) })
    output.member("unacked", info.unacknowledged.map(Int64.init))
    output.member("retrans", info.retransmitting.map(Int64.init))
    output.member("total_retrans", info.totalRetransmissions.map(Int64.init))
    output.member("lost", info.lost.map(Int64.init))
    output.member("sacked", info.sacked.map(Int64.init))
    output.member("fackets", info.forwardACKs.map(Int64.init))
    output.member("dsack_dups", info.duplicateSACKs.map(Int64.init))
    output.member("reordering", info.reordering.map(Int64.init))
    output.member("reord_seen", info.reorderingSeen.map(Int64.init))
  }

  private static func windows(_ info: TCPInfo, to output: inout ByteWriter) {
    output.member("notsent", info.notSent.map(Int64.init))
    output.member("rcv_ooopack", info.outOfOrder.map(Int64.init))
    output.member("snd_wnd", info.sendWindow.map(Int64.init))
    output.member("rcv_wnd", info.receiveWindow.map(Int64.init))
    output.member("rcv_space", info.receiveSpace.map(Int64.init))
    output.member("rcv_ssthresh", info.receiveThreshold.map(Int64.init))
    output.member("rehash", info.rehash.map(Int64.init))
    output.member("quickack", info.quickACKs.map(Int64.init))
  }

  // MARK: Of the whole

  static func write(_ summary: SnapshotSummary, to output: inout ByteWriter) {
    output.key("snapshots")
    output.openArray()
    for snapshot in summary.snapshots {
      output.needsComma = false
      output.literal(snapshot == summary.snapshots.first ? "\n" : ",\n")
      output.openObject()
      output.member("time", snapshot.time)
      output.member("time_basis", plain: snapshot.timeBasis?.rawValue)
      output.member("path", snapshot.path)
      output.member("source", plain: snapshot.source.rawValue)
      output.member("first_line", Int64(snapshot.firstLine))
      output.member("sockets", snapshot.sockets)
      output.member("skipped", snapshot.skipped)
      output.closeObject()
    }
    output.closeArray()
    output.member("sockets_joined", Int64(summary.joined))
    output.key("clock_offsets")
    output.openArray()
    for clock in summary.clockOffsets {
      output.openObject()
      output.key("address")
      output.value(clock.address)
      output.member("offset_ns", clock.offset)
      output.member("least_ns", clock.bounds.least)
      output.member("most_ns", clock.bounds.most)
      output.member("sightings", Int64(clock.sockets))
      output.closeObject()
    }
    output.closeArray()
    output.key("sockets_without_segments")
    output.openArray()
    for (index, socket) in summary.uncaptured.enumerated() {
      output.needsComma = false
      output.literal(index > 0 ? ",\n" : "\n")
      output.value(socket)
    }
    output.closeArray()
    output.member("sockets_without_segments_omitted", Int64(summary.uncapturedOmitted))
  }
}

extension TCPInfo.Flags {
  /// As `ss` prints them.
  var names: [String] {
    let all: [(TCPInfo.Flags, String)] = [
      (.timestamps, "ts"), (.microsecondTimestamps, "usec_ts"), (.sack, "sack"), (.ecn, "ecn"),
      (.ecnSeen, "ecnseen"), (.fastOpen, "fastopen"), (.applicationLimited, "app_limited"),
      (.bidirectional, "bidir"), (.upperLayer, "ulp"),
    ]
    return all.compactMap { contains($0.0) ? $0.1 : nil }
  }
}

extension ClockOffset {
  /// nil where nothing bounds it on that side.
  var bounds: (least: Nanoseconds?, most: Nanoseconds?) {
    (least == .min ? nil : least, most == .max ? nil : most)
  }
}
