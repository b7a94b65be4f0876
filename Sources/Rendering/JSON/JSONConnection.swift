import Support
import TCPModel

/// One connection as a JSON object; the keys stand in the order of the reference.
struct JSONConnection {
  var names: [IPAddress: String]
  /// There are several capture points.
  var showsPaths = false

  func write(_ connection: Connection, to output: inout ByteWriter) {
    output.openObject()
    output.member("id", Int64(connection.summary.id))
    endpoint("client", connection.summary.client, to: &output)
    endpoint("server", connection.summary.server, to: &output)
    output.member("role_basis", plain: connection.summary.roleBasis.rawValue)
    output.key("community_id")
    CommunityID(client: connection.summary.client, server: connection.summary.server).writeJSON(
      to: &output)
    output.member("name", connection.summary.name?.text)
    output.member("name_basis", plain: connection.summary.name?.basis.rawValue)
    output.member("capture", Int64(connection.summary.capture))
    output.member("start", connection.summary.start)
    output.member("end", connection.summary.end)
    output.member("duration_ns", connection.summary.duration)
    output.member("first_frame", connection.summary.firstFrame)
    output.member("last_frame", connection.summary.lastFrame)
    output.member("outcome", plain: connection.summary.outcome.rawValue)
    output.member("completeness", Int64(connection.summary.completeness))
    output.member("conn_state", plain: connection.summary.connState)
    output.member("history", plain: connection.summary.history)
    handshake(connection.summary.handshake, to: &output)
    output.member("vantage", plain: connection.summary.vantage.rawValue)
    teardown(connection.summary.teardown, to: &output)
    phases(connection, to: &output)
    timings(connection.summary.timings, to: &output)
    states(connection.states, to: &output)
    traffic(connection.summary.traffic, to: &output)
    roundTrips(connection.summary.rtt, to: &output)
    analysis(connection.summary.analysis, to: &output)
    JSONLimits.write(connection, to: &output)
    JSONApplication.write(connection.summary.spoken, to: &output)
    if let events = connection.events { list(events, to: &output) }
    JSONSnapshots.write(connection, to: &output)
    if showsPaths { JSONPaths.write(connection.summary, to: &output) }
    output.member("detail", plain: connection.events == nil ? "summary" : "full")
    if let items = connection.segments {
      JSONSegments.write(items, to: &output)
    }
    output.closeObject()
  }

  func endpoint(
    _ key: StaticString, _ endpoint: Endpoint, to output: inout ByteWriter
  ) {
    output.key(key)
    output.openObject()
    output.key("address")
    output.value(endpoint.address)
    output.member("port", Int64(endpoint.port))
    output.member("name", names.isEmpty ? nil : names[endpoint.address])
    output.closeObject()
  }

  private func handshake(_ handshake: Handshake, to output: inout ByteWriter) {
    output.key("handshake")
    output.openObject()
    output.member("kind", plain: handshake.kind.rawValue)
    output.member("syn_ns", handshake.syn)
    output.member("syn_ack_ns", handshake.synACK)
    output.member("ack_ns", handshake.ack)
    output.member("rtt_ns", handshake.rtt)
    output.member("server_rtt_ns", handshake.serverRTT)
    output.member("client_rtt_ns", handshake.clientRTT)
    output.member("syn_retransmissions", Int64(handshake.synRetransmissions))
    output.member("syn_ack_retransmissions", Int64(handshake.synACKRetransmissions))
    output.member("client_isn", handshake.isn.client.map(Int64.init))
    output.member("server_isn", handshake.isn.server.map(Int64.init))
    options("client_options", handshake.options.client, to: &output)
    options("server_options", handshake.options.server, to: &output)
    output.closeObject()
  }

  private func options(
    _ key: StaticString, _ options: Handshake.Options?, to output: inout ByteWriter
  ) {
    output.key(key)
    guard let options else {
      output.null()
      return
    }
    output.openObject()
    output.member("mss", options.mss.map(Int64.init))
    output.member("window_scale", options.windowScale.map(Int64.init))
    output.member("sack_permitted", options.sackPermitted)
    output.member("timestamps", options.timestamps)
    output.member("fast_open", options.fastOpen)
    output.closeObject()
  }

  private func teardown(_ teardown: Teardown, to output: inout ByteWriter) {
    output.key("teardown")
    output.openObject()
    output.member("kind", plain: teardown.kind.rawValue)
    output.member("initiator", plain: teardown.initiator?.name)
    output.member("start_ns", teardown.start)
    output.member("duration_ns", teardown.duration)
    output.member("half_closed_ns", teardown.halfClosed)
    output.key("frames")
    output.openArray()
    teardown.forEachFrame { output.value($0) }
    output.closeArray()
    output.closeObject()
  }

  private func phases(_ connection: Connection, to output: inout ByteWriter) {
    output.key("phases")
    output.openArray()
    for phase in connection.phases {
      output.openObject()
      output.member("name", plain: phase.name.name)
      output.member("start_ns", phase.start)
      output.member("duration_ns", phase.duration)
      output.member("first_frame", phase.firstFrame)
      output.member("last_frame", phase.lastFrame)
      if let basis = phase.basis {
        output.member("basis", plain: basis == .snapshot ? "measured" : basis.rawValue)
      }
      output.closeObject()
    }
    output.closeArray()
    if connection.phasesOmitted > 0 {
      output.member("phases_omitted", Int64(connection.phasesOmitted))
    }
  }

  private func timings(_ timings: Timings, to output: inout ByteWriter) {
    output.key("timings")
    output.openObject()
    output.member("handshake_ns", timings.handshake)
    output.member("tls_ns", timings.tls)
    output.member("first_byte_ns", timings.firstByte)
    output.member("send_ns", timings.send)
    output.member("wait_ns", timings.wait)
    output.member("server_time_ns", timings.serverTime)
    output.member("receive_ns", timings.receive)
    output.member("idle_ns", timings.idle)
    output.member("stalled_ns", timings.stalled)
    output.member("teardown_ns", timings.teardown)
    output.member("longest_wait_ns", timings.longestWait)
    output.member("longest_idle_ns", timings.longestIdle)
    output.member("exchanges", Int64(timings.exchanges))
    output.closeObject()
  }

  private func states(_ states: PerSide<[StateChange]>, to output: inout ByteWriter) {
    output.key("states")
    output.openObject()
    list("client", states.client, to: &output)
    list("server", states.server, to: &output)
    output.closeObject()
  }

  private func list(_ key: StaticString, _ changes: [StateChange], to output: inout ByteWriter) {
    output.key(key)
    output.openArray()
    for change in changes {
      output.openObject()
      output.member("state", plain: change.state.name)
      output.member("at_ns", change.at)
      output.member("frame", change.ownFrame)
      output.member("basis", plain: change.basis.rawValue)
      output.closeObject()
    }
    output.closeArray()
  }

  private func traffic(_ traffic: PerSide<Traffic>, to output: inout ByteWriter) {
    output.key("traffic")
    output.openObject()
    side("client", traffic.client, to: &output)
    side("server", traffic.server, to: &output)
    output.closeObject()
  }

  private func side(_ key: StaticString, _ traffic: Traffic, to output: inout ByteWriter) {
    output.key(key)
    output.openObject()
    output.member("segments", traffic.segments)
    output.member("ip_bytes", traffic.ipBytes)
    output.member("payload_bytes", traffic.payloadBytes)
    output.member("unique_bytes", traffic.uniqueBytes)
    output.member("retransmitted_segments", traffic.retransmittedSegments)
    output.member("retransmitted_bytes", traffic.retransmittedBytes)
    output.member("missing_bytes", traffic.missingBytes)
    output.member("max_window", traffic.maxWindow)
    output.member("syn", traffic.syn)
    output.member("fin", traffic.fin)
    output.member("rst", traffic.rst)
    output.closeObject()
  }

  private func roundTrips(_ rtt: PerSide<RoundTrips?>, to output: inout ByteWriter) {
    output.key("rtt")
    output.openObject()
    side("client", rtt.client, to: &output)
    side("server", rtt.server, to: &output)
    output.closeObject()
  }

  private func side(_ key: StaticString, _ rtt: RoundTrips?, to output: inout ByteWriter) {
    output.key(key)
    guard let rtt else {
      output.null()
      return
    }
    output.openObject()
    output.member("samples", rtt.samples)
    output.member("min_ns", rtt.min)
    output.member("mean_ns", rtt.mean)
    output.member("max_ns", rtt.max)
    output.closeObject()
  }

  private func analysis(_ analysis: PerSide<AnalysisCounts>?, to output: inout ByteWriter) {
    output.key("analysis")
    guard let analysis else {
      output.null()
      return
    }
    output.openObject()
    side("client", analysis.client, to: &output)
    side("server", analysis.server, to: &output)
    output.closeObject()
  }

  private func side(_ key: StaticString, _ counts: AnalysisCounts, to output: inout ByteWriter) {
    output.key(key)
    output.openObject()
    output.member("retransmissions", Int64(counts.retransmissions))
    output.member("fast_retransmissions", Int64(counts.fastRetransmissions))
    output.member("spurious_retransmissions", Int64(counts.spuriousRetransmissions))
    output.member("out_of_order", Int64(counts.outOfOrder))
    output.member("duplicate_acks", Int64(counts.duplicateACKs))
    output.member("previous_segment_lost", Int64(counts.previousSegmentLost))
    output.member("acked_unseen", Int64(counts.ackedUnseen))
    output.member("keep_alives", Int64(counts.keepAlives))
    output.member("keep_alive_acks", Int64(counts.keepAliveACKs))
    output.member("zero_windows", Int64(counts.zeroWindows))
    output.member("zero_window_probes", Int64(counts.zeroWindowProbes))
    output.member("zero_window_probe_acks", Int64(counts.zeroWindowProbeACKs))
    output.member("window_full", Int64(counts.windowFull))
    output.member("window_updates", Int64(counts.windowUpdates))
    output.member("duplicate_frames", Int64(counts.duplicateFrames))
    output.member("challenge_acks", Int64(counts.challengeACKs))
    output.member("ambiguous", Int64(counts.ambiguous))
    output.closeObject()
  }

  private func list(_ events: [Event], to output: inout ByteWriter) {
    output.key("events")
    output.openArray()
    for event in events {
      output.openObject()
      output.member("at_ns", event.at)
      output.member("frame", event.frame)
      output.member("from", plain: event.from.name)
      output.member("kind", plain: event.kind.rawValue)
      output.member("text", event.text)
      output.closeObject()
    }
    output.closeArray()
  }
}
