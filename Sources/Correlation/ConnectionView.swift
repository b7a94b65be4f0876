import TCPModel

// From a record to the public description of a connection.

/// 2 MSL as Linux takes it (TCP_TIMEWAIT_LEN); RFC 9293 3.4.2 says MSL is 2 minutes.
private let timeWaitLength: Nanoseconds = 60_000_000_000

extension ConnectionTracker {
  func summary(at index: Int, id: Int) -> ConnectionSummary {
    summary(of: settled(index).record, id: id)
  }

  private func summary(of record: UnsafePointer<ConnectionRecord>, id: Int) -> ConnectionSummary {
    let (clientIsLow, basis) = record.pointee.role
    var summary = ConnectionSummary(
      id: id, client: clientIsLow ? record.pointee.key.low : record.pointee.key.high,
      server: clientIsLow ? record.pointee.key.high : record.pointee.key.low, roleBasis: basis,
      start: record.pointee.start, end: record.pointee.latest,
      firstFrame: record.pointee.firstFrame,
      lastFrame: record.pointee.lastFrame)
    summary.capture = Int(record.pointee.capture)
    summary.reusesPorts = record.pointee.bits.contains(.portReused)
    if record.pointee.next != 0 {
      summary.nextUseOfPorts = records.look(at: Int(record.pointee.next) - 1).pointee.start
    }
    summary.completeness = Int(record.pointee.completeness)
    summary.outcome = record.pointee.outcome
    summary.connState = record.pointee.zeek.connState
    summary.history = record.pointee.zeek.history
    summary.handshake = record.pointee.handshakeView
    summary.vantage = Vantage(handshake: summary.handshake)
    summary.teardown = record.pointee.teardownView
    summary.timings = record.pointee.timings
    let pair = counts.pair(record.pointee.counts)
    summary.traffic = PerSide(
      client: traffic(record.pointee[clientIsLow]), server: traffic(record.pointee[!clientIsLow]))
    summary.rtt = PerSide(
      client: record.pointee[clientIsLow].roundTrip.summary,
      server: record.pointee[!clientIsLow].roundTrip.summary)
    summary.landmarks = record.pointee.landmarks(pair)
    summary.analysis = PerSide(
      client: pair[clientIsLow].counts, server: pair[!clientIsLow].counts)
    return summary
  }

  private func traffic(_ endpoint: EndpointRecord) -> Traffic {
    var traffic = Traffic()
    traffic.segments = endpoint.segments
    traffic.ipBytes = endpoint.ipBytes
    traffic.payloadBytes = endpoint.payloadBytes
    traffic.uniqueBytes = endpoint.coverage.uniqueBytes
    traffic.retransmittedSegments = Int64(endpoint.coverage.retransmittedSegments)
    traffic.retransmittedBytes = endpoint.coverage.retransmittedBytes
    traffic.missingBytes = endpoint.coverage.missingBytes(pool)
    traffic.maxWindow = endpoint.segments > 0 ? Int64(endpoint.maxWindow) : nil
    traffic.syn = Int64(endpoint.synSegments)
    traffic.fin = Int64(endpoint.finSegments)
    traffic.rst = Int64(endpoint.rstSegments)
    return traffic
  }

  func connection(at index: Int, summary: ConnectionSummary) -> Connection {
    var connection = Connection(summary: summary)
    let settled = settled(index)
    let record = settled.record
    let clientIsLow = record.pointee.role.isLow
    if record.pointee.isHandshakeKnown {
      for side in Side.allCases {
        let endpoint = record.pointee[(side == .client) == clientIsLow]
        connection.states[side] = [
          StateChange(
            state: endpoint.bits.contains(.activeOpener) ? .closed : .listen, at: nil, frame: nil,
            basis: .assumed)
        ]
      }
    }
    journal.forEach(settled.chain) { connection.append($0, clientIsLow) }
    tail.pointee.forEach(record.pointee.chain, after: settled.chain) {
      connection.append($0, clientIsLow)
    }
    connection.phasesOmitted = Int(record.pointee.phases.written) - connection.phases.count
    endTimeWait(&connection)
    return connection
  }

  /// What the clock does after the last segment: TIME_WAIT runs out, or the ports are used again.
  private func endTimeWait(_ connection: inout Connection) {
    let reuse = connection.summary.nextUseOfPorts?.since(connection.summary.start)
    var isInTimeWait = false
    for side in Side.allCases {
      guard let last = connection.states[side].last, last.state == .timeWait, let at = last.at
      else { continue }
      isInTimeWait = true
      let expiry = max(at, connection.summary.duration) &+ timeWaitLength
      let isReused = reuse.map { $0 < expiry } ?? false
      connection.states[side].append(
        StateChange(
          state: .closed, at: isReused ? reuse : expiry, frame: nil,
          basis: isReused ? .inferred : .assumed))
    }
    if isInTimeWait {
      connection.phases.append(
        Phase(
          name: .timeWait, start: connection.summary.duration, duration: timeWaitLength,
          firstFrame: nil, lastFrame: nil, basis: .assumed))
    }
  }
}

extension Connection {
  fileprivate mutating func append(_ entry: Journal.Entry, _ clientIsLow: Bool) {
    switch entry {
    case .state(let isLow, let change):
      let side: Side = isLow == clientIsLow ? .client : .server
      states[side].append(change.notBefore(states[side].last))
    case .phase(let name, let instant):
      if let last = phases.indices.last {
        phases[last].duration = max(0, instant.at &- phases[last].start)
        phases[last].lastFrame = instant.frame
      }
      if let name {
        phases.append(
          Phase(
            name: name, start: instant.at, duration: 0, firstFrame: instant.frame,
            lastFrame: instant.frame))
      }
    }
  }
}

extension StateChange {
  /// A cause may have been captured before the segment that shows the state before (a FIN before
  /// the handshake's ACK), and a clock may be set back. The states still follow each other.
  fileprivate func notBefore(_ previous: StateChange?) -> StateChange {
    guard let at else { return self }
    var change = self
    change.at = max(at, previous?.at ?? 0, 0)
    return change
  }
}

extension ConnectionRecord {
  /// A SYN or SYN/ACK was captured.
  @inline(__always)
  var isHandshakeKnown: Bool {
    !low.bits.union(high.bits).isDisjoint(with: .anySYNSent)
  }

  var outcome: Outcome {
    outcome(isReset: bits.contains(.reset), self[clientIsLow].state, self[!clientIsLow].state)
  }

  /// The outcome if no more segments come: a doubtful RST then counts.
  @inline(__always)
  var outcomeAtEnd: Outcome {
    let isReset = teardown.doubtfulReset.isSet
    let isClients = teardown.doubtfulResetIsFromLow == clientIsLow
    return outcome(
      isReset: isReset || bits.contains(.reset),
      isReset && isClients ? .closed : self[clientIsLow].state,
      isReset && !isClients ? .closed : self[!clientIsLow].state)
  }

  @inline(__always)
  private func outcome(isReset: Bool, _ client: TCPState, _ server: TCPState) -> Outcome {
    if low.bits.contains(.finSent), high.bits.contains(.finSent) { return .closed }
    if bits.contains(.refused) { return .refused }
    let isAnswered = self[!clientIsLow].bits.contains(.synACKSent)
    if isHandshakeKnown, !isAnswered, server == .listen { return .unanswered }
    if isReset { return .reset }
    if low.bits.union(high.bits).contains(.finSent) { return .halfClosed }
    if isAnswered, client == .synSent { return .halfOpen }
    return .open
  }

  var handshakeView: Handshake {
    var view = Handshake()
    let isSimultaneous = low.bits.intersection(high.bits).contains(.synSent)
    view.syn = handshake.syn == .min ? nil : handshake.syn
    view.synAck = handshake.synACK == .min ? nil : handshake.synACK
    view.ack = handshake.ack == .min ? nil : handshake.ack
    view.synRetransmissions = Int(handshake.synRetransmissions)
    view.synAckRetransmissions = Int(handshake.synACKRetransmissions)
    for side in Side.allCases {
      let isLow = (side == .client) == clientIsLow
      guard !self[isLow].bits.isDisjoint(with: .anySYNSent) else { continue }
      let offered = self[isLow].offered
      view.isn[side] = self[isLow].isn.rawValue
      view.options[side] = Handshake.Options(
        mss: offered.contains(.mss) ? self[isLow].mss : nil,
        windowScale: offered.contains(.windowScale) ? self[isLow].windowShift : nil,
        sackPermitted: offered.contains(.sackPermitted),
        timestamps: offered.contains(.timestamps), fastOpen: offered.contains(.fastOpen))
    }
    if !isHandshakeKnown {
      view.kind = .notCaptured
    } else if isSimultaneous {
      view.kind = .simultaneous
    } else if view.syn != nil, view.synAck != nil, view.ack != nil {
      view.kind = bits.contains(.fastOpen) ? .fastOpen : .threeWay
    } else {
      view.kind = .incomplete
    }
    // Of several SYNs or SYN/ACKs the last one before the answer: the ones before were lost.
    if view.syn != nil, let synAck = view.synAck {
      let time = synAck &- handshake.latestSYN.at
      view.serverRTT = time < 0 ? nil : time
    }
    if view.synAck != nil, let ack = view.ack {
      let time = ack &- handshake.latestSYNACK
      view.clientRTT = time < 0 ? nil : time
    }
    if view.synRetransmissions + view.synAckRetransmissions == 0, let syn = view.syn,
      let ack = view.ack
    {
      view.rtt = ack &- syn
    }
    return view
  }

  var teardownView: Teardown {
    var view = Teardown(kind: teardownKind)
    guard teardown.start != .min else { return view }
    view.initiator = teardown.initiatorIsLow == clientIsLow ? .client : .server
    view.start = teardown.start
    view.duration = max(0, teardown.end &- teardown.start)
    if teardown.secondFIN != .min {
      view.halfClosed = max(0, teardown.secondFIN &- teardown.start)
    }
    view.landmarks = [
      teardown.startFrame == teardown.resetFrame ? 0 : teardown.startFrame,
      teardown.firstACKFrame, teardown.secondFINFrame, teardown.secondACKFrame,
      teardown.resetFrame,
    ]
    return view
  }

  private var teardownKind: Teardown.Kind {
    if low.bits.contains(.finSent), high.bits.contains(.finSent) {
      if teardown.firstACKFrame != 0, teardown.firstACKFrame < teardown.secondFINFrame {
        return .fourWay
      }
      return teardown.secondAcknowledgesFirst ? .threeWay : .simultaneous
    }
    if bits.contains(.reset) { return .reset }
    return teardown.start == .min ? .none : .half
  }

  func landmarks(_ pair: CountsPool.Pair) -> Landmarks {
    func known(_ frame: Int64) -> Int64? { frame == 0 ? nil : frame }
    var marks = Landmarks()
    let client = pair[clientIsLow]
    let server = pair[!clientIsLow]
    marks.firstSYNRetransmission = known(pair.firstSYNRetransmission)
    marks.firstRetransmission = known(pair.firstRetransmission)
    marks.firstZeroWindow = known(pair.firstZeroWindow)
    marks.firstDuplicateFrame = known(pair.firstDuplicateFrame)
    marks.longestWait = known(phases.longestWaitFrame)
    marks.zeroWindowTime = PerSide(
      client: client.zeroWindowTime(until: latest), server: server.zeroWindowTime(until: latest))
    marks.unansweredKeepAlives = PerSide(
      client: client.unansweredKeepAlives(self[!clientIsLow].analysis.lastSegmentTime),
      server: server.unansweredKeepAlives(self[clientIsLow].analysis.lastSegmentTime))
    marks.clockWentBackwards = bits.contains(.clockBackwards)
    if teardown.resetFrame != 0 {
      marks.reset = teardown.resetFrame
      marks.resetBy = teardown.resetIsFromLow == clientIsLow ? .client : .server
      marks.resetTTL = teardown.resetTTL
      let isLow = teardown.resetIsFromLow
      let sentMore = self[isLow].segments > Int64(self[isLow].rstSegments)
      marks.usualTTL = sentMore ? self[isLow].ttl : nil
    }
    return marks
  }

  var timings: Timings {
    var timings = Timings()
    func known(_ sum: Nanoseconds) -> Nanoseconds? { sum < 0 ? nil : sum }
    timings.handshake = known(phases.handshake)
    timings.send = known(phases.send)
    timings.wait = known(phases.wait)
    timings.receive = known(phases.receive)
    timings.idle = known(phases.idle)
    timings.teardown = known(phases.teardown)
    timings.longestWait = known(phases.longestWait)
    timings.longestIdle = known(phases.longestIdle)
    timings.exchanges = Int(phases.exchanges)
    let firstPayload = self[!clientIsLow].firstPayload
    if handshake.syn != .min, firstPayload != .min {
      timings.firstByte = firstPayload &- handshake.syn
    }
    return timings
  }
}

extension Vantage {
  /// Close to an end when that end's part of the handshake took less than a tenth of the whole.
  /// Below 100 microseconds in all, both ends may be the same host: nothing can be said.
  init(handshake: Handshake) {
    self = .unknown
    guard handshake.kind == .threeWay, let server = handshake.serverRTT,
      let client = handshake.clientRTT, server >= 0, client >= 0, server &+ client >= 100_000
    else { return }
    if client < (server &+ client) / 10 {
      self = .client
    } else if server < (server &+ client) / 10 {
      self = .server
    } else {
      self = .middle
    }
  }
}
