import Names
import TCPModel

// From a record to the public description of a connection.

/// 2 MSL as Linux takes it (TCP_TIMEWAIT_LEN); RFC 9293 3.4.2 says MSL is 2 minutes.
private let timeWaitLength: Nanoseconds = 60_000_000_000

extension ConnectionTracker {
  func summary(at index: Int, id: Int) -> ConnectionSummary {
    summary(of: settled(index).record, id: id)
  }

  func connection(at index: Int, id: Int) -> Connection {
    let settled = settled(index)
    var connection = Connection(summary: summary(of: settled.record, id: id))
    list(settled, in: &connection)
    return connection
  }

  func connection(at index: Int, summary: ConnectionSummary) -> Connection {
    var connection = Connection(summary: summary)
    list(settled(index), in: &connection)
    return connection
  }

  /// A connection in the place of another one, whose lists' memory serves again.
  func describe(_ index: Int, id: Int, withLists: Bool, in connection: inout Connection) {
    let settled = settled(index)
    describe(settled.record, id: id, in: &connection.summary)
    connection.clear()
    if withLists { list(settled, in: &connection) }
  }

  private func summary(of record: UnsafePointer<ConnectionRecord>, id: Int) -> ConnectionSummary {
    var summary = ConnectionSummary()
    describe(record, id: id, in: &summary)
    return summary
  }

  /// Sets every field, where it is: a summary is 2,633 bytes, and one that is returned is copied three
  /// times on its way into a connection.
  private func describe(
    _ record: UnsafePointer<ConnectionRecord>, id: Int, in summary: inout ConnectionSummary
  ) {
    let clientEnd = record.clientEnd
    let serverEnd = clientEnd.other
    let client = record.endpoint(clientEnd)
    let server = record.endpoint(serverEnd)
    summary.id = id
    summary.client = record.pointee.key[clientEnd]
    summary.server = record.pointee.key[serverEnd]
    summary.roleBasis = record.roleBasis
    summary.start = record.pointee.start
    summary.end = record.pointee.latest
    summary.firstFrame = record.pointee.firstFrame
    summary.lastFrame = record.pointee.lastFrame
    summary.capture = Int(record.pointee.capture)
    summary.reusesPorts = record.pointee.bits.contains(.portReused)
    summary.nextUseOfPorts =
      record.pointee.next == 0 || !records.isKept(Int(record.pointee.next) - 1)
      ? nil : records.look(at: Int(record.pointee.next) - 1).pointee.start
    summary.completeness = Int(record.pointee.completeness)
    summary.outcome = record.outcome
    summary.connState = record.connState
    summary.zeekDuration = record.zeekDuration
    summary.history = record.history
    summary.handshake = record.handshake
    summary.vantage = Vantage(handshake: summary.handshake)
    summary.teardown = record.teardown
    summary.timings = record.timings
    describe(client, in: &summary.traffic.client)
    describe(server, in: &summary.traffic.server)
    summary.rtt.client = client.pointee.roundTrip.summary
    summary.rtt.server = server.pointee.roundTrip.summary
    describeTransfer(of: record, in: &summary)
    let pair = counts.pair(record.pointee.counts)
    summary.landmarks = record.landmarks(pair, pool)
    summary.analysis = PerSide(
      client: pair[clientEnd].counts, server: pair[clientEnd.other].counts)
    describeApplication(record, in: &summary)
    summary.creditSilence()
  }

  private func describeApplication(
    _ record: UnsafePointer<ConnectionRecord>, in summary: inout ConnectionSummary
  ) {
    summary.name = nil
    let state = record.pointee.application
    if state.isUntouched {
      summary.spoken = Application(port: summary.server.port).map { ApplicationFacts($0, .port) }
      return
    }
    summary.spoken = applications.facts(state, client: record.clientEnd)
    guard let count = summary.spoken?.exchanges.count else { return }
    for index in 0..<count {
      if let end = summary.spoken?.exchanges[index].requestEnd,
        let response = summary.spoken?.exchanges[index].responseAt
      {
        let own = summary.serverTime(ofWait: response &- end)
        summary.spoken?.exchanges[index].serverTime = own
      }
    }
  }

  @inline(__always)
  private func describe(
    _ endpoint: UnsafePointer<EndpointRecord>, in traffic: inout Traffic
  ) {
    traffic.segments = endpoint.pointee.segments
    traffic.ipBytes = endpoint.pointee.ipBytes
    traffic.payloadBytes = endpoint.pointee.payloadBytes
    traffic.uniqueBytes = endpoint.pointee.coverage.uniqueBytes
    traffic.retransmittedSegments = Int64(endpoint.pointee.coverage.retransmittedSegments)
    traffic.retransmittedBytes = endpoint.pointee.coverage.retransmittedBytes
    traffic.missingBytes = endpoint.pointee.coverage.missingBytes(
      pool, from: endpoint.pointee.beginsLate ? endpoint.pointee.analysis.baseSequence + 1 : nil)
    traffic.maxWindow =
      endpoint.pointee.segments > 0 ? Int64(endpoint.pointee.maxWindow) : nil
    traffic.syn = Int64(endpoint.pointee.synSegments)
    traffic.fin = Int64(endpoint.pointee.finSegments)
    traffic.rst = Int64(endpoint.pointee.rstSegments)
  }

  /// The states and phases of a connection whose summary is there.
  private func list(_ settled: SettledConnection, in connection: inout Connection) {
    let record = settled.record
    if record.pointee.chain.isClosed { return }
    let clientEnd = record.clientEnd
    if record.isHandshakeKnown {
      connection.states.client.append(record.beginning(of: clientEnd))
      connection.states.server.append(record.beginning(of: clientEnd.other))
    }
    records.journal.pointee.forEach(settled.chain.pointee) {
      connection.append($0, client: clientEnd)
    }
    tail.pointee.forEach(record.pointee.chain) {
      connection.append($0, client: clientEnd)
    }
    for side in Side.allCases {
      let end = side == .client ? clientEnd : clientEnd.other
      connection.states[side].forgetReset(unless: record.pointee[end].state == .closed)
    }
    connection.phasesOmitted = Int(record.pointee.phases.written) - connection.phases.count
    endTimeWait(&connection)
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
  /// Forgets everything beside the summary, but keeps the lists' memory.
  fileprivate mutating func clear() {
    phases.removeAll(keepingCapacity: true)
    phasesOmitted = 0
    states.client.removeAll(keepingCapacity: true)
    states.server.removeAll(keepingCapacity: true)
    events = nil
    segments = nil
    charts = nil
    processes = PerSide(both: nil)
    snapshots = nil
    snapshotsOmitted = 0
  }

  fileprivate mutating func append(_ entry: Journal.Entry, client: End) {
    switch entry {
    case .state(let end, let change):
      // Not by the side: what that gives is a copy, and appending to it copies the list.
      if end == client {
        states.client.forgetReset()
        states.client.append(change.notBefore(states.client.last))
      } else {
        states.server.forgetReset()
        states.server.append(change.notBefore(states.server.last))
      }
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

extension [StateChange] {
  /// Nothing comes after CLOSED but where the RST that led there turned out to be another host's.
  fileprivate mutating func forgetReset(unless isClosed: Bool = false) {
    guard !isClosed, let last, last.state == .closed, last.frame != nil else { return }
    removeLast()
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

/// What follows from a record, asked where it lies: a method of the record itself is given a copy of
/// its 1,456 bytes, and there were 26 of them a row.
extension UnsafePointer<ConnectionRecord> {
  @inline(__always)
  func endpoint(_ end: End) -> UnsafePointer<EndpointRecord> {
    let first = UnsafeRawPointer(self) + ConnectionRecord.endpointsOffset
    return first.assumingMemoryBound(to: EndpointRecord.self) + end.index
  }

  var clientEnd: End { pointee.client }

  // Apart, because they need copies: where a copy of the whole is made at all, the compiler takes
  // every other field from copies too.
  @inline(never)
  var roleBasis: RoleBasis { pointee.role.basis }
  @inline(never)
  var connState: String { pointee.zeek.connState }
  @inline(never)
  var history: String { pointee.zeek.history }
  @inline(never)
  var zeekDuration: Nanoseconds {
    pointee.zeek.duration(from: pointee.start, to: pointee.latest)
  }

  var clientEndpoint: UnsafePointer<EndpointRecord> { endpoint(clientEnd) }
  var serverEndpoint: UnsafePointer<EndpointRecord> { endpoint(clientEnd.other) }

  /// What either endpoint did.
  private var eitherBits: EndpointRecord.Bits {
    clientEndpoint.pointee.bits.union(serverEndpoint.pointee.bits)
  }

  /// What both endpoints did.
  private var commonBits: EndpointRecord.Bits {
    clientEndpoint.pointee.bits.intersection(serverEndpoint.pointee.bits)
  }

  /// The state of an endpoint before its first segment.
  func beginning(of end: End) -> StateChange {
    let isOpener = endpoint(end).pointee.bits.contains(.activeOpener)
    return StateChange(
      state: isOpener ? .closed : .listen, at: nil, frame: nil, basis: .assumed)
  }

  /// A SYN or SYN/ACK was captured.
  @inline(__always)
  var isHandshakeKnown: Bool {
    !eitherBits.isDisjoint(with: .anySYNSent)
  }

  var outcome: Outcome {
    outcome(
      isReset: pointee.bits.contains(.reset), clientEndpoint.pointee.state,
      serverEndpoint.pointee.state)
  }

  /// The outcome if no more segments come: a doubtful RST then counts.
  @inline(__always)
  var outcomeAtEnd: Outcome {
    let isReset = pointee.teardown.doubtfulRST.isSet
    let isClients = pointee.teardown.doubtfulRSTSender == clientEnd
    return outcome(
      isReset: isReset || pointee.bits.contains(.reset),
      isReset && isClients ? .closed : clientEndpoint.pointee.state,
      isReset && !isClients ? .closed : serverEndpoint.pointee.state)
  }

  @inline(__always)
  private func outcome(
    isReset: Bool, _ clientState: TCPState, _ serverState: TCPState
  ) -> Outcome {
    if commonBits.contains(.finSent) {
      let isLost = clientEndpoint.pointee.repeatsFIN || serverEndpoint.pointee.repeatsFIN
      return isLost ? .halfClosed : .closed
    }
    let isAnswered = serverEndpoint.pointee.bits.contains(.synACKSent)
    if pointee.bits.contains(.refused), !isAnswered { return .refused }
    if isHandshakeKnown, !isAnswered, serverState == .listen {
      // Answered by what belongs to another connection of these ports, which the server still has:
      // half-open connection discovery, RFC 9293 3.5.1.
      return serverEndpoint.pointee.hasAnswered ? .halfOpen : .unanswered
    }
    if isReset { return .reset }
    if eitherBits.contains(.finSent) { return .halfClosed }
    if isAnswered, clientState == .synSent, !isServerSure { return .halfOpen }
    return .open
  }

  /// The server sends data or acknowledges some, as it may only after the handshake's last ACK: where that was
  /// not captured, the capture missed it.
  private var isServerSure: Bool {
    let acked = clientEndpoint.pointee.coverage
    return serverEndpoint.pointee.payloadBytes > 0 && !pointee.bits.contains(.fastOpen)
      || acked.isAcked && acked.isStarted && acked.first.distance(to: acked.acked) > 1
        && !pointee.bits.contains(.fastOpen)
  }

  @inline(__always)
  var handshake: Handshake {
    var view = Handshake()
    let isSimultaneous = commonBits.contains(.synSent)
    view.syn = pointee.handshake.syn == .min ? nil : pointee.handshake.syn
    view.synACK = pointee.handshake.synACK == .min ? nil : pointee.handshake.synACK
    view.ack = pointee.handshake.ack == .min ? nil : pointee.handshake.ack
    view.synRetransmissions = Int(pointee.handshake.synRetransmissions)
    view.synACKRetransmissions = Int(pointee.handshake.synACKRetransmissions)
    for side in Side.allCases {
      let end = side == .client ? clientEnd : clientEnd.other
      guard !endpoint(end).pointee.bits.isDisjoint(with: .anySYNSent) else { continue }
      let offered = endpoint(end).pointee.offered
      view.isn[side] = endpoint(end).pointee.isn.rawValue
      view.options[side] = Handshake.Options(
        mss: offered.contains(.mss) ? endpoint(end).pointee.mss : nil,
        windowScale: offered.contains(.windowScale)
          ? endpoint(end).pointee.windowShift : nil,
        sackPermitted: offered.contains(.sackPermitted),
        timestamps: offered.contains(.timestamps), fastOpen: offered.contains(.fastOpen))
    }
    if !isHandshakeKnown {
      view.kind = .notCaptured
    } else if isSimultaneous {
      view.kind = .simultaneous
    } else if view.syn != nil, view.synACK != nil, view.ack != nil,
      !pointee.bits.contains(.opensUnseen)
    {
      view.kind = pointee.bits.contains(.fastOpen) ? .fastOpen : .threeWay
    } else {
      view.kind = .incomplete
    }
    // Of several SYNs or SYN/ACKs the last one before the answer: the ones before were lost.
    if view.syn != nil, view.synACK != nil {
      let time = pointee.handshake.synACK &- pointee.handshake.latestSYN.at
      view.serverRTT = time < 0 ? nil : time
    }
    let isSeen = !pointee.bits.contains(.opensUnseen)
    if view.synACK != nil, view.ack != nil, isSeen {
      let time = pointee.handshake.ack &- pointee.handshake.latestSYNACK
      view.clientRTT = time < 0 ? nil : time
    }
    if view.synRetransmissions + view.synACKRetransmissions == 0, isSeen, let syn = view.syn,
      let ack = view.ack
    {
      let time = ack &- syn
      view.rtt = time < 0 ? nil : time
    }
    return view
  }

  @inline(__always)
  var teardown: Teardown {
    var view = Teardown(kind: teardownKind)
    guard pointee.teardown.start != .min else { return view }
    let isOfOthers =
      pointee.bits.contains(.rstIsForged)
      && pointee.teardown.startFrame == pointee.teardown.rstFrame
    if !isOfOthers {
      view.initiator = pointee.teardown.initiator == clientEnd ? .client : .server
    }
    view.start = pointee.teardown.start
    view.duration = max(0, pointee.teardown.end &- pointee.teardown.start)
    if pointee.teardown.secondFIN != .min {
      view.halfClosed = max(0, pointee.teardown.secondFIN &- pointee.teardown.start)
    }
    view.landmarks = [
      pointee.teardown.startFrame == pointee.teardown.rstFrame ? 0 : pointee.teardown.startFrame,
      pointee.teardown.firstACKFrame, pointee.teardown.secondFINFrame,
      pointee.teardown.secondACKFrame,
      pointee.teardown.rstFrame,
    ]
    return view
  }

  private var teardownKind: Teardown.Kind {
    if commonBits.contains(.finSent) {
      if pointee.teardown.firstACKFrame != 0,
        pointee.teardown.firstACKFrame < pointee.teardown.secondFINFrame
      {
        return .fourWay
      }
      return pointee.teardown.secondAcknowledgesFirst ? .threeWay : .simultaneous
    }
    if pointee.bits.contains(.reset) { return .reset }
    return pointee.teardown.start == .min ? .none : .half
  }

  @inline(__always)
  var timings: Timings {
    var timings = Timings()
    func known(_ sum: Nanoseconds) -> Nanoseconds? { sum < 0 ? nil : sum }
    timings.handshake = known(pointee.phases.handshake)
    timings.tls = known(pointee.phases.tls)
    timings.send = known(pointee.phases.send)
    timings.wait = known(pointee.phases.wait)
    timings.receive = known(pointee.phases.receive)
    timings.idle = known(pointee.phases.idle)
    timings.stalled = known(pointee.phases.stalled)
    timings.teardown = known(pointee.phases.teardown)
    timings.serverTime = known(pointee.phases.serverTime)
    timings.longestWait = known(pointee.phases.longestWait)
    timings.longestIdle = known(pointee.phases.longestIdle)
    timings.exchanges = Int(pointee.phases.exchanges)
    let firstPayload = serverEndpoint.pointee.firstPayload
    if pointee.handshake.syn != .min, firstPayload != .min {
      timings.firstByte = firstPayload &- pointee.handshake.syn
    }
    return timings
  }
}

extension EndpointRecord {
  /// Sent something that is no RST.
  fileprivate var hasAnswered: Bool { segments > Int64(rstSegments) }

  /// Sent its FIN again and again, and nobody acknowledged it: the peer is gone.
  fileprivate var repeatsFIN: Bool {
    bits.contains(.finRepeated) && !(coverage.isAcked && finEnd.isAtOrBefore(coverage.acked))
  }
}
