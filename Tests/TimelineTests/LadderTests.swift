import TCPModel
import TestSupport
import Testing

@testable import Timeline

/// What the story of a connection keeps, folds and says.
@Suite struct LadderTests {
  private func rows(
    _ script: ConnectionScript, _ change: (inout DiagramOptions) -> Void = { _ in }
  ) -> [LadderRow] {
    var options = DiagramOptions()
    change(&options)
    return Ladder(script.connection, options).rows
  }

  private func remarks(_ rows: [LadderRow]) -> [SegmentRemarks] {
    rows.compactMap { if case .segment(let segment) = $0.content { segment.remarks } else { nil } }
  }

  private static let download = ConnectionScript(
    """
    0 > S
    40 < S.
    40 > . !changes
    41 > P. len 100 !opens
    81 < . len 1448 !opens
    82 < . len 1448
    82 > .
    83 < . len 1448
    84 < . len 1448
    84 > .
    85 < P. len 1000
    85 > .
    """)

  @Test func aSecondCopyOfASYNStaysInTheBackground() {
    let label = SegmentLabel(Connection(), .of(.en))
    var segment = SegmentDetail(
      frame: 1, at: 0, from: .client, flags: .syn, sequence: 0, acknowledgment: nil, payload: 0,
      window: 64_240)
    #expect(label.ink(segment) == .handshake)
    #expect(!label.options(segment).isEmpty)
    segment.kinds = [.duplicateFrame]
    #expect(label.ink(segment) == .quiet)
    #expect(label.options(segment).isEmpty)
  }

  /// The other point's capture numbers its frames for itself.
  @Test func aStateStandsAtAFrameOfItsOwnCapture() {
    var connection = Self.download.connection
    var lost = SegmentDetail(
      frame: 3, at: 41_000_000, from: .server, flags: .ack, sequence: 1, acknowledgment: 1,
      payload: 1448, window: 64_240)
    lost.isLostOnPath = true
    lost.isSeenFarOnly = true
    connection.segments?.insert(.segment(lost), at: 2)
    connection.states.client = [
      StateChange(state: .synSent, at: 0, frame: 1, basis: .observed),
      StateChange(state: .established, at: 40_000_000, frame: 3, basis: .observed),
    ]
    let script = SequenceScript(
      connection, header: ReportHeader(captures: [], summary: TraceSummary()),
      options: DiagramOptions())
    let place = script.steps.firstIndex(of: .state(.client, "ESTABLISHED"))
    guard let place, case .message(let message) = script.steps[place - 1] else {
      Issue.record("no message before the state: \(script.steps)")
      return
    }
    #expect(message.numbers(through: "-") == "3")
    #expect(!message.isSeenFarOnly)
    let far = script.steps.compactMap { step in
      if case .message(let message) = step, message.isSeenFarOnly { message } else { nil }
    }
    #expect(far.map { $0.numbers(through: "-") } == ["(3)"])
  }

  @Test func plainDataAndItsACKsBecomeOneRow() {
    let rows = rows(Self.download)
    #expect(rows.count == 6)
    guard case .run(let run) = rows.last?.content else {
      Issue.record("no run")
      return
    }
    #expect(run.tally.dataSegments.server == 4)
    #expect(run.tally.bareSegments.client == 3)
    #expect(run.tally.payload.server == 5344)
    #expect(run.sequences == 1449..<6793)
    #expect(run.tally.firstFrame == 6)
    #expect(run.tally.lastFrame == 12)
  }

  @Test func expandedNothingIsFolded() {
    #expect(rows(Self.download) { $0.isExpanded = true }.count == 12)
  }

  @Test func aLongSilenceBecomesABreak() {
    let script = ConnectionScript(
      """
      0 > P. len 10 !opens
      12400 < P. len 10 !opens
      """)
    let rows = rows(script)
    #expect(rows.count == 3)
    guard case .pause(let silence) = rows[1].content else {
      Issue.record("no break")
      return
    }
    #expect(silence == 12_400_000_000)
    #expect(self.rows(script) { $0.scale = .time }.count == 2)
  }

  @Test func theLimitKeepsBothEndsAndSaysWhatIsMissing() {
    let exchanges = (0..<200).map { index in
      """
      \(index * 1000) > P. len 10 !opens
      \(index * 1000 + 40) < P. len 20 !opens
      """
    }
    let script = ConnectionScript(exchanges.joined(separator: "\n"))
    let rows = rows(script)
    #expect(rows.count == 60)
    let omissions = rows.compactMap { row in
      if case .omission(let omission) = row.content { omission } else { nil }
    }
    let drawn = rows.count { if case .segment = $0.content { true } else { false } }
    #expect(omissions.count == 1)
    #expect(omissions[0].tally.segments + drawn == 400)
    #expect(rows.first?.tally.firstFrame == 1)
    #expect(rows.last?.tally.lastFrame == 400)
  }

  /// What the time went by with is no part of what is left out.
  @Test func aLongSilenceIsNeverLeftOut() {
    let data = { (from: Int) in
      (0..<150).map { "\(from + $0 * 10) > P. len 10 !opens" }.joined(separator: "\n")
    }
    let rows = rows(ConnectionScript(data(0) + "\n" + data(9000)))
    #expect(rows.count <= 60)
    let silence = rows.firstIndex { $0.silence == 7_510_000_000 }
    let end = silence.map { rows[$0 + 1] }
    #expect(end?.tally.firstFrame == 151 && end?.tally.segments == 1)
  }

  /// Many lost at once are one arrow, a few have one each.
  @Test(arguments: [(3, 3), (4, 1), (40, 1)])
  func lostOnesAreFolded(lost: Int, arrows: Int) {
    var connection = ConnectionScript(
      "0 > S\n40 < S.\n40 > . !changes\n"
        + (0..<lost).map { _ in "50 > . len 1000" }.joined(separator: "\n")
        + "\n90 < . ack 1"
    ).connection
    for index in connection.segments?.indices ?? 0..<0 {
      guard case .segment(var segment)? = connection.segments?[index], segment.payload > 0 else {
        continue
      }
      segment.isLostOnPath = true
      connection.segments?[index] = .segment(segment)
    }
    let ladder = Ladder(connection, DiagramOptions())
    let data = ladder.rows.filter { $0.tally.payload.client > 0 }
    #expect(data.count == arrows)
    #expect(data.reduce(0) { $0 + $1.tally.segments } == lost)
    for row in data {
      if case .run(let run) = row.content { #expect(run.isLost && !run.isSeenFarOnly) }
    }
  }

  @Test func whatChangesAStateIsNeverLeftOut() {
    let data = { (from: Int) in
      (0..<150).map { "\((from + $0) * 1000) > P. len 10 !opens" }.joined(separator: "\n")
    }
    let script = ConnectionScript(
      data(0) + "\n150500 < F.\n" + data(151) + "\n400000 > F.")
    let rows = rows(script)
    #expect(rows.count <= 60)
    let fins = rows.count { row in
      if case .segment(let segment) = row.content { segment.flags.contains(.fin) } else { false }
    }
    #expect(fins == 2)
  }

  @Test func aHoleInTheSACKsProvesALoss() {
    let script = ConnectionScript(
      """
      0 > P. 1 len 1000
      1 > P. 1001 len 1000
      40 < . ack 1 !duplicate_ack <sack 1001:2001>
      41 > P. 1 len 1000 !retransmission
      81 < . ack 2001
      """)
    let remarks = remarks(rows(script) { $0.isExpanded = true })
    #expect(remarks[0].fate == .lost)
    #expect(remarks[1].fate == .arrived)
    #expect(remarks[3].repeats == 1)
    #expect(remarks[3].sinceOriginal == 41_000_000)
  }

  @Test func aDuplicateSACKShowsThatNothingWasLost() {
    let script = ConnectionScript(
      """
      0 > P. 1 len 1000
      1 > P. 1001 len 1000
      40 < . ack 1 !duplicate_ack <sack 1001:2001>
      41 > P. 1 len 1000 !retransmission
      50 < . ack 2001
      81 < . ack 2001 <sack 1:1001>
      """)
    let remarks = remarks(rows(script) { $0.isExpanded = true })
    #expect(remarks[0].fate == .arrived)
    #expect(remarks[3].isNeedless)
  }

  @Test func anEchoFromBeforeTheRepeatShowsThatNothingWasLost() {
    let script = ConnectionScript(
      """
      0 > P. 1 len 1000 <ts 100/7>
      1 > P. 1001 len 1000 <ts 101/7>
      40 < . ack 1 !duplicate_ack <sack 1001:2001,ts 8/99>
      41 > P. 1 len 1000 !retransmission <ts 141/8>
      81 < . ack 2001 <ts 9/100>
      """)
    let remarks = remarks(rows(script) { $0.isExpanded = true })
    #expect(remarks[0].fate == .arrived)
    #expect(remarks[3].isNeedless)
  }

  @Test func aDuplicateSACKForTheThirdSendingSaysNothingOfTheFirst() {
    let script = ConnectionScript(
      """
      0 > P. 1 len 1000
      1 > P. 1001 len 1000
      40 < . ack 1 !duplicate_ack <sack 1001:2001>
      41 > P. 1 len 1000 !retransmission
      280 > P. 1 len 1000 !retransmission
      281 < . ack 2001
      320 < . ack 2001 <sack 1:1001>
      """)
    let remarks = remarks(rows(script) { $0.isExpanded = true })
    #expect(remarks[0].fate == .lost)
    #expect(remarks[3].fate == .arrived)
    #expect(remarks[4].isNeedless)
  }

  @Test func aRepeatAloneProvesNothing() {
    let script = ConnectionScript(
      """
      0 > S
      1000 > S !syn_retransmission
      1040 < S.
      """)
    let remarks = remarks(rows(script))
    #expect(remarks[0].fate == .unanswered)
    #expect(remarks[1].fate == .arrived)
  }

  /// RFC 9293 3.5.1: a half-open peer answers the SYN with an ACK, and the ACK is reset.
  @Test func aSYNThatMetAHalfOpenPeerHadArrived() {
    let script = ConnectionScript(
      """
      0 > S
      40 < . ack 77
      41 > R
      49 > S !syn_retransmission
      90 < S.
      """)
    #expect(remarks(rows(script) { $0.isExpanded = true })[0].fate == .arrived)
  }

  @Test func whatWasAcknowledgedWasNotLost() {
    let script = ConnectionScript(
      """
      0 > P. 1 len 100
      40 < . ack 101
      41 > P. 1 len 100 !retransmission !spurious_retransmission
      """)
    #expect(remarks(rows(script))[0].fate == .arrived)
  }

  @Test func aCaptureOfOneDirectionJudgesNoLoss() {
    let script = ConnectionScript(
      """
      0 > P. 1 len 100 ack 500
      200 > P. 1 len 100 ack 500 !retransmission
      """)
    #expect(remarks(rows(script))[0].fate == .arrived)
  }

  @Test func crossingSYNsRepeatNothing() {
    let script = ConnectionScript(
      """
      0 > S
      1 < S
      2 > S. !retransmission
      3 < S. !syn_ack_retransmission
      """)
    let remarks = remarks(rows(script))
    #expect(remarks.map(\.fate) == [.arrived, .arrived, .arrived, .arrived])
    #expect(remarks[2].answersCrossing && remarks[3].answersCrossing)
  }

  @Test func roomAfterAZeroWindowIsRemarked() {
    let script = ConnectionScript(
      """
      0 < . win 0 !zero_window
      100 < . win 5000 !window_update
      200 < . win 6000 !window_update
      """)
    #expect(remarks(rows(script)).map(\.opensWindow) == [false, true, false])
  }

  @Test func aClockThatStepsBackDoesNotTurnArrows() {
    let script = ConnectionScript(
      """
      5000 > P. len 10 !opens
      1000 < P. len 10 !opens
      """)
    let rows = rows(script)
    #expect(rows[1].first.arrival >= rows[0].first.departure)
  }
}

@Suite struct FlightTests {
  /// Captured beside the client, 20 ms from the server.
  private static let beside = {
    var delays = PathDelays()
    delays.toward.server = 20_000_000
    delays.vantage = .client
    return delays
  }()

  @Test func anAnswerNeverLeavesBeforeItsCauseArrives() {
    // 30 ms for a round trip that the handshake took 40 ms for.
    let entries = [
      FlightEstimate.Entry(at: 0, from: .client, acknowledgment: 1, sequenceEnd: 100),
      FlightEstimate.Entry(at: 1_000_000, from: .client, acknowledgment: 1, sequenceEnd: 200),
      FlightEstimate.Entry(at: 30_000_000, from: .server, acknowledgment: 200, sequenceEnd: nil),
    ]
    let flights = FlightEstimate.flights(entries, Self.beside)
    #expect(flights[1].arrival <= flights[2].departure)
    #expect(flights[0].arrival <= flights[1].arrival)
    #expect(flights[2].departure <= 30_000_000)
    #expect(flights[0].departure == 0)
  }

  @Test func aProbeAnsweredALittleTooSoonIsStillAnswered() {
    let entries = [
      FlightEstimate.Entry(at: 0, from: .client, acknowledgment: 1, sequenceEnd: nil),
      FlightEstimate.Entry(at: 39_000_000, from: .server, acknowledgment: 1, sequenceEnd: nil),
    ]
    let flights = FlightEstimate.flights(entries, Self.beside)
    #expect(flights[0].arrival <= flights[1].departure)
  }

  @Test func whatFollowsTheCauseIsNotHurried() {
    let entries = [
      FlightEstimate.Entry(at: 0, from: .client, acknowledgment: 1, sequenceEnd: 100),
      FlightEstimate.Entry(at: 20_000_000, from: .client, acknowledgment: 1, sequenceEnd: 200),
      FlightEstimate.Entry(at: 30_000_000, from: .server, acknowledgment: 100, sequenceEnd: nil),
    ]
    let flights = FlightEstimate.flights(entries, Self.beside)
    #expect(flights[0].arrival <= flights[2].departure)
    #expect(flights[1].arrival == 40_000_000)
  }

  @Test func nothingAnswersAReset() {
    let entries = [
      FlightEstimate.Entry(
        at: 0, from: .client, acknowledgment: nil, sequenceEnd: nil, isRST: true),
      FlightEstimate.Entry(at: 39_000_000, from: .server, acknowledgment: 1, sequenceEnd: 100),
    ]
    let flights = FlightEstimate.flights(entries, Self.beside)
    #expect(flights[0].arrival == 20_000_000)
    #expect(flights[1].departure == 19_000_000)
  }

  @Test func whatDoesNotAnswerMayCross() {
    let entries = [
      FlightEstimate.Entry(at: 0, from: .client, acknowledgment: 1, sequenceEnd: 100),
      FlightEstimate.Entry(at: 5_000_000, from: .server, acknowledgment: 1, sequenceEnd: 100),
    ]
    let flights = FlightEstimate.flights(entries, Self.beside)
    #expect(flights[1].departure < flights[0].arrival)
  }
}
