import TCPModel

// What the findings point at, from a record and what was counted of it.

extension UnsafePointer<ConnectionRecord> {
  /// No second segment confirms its addresses and ports.
  var isCorrupt: Bool {
    pointee.bits.contains(.beginsCorrupt)
      && endpoint(.low).pointee.segments + endpoint(.high).pointee.segments == 1
  }

  @inline(__always)
  func landmarks(_ pair: CountsPool.Pair, _ pool: borrowing HolePool) -> Landmarks {
    func known(_ frame: Int64) -> Int64? { frame == 0 ? nil : frame }
    var marks = Landmarks()
    let client = pair[clientEnd]
    let server = pair[clientEnd.other]
    marks.firstSYNRetransmission = known(pair.firstSYNRetransmission)
    marks.firstRetransmission = PerSide(
      client: known(client.firstRetransmission), server: known(server.firstRetransmission))
    marks.firstDuplicateFrame = known(pair.firstDuplicateFrame)
    marks.longestWait = known(pointee.phases.longestWaitFrame)
    marks.longestAnswer = pointee.phases.longestAnswer
    marks.longestAnswered = known(pointee.phases.longestAnswerFrame)
    marks.alikeAnswers = pointee.phases.alikeAnswers
    marks.longestUnasked = Nanoseconds(pointee.phases.longestUnasked) &* 1_000_000_000
    marks.zeroWindow = PerSide(
      client: client.zeroWindowStops(until: pointee.latest),
      server: server.zeroWindowStops(until: pointee.latest))
    marks.unansweredKeepAlives = PerSide(
      client: client.unansweredKeepAlives(serverEndpoint.pointee.analysis.lastSegmentTime),
      server: server.unansweredKeepAlives(clientEndpoint.pointee.analysis.lastSegmentTime))
    for side in Side.allCases where marks.unansweredKeepAlives[side] > 0 {
      let frames = side == .client ? client.keepAliveFrames : server.keepAliveFrames
      marks.firstKeepAlive[side] = frames.first
      marks.lastKeepAlive[side] = frames.last
    }
    marks.clockBackwards = known(pair.firstBackwards)
    if pointee.teardown.rstFrame != 0 {
      marks.reset = pointee.teardown.rstFrame
      marks.resetBy = pointee.teardown.rstSender == clientEnd ? .client : .server
      if pointee.bits.contains(.refused), pointee.teardown.start != .min {
        marks.refusedAfter = pointee.teardown.start &- pointee.handshake.latestSYN.at
      }
      marks.rstTTL = pointee.teardown.rstTTL
      let end = pointee.teardown.rstSender
      marks.usualTTL = endpoint(end).pointee.usualTTL
      marks.acknowledgedByReset[end == clientEnd ? .server : .client] =
        Int64(pointee.teardown.rstAcknowledges)
      marks.rstIsForged = pointee.bits.contains(.rstIsForged)
      if pointee.teardown.goesOnAfter > 0 {
        marks.goesOnAfterReset = pointee.teardown.rstFrame &+ Int64(pointee.teardown.goesOnAfter)
      }
      marks.isRSTForeign =
        marks.rstIsForged
        || endpoint(end).pointee.origin(ofRST: pointee.teardown.rstTTL) == .elsewhere
    }
    marks.firstChallengeACK = known(pair.firstChallengeACK)
    marks.firstGap = known(pair.firstPassedGap) ?? known(pair.firstGap)
    marks.synACK = pointee.handshake.synACKFrame(firstFrame: pointee.firstFrame)
    marks.opensUnseen = pointee.bits.contains(.opensUnseen)
    if pair.latestRepeatedSYN.nanoseconds != .min,
      let answered = pointee.handshake.answer(before: pair.latestRepeatedSYN.since(pointee.start))
    {
      marks.repeatedSYNAnswered = answered
      marks.hasTwoAnswers = pointee.handshake.otherSYNACK != .min
    }
    marks.isCorrupt = isCorrupt
    marks.sidesAreAssumed =
      !isHandshakeKnown && pointee.bits.isDisjoint(with: [.lowServes, .highServes])
    marks.isHalfUsed =
      clientEndpoint.pointee.bits.contains(.usesHalf)
      || serverEndpoint.pointee.bits.contains(.usesHalf)
    marks.isMultipath =
      clientEndpoint.pointee.offered.contains(.multipath)
      && serverEndpoint.pointee.offered.contains(.multipath)
    marks.meetsTimeWait = pointee.bits.contains(.meetsTimeWait)
    marks.crossingPayload = known(pointee.teardown.crossingFrame)
    marks.lastPayload = known(pointee.phases.lastPayloadFrame)
    marks.closesUnanswered = pointee.bits.contains(.closesInWait)
    marks.lastIdle = pointee.phases.lastIdle
    marks.lastPayloadAt = pointee.phases.lastPayload
    switch pointee.phases.current {
    case .send, .wait, .receive: marks.openSince = pointee.phases.start
    default: break
    }
    for side in Side.allCases {
      let end = side == .client ? clientEnd : clientEnd.other
      marks.note(endpoint(end), pair[end], pair[end.other], side, since: pointee.start, pool)
      // Segments without payload tell by their number what was sent before them; an RST may have any.
      let (coverage, next) = (
        endpoint(end).pointee.coverage, endpoint(end).pointee.analysis.nextSequence
      )
      if marks.firstHole[side] == 0, pointee.teardown.rstFrame == 0, coverage.isAcked,
        coverage.acked == coverage.highest, coverage.highest.isBefore(next)
      {
        marks.firstHole[side] = Int64(coverage.highest.distance(to: next))
      }
    }
    return marks
  }
}

extension Landmarks {
  /// What one side sent, and what became of it.
  @inline(__always)
  fileprivate mutating func note(
    _ sender: UnsafePointer<EndpointRecord>, _ own: CountsPool.OneSide,
    _ peers: CountsPool.OneSide, _ side: Side, since start: Timestamp, _ pool: borrowing HolePool
  ) {
    guard sender.pointee.segments > 0 else { return }
    lastSegment[side] = sender.pointee.analysis.lastSegmentTime.since(start)
    if sender.pointee.firstPayload != .min { firstPayload[side] = sender.pointee.firstPayload }
    if own.foreignSACKs > 0 {
      foreignSACK[side] = own.firstForeignSACK
      foreignSACKs[side] = Int(own.foreignSACKs)
    }
    if own.firstDuplicateReport != 0 {
      duplicateReport[side] = own.firstDuplicateReport
      duplicateReports[side] = own.duplicateReports
    }
    if own.reportedHoles > 0 {
      holeReport[side] = own.firstHoleReport
      reportedHoles[side] = own.reportedHoles
    }
    let coverage = sender.pointee.coverage
    acknowledgedRepeats[side] = own.needlessSegments
    guard coverage.isStarted, coverage.isAcked else { return }
    // An RST may have closed it before: then the FIN is noted nowhere but in what it covers.
    let isFINOpen =
      sender.pointee.bits.contains(.finSent)
      ? coverage.acked.isBefore(sender.pointee.finEnd)
      : sender.pointee.finSegments > 0 && coverage.acked.isBefore(coverage.highest)
    unacknowledged[side] =
      Int64(max(0, coverage.acked.distance(to: coverage.highest))) &- (isFINOpen ? 1 : 0)
    if let hole = pool.holes(coverage.holes).first {
      if hole.left == coverage.acked { firstHole[side] = Int64(hole.left.distance(to: hole.right)) }
    }
    if own.stuck.repeats > 0, own.stuck.sequence == coverage.acked {
      stuck[side] = StuckData(
        length: Int64(own.stuck.length), repeats: Int(own.stuck.repeats),
        firstFrame: own.stuck.firstFrame, lastFrame: own.stuck.lastFrame,
        since: own.stuck.since.since(start), until: own.stuck.until.since(start),
        longestArrived: peers.sackedAt == coverage.acked ? Int64(peers.longestSACK) : 0)
    }
  }
}
