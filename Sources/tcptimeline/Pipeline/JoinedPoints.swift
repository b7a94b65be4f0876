import Correlation
import Paths
import Support
import TCPModel
import TraceParsing

/// One place where packets were captured, with its captures.
struct CapturePoint {
  var name: String
  var captures: [InputCapture]
}

/// The captures of several points on their way to one report: what they have in common is found before
/// the first pass, segments are matched in it, and each segment is given on from one point only.
final class JoinedPoints {
  let names: [String]
  private var join: PathJoin
  /// By capture, the point it was taken at.
  private let pointOf: [Int]
  private var clocks: [PointClock] = []
  private var index: PathIndex?
  private var counted = SegmentRoom(for: SegmentBatch.size)
  /// Of the batch before, by segment.
  private var isCounted: [Bool] = []
  /// Of the batch before, what the last point saw.
  private var atLast = SegmentRoom(for: SegmentBatch.size)
  /// The same of connections that are told by another one.
  private(set) var uncounted: [Segment] = []
  private let farEnd: FarEnd
  /// By connection, what the far end's capture shows in detail.
  private var farDetails: [Int: FarDetail] = [:]

  private struct FarDetail {
    var charts: ChartSamples?
    var limits: [LimitInterval]?
    var omitted: Int
    var states: [StateChange]
  }
  /// When the last point saw its last segment.
  private var lastAtLast = Timestamp(nanoseconds: .min)
  private var isMatched = false
  /// The next walk notes the ways of some connections.
  private var isRecording = false
  private let messages: PathMessages
  /// By the first frame, where connections are carried on by others.
  private var numbers: [FramePlace: Int] = [:]
  private var alone: [PathsSummary.Alone] = []

  /// Finds the connections of every point and compares the clocks: one walk through all captures, and one
  /// more where a relay may stand between them.
  ///
  /// - Parameters:
  ///   - points: In the order of the path; afterwards they are, where they were not named in it.
  ///   - isOrdered: They are in the order of the path already.
  ///   - farEnd: Takes what the last one shows.
  init(
    _ points: inout [CapturePoint], isOrdered: Bool = true, isSameClock: Bool, threads: Int,
    _ pseudonyms: AddressPseudonyms?, _ farEnd: FarEnd
  ) throws(Failure) {
    self.farEnd = farEnd
    var streams = points.map { CaptureStream($0.captures, pseudonyms: pseudonyms) }
    var join = PathJoin(try Self.survey(streams, threads: threads))
    join.pair()
    if !isOrdered {
      let order = join.order
      join.arrange(order, captures: Self.moved(points.map(\.captures.count), order))
      let places = points.map(\.name)
      points = order.map { points[$0] }
      for (place, name) in places.enumerated() { points[place].name = name }
      streams = order.map { streams[$0] }
    } else if join.order == points.indices.reversed() {
      Self.sayExchanged(points)
    }
    if join.mayHoldRelays {
      join.rewind()
      let pointOf = Self.pointOf(points)
      try Self.walk(streams) { join.listen($0, $1, pointOf: pointOf) }
      join.findRelays()
    }
    join.compareClocks(
      isSameClock: isSameClock,
      drops: streams.map { $0.infos.contains { $0.interfaceDrops ?? 0 > 0 } })
    var messages = streams.map(\.icmp)
    var base = 0
    for point in points.indices {
      for number in messages[point].indices { messages[point][number].capture += base }
      base += points[point].captures.count
    }
    self.messages = join.messages(messages)
    names = points.map(\.name)
    pointOf = Self.pointOf(points)
    clocks = points.indices.map { join.clock(of: $0) }
    self.join = join
  }

  /// The order is the user's to say, and what it makes of the report his to know.
  private static func sayExchanged(_ points: [CapturePoint]) {
    guard let first = points.first, let last = points.last, let near = last.captures.first else {
      return
    }
    Failure.say(
      "\(first.name) and \(last.name) may be exchanged: by the handshakes \(near.name) was captured nearer"
        + " the clients")
  }

  /// Where each capture comes to stand when the points are put into another order.
  private static func moved(_ counts: [Int], _ order: [Int]) -> [UInt16] {
    var bases = Array(repeating: 0, count: counts.count)
    var base = 0
    for point in order {
      bases[point] = base
      base += counts[point]
    }
    return counts.indices.flatMap { point in
      (0..<counts[point]).map { UInt16(truncatingIfNeeded: bases[point] + $0) }
    }
  }

  /// By capture.
  private static func pointOf(_ points: [CapturePoint]) -> [Int] {
    points.enumerated().flatMap { point, place in place.captures.map { _ in point } }
  }

  /// Walks through every point's captures; through those of several points at a time where there are threads.
  private static func survey(
    _ streams: [CaptureStream], threads: Int
  ) throws(Failure) -> [PointSurvey] {
    var surveys = streams.map { _ in PointSurvey() }
    var failures: [Failure?] = streams.map { _ in nil }
    var bases: [UInt16] = []
    for stream in streams {
      bases.append((bases.last ?? 0) &+ UInt16(truncatingIfNeeded: stream.count))
    }
    surveys.withUnsafeMutableBufferPointer { surveys in
      failures.withUnsafeMutableBufferPointer { failures in
        // Each touches its own stream, survey and failure.
        nonisolated(unsafe) let (surveys, failures) = (surveys, failures)
        func survey(_ point: Int) {
          do throws(Failure) {
            let base = bases[point] &- UInt16(truncatingIfNeeded: streams[point].count)
            try streams[point].read { segments, _ in
              surveys[point].add(segments, capturesFrom: base)
              return true
            }
          } catch {
            failures[point] = error
          }
        }
        if threads > 1 {
          concurrently(streams.count) { survey($0) }
        } else {
          for point in streams.indices { survey(point) }
        }
      }
    }
    if let failure = failures.compactMap(\.self).first { throw failure }
    return surveys
  }

  private static func walk(
    _ streams: [CaptureStream], _ take: (Span<Segment>, SegmentPayloads) -> Void
  ) throws(Failure) {
    var base: UInt16 = 0
    for stream in streams {
      try stream.read(numberedFrom: base) { segments, payloads in
        take(segments, payloads)
        return true
      }
      base &+= UInt16(truncatingIfNeeded: stream.count)
    }
  }

  /// The points from the clients to the servers: one walk through all captures.
  static func order(
    of points: [[InputCapture]], threads: Int, _ pseudonyms: AddressPseudonyms?
  ) throws(Failure) -> [Int] {
    let streams = points.map { CaptureStream($0, pseudonyms: pseudonyms) }
    var join = PathJoin(try survey(streams, threads: threads))
    join.pair()
    return join.order
  }

  /// Whether the points are places apart from each other: segments take time between them, or their
  /// clocks differ as those of one host do not. Copies of one capture and interfaces of one host have
  /// segments in common, but no path between them.
  var areApart: Bool {
    join.comparisons.allSatisfy { clock in
      guard let offset = clock.offset, let uncertainty = clock.uncertainty else { return false }
      return uncertainty >= JoinedPoints.leastWay
        || offset.magnitude >= JoinedPoints.leastOffset.magnitude
    }
  }

  /// Half of a round trip; a host forwards faster.
  private static let leastWay: Nanoseconds = 50_000
  private static let leastOffset: Nanoseconds = 10_000_000

  // MARK: As the captures are read

  /// Turns the times of a capture into those of the first point.
  func clock(of capture: UInt16) -> PointClock { clocks[pointOf[Int(capture)]] }

  func begin() {
    if isMatched { join.rewind() }
  }

  /// Matches segments the first time they come by; gives on those that are counted.
  func takeCounted(
    of segments: Span<Segment>, _ payloads: SegmentPayloads,
    _ consume: (Span<Segment>, SegmentPayloads) -> Bool
  ) -> Bool {
    counted.removeAll(roomFor: segments.count)
    atLast.removeAll(roomFor: segments.count)
    uncounted.removeAll(keepingCapacity: true)
    if isMatched && !isRecording {
      join.recall(segments, pointOf: pointOf, &isCounted)
    } else {
      join.match(segments, pointOf: pointOf, &isCounted)
    }
    segments.withUnsafeBufferPointer { split($0, &counted, &atLast) }
    if !isMatched { atLast.give { farEnd.take($0) } }
    return counted.give { consume($0, payloads) }
  }

  /// - Parameters:
  ///   - counted: Gets those that are counted.
  ///   - atLast: In the first walk gets those of the last point.
  private func split(
    _ segments: UnsafeBufferPointer<Segment>, _ counted: inout SegmentRoom,
    _ atLast: inout SegmentRoom
  ) {
    guard let first = segments.baseAddress else { return }
    let (last, isFirstWalk, isRecording) = (names.count - 1, !isMatched, isRecording)
    isCounted.withUnsafeBufferPointer { isCounted in
      for index in segments.indices {
        let isLast = pointOf[Int(first[index].capture)] == last
        if isLast, isFirstWalk {
          atLast.append(first + index)
          lastAtLast = first[index].time
        }
        if isCounted[index] {
          counted.append(first + index)
        } else if isRecording, isLast {
          uncounted.append(first[index])
        }
      }
    }
  }

  func end(isAll: Bool) {
    if isRecording {
      isRecording = false
      return join.finish()
    }
    if isMatched || !isAll { return }
    join.finish()
    index = join.beginnings()
    farEnd.finish()
    isMatched = true
  }

  // MARK: What was found

  var summary: PathsSummary {
    var summary = PathsSummary(
      points: names.enumerated().map { point, name in
        PathsSummary.Point(
          name: name, captures: pointOf.indices.filter { pointOf[$0] == point },
          unmatched: index?.unmatched[point] ?? 0)
      },
      clocks: join.comparisons, pairs: join.pairs(0, names.count - 1))
    if let index {
      for (point, reasons) in join.reasons(index).enumerated() {
        summary.points[point].reasons = reasons
      }
    }
    summary.directions = join.directions
    summary.alone = alone
    return summary
  }

  /// The ICMP errors of all points, each once.
  var icmp: [ICMPMessage] { messages.all }

  /// Numbers the connections, of which some carry others on.
  func number(_ correlator: borrowing Correlator) {
    guard join.hasRelays else { return }
    for index in correlator.indices {
      numbers[FramePlace(beginning: correlator.summary(at: index))] = index + 1
    }
  }

  /// Lists a connection that one point alone has, if there is room.
  func list(_ connection: ConnectionSummary) {
    guard let reason = connection.unmatched, alone.count < PathsSummary.namedAlone,
      pointOf.indices.contains(connection.capture)
    else { return }
    alone.append(PathsSummary.Alone(connection, point: pointOf[connection.capture], reason))
  }

  /// Has the next walk note when each segment of these connections was at the other end.
  func record(_ connections: [ConnectionSummary]) {
    guard let index else { return }
    join.record(connections.map { FramePlace(beginning: $0) }, index)
    isRecording = true
  }

  /// The same connections as the last point's capture has them.
  func farSummaries(of connections: [ConnectionSummary]) -> [ConnectionSummary] {
    farDetails = [:]
    return connections.compactMap { connection in
      guard var summary = farSummary(of: connection) else { return nil }
      // All of it, whatever the other point has counted.
      summary.traffic.client.segments = .max / 4
      summary.traffic.server.segments = .max / 4
      return summary
    }
  }

  private func farSummary(of connection: ConnectionSummary) -> ConnectionSummary? {
    guard let far = farNames(of: connection) else { return nil }
    var summary = connection
    summary.client = far.client
    summary.server = far.server
    summary.firstFrame = far.first.frame
    summary.lastFrame = far.last.frame
    summary.capture = Int(far.first.capture)
    return summary
  }

  private func farNames(of connection: ConnectionSummary) -> FarNames? {
    FarNames(connection, lastPoint: names.count - 1)
  }

  func keepFarDetails(of collector: borrowing DetailCollector) {
    for index in 0..<collector.count {
      let connection = collector.connection(at: index)
      let side = connection.summary.path?.nearSide.peer ?? .server
      farDetails[connection.summary.id] = FarDetail(
        charts: connection.charts, limits: connection.limitIntervals?[side],
        omitted: connection.limitIntervalsOmitted[side], states: connection.states[side])
    }
  }

  /// What held the far end back, on the connection's time; frames are those of its own capture.
  private func addFarLimits(to connection: inout Connection, _ path: ConnectionPath) {
    // The second pass has judged anew what the first point shows.
    if let there = farNames(of: connection.summary) {
      farEnd.complete(&connection.summary, there)
    }
    let side = path.nearSide.peer
    guard connection.summary.limits[side]?.basis == .bothEnds,
      let far = farDetails[connection.summary.id], let limits = far.limits,
      let shift = farShift(connection, path)
    else { return }
    let near = connection.limitIntervals?[side] ?? []
    connection.limitIntervals?[side] = limits.map { limit in
      var limit = limit
      limit.start = max(0, limit.start &+ shift)
      return limit
    }
    connection.tellLateAcknowledgments(of: side, near)
    connection.limitIntervalsOmitted[side] = far.omitted
  }

  /// What the far end sent, as its own capture shows it, on the connection's time.
  private func chartFarEnd(of connection: inout Connection, _ path: ConnectionPath) {
    guard let far = farDetails[connection.summary.id]?.charts,
      let shift = farShift(connection, path)
    else { return }
    let side = path.nearSide.peer
    guard far.directions[side].dataSegments > 0 else { return }
    connection.charts?.directions[path.nearSide].isFromSender = true
    connection.charts?.directions[side] = far.directions[side].moved(by: shift)
    connection.charts?.directions[side].isFromSender = true
  }

  /// The states of the far end as its own capture shows them.
  private func takeFarStates(
    of connection: inout Connection, _ path: ConnectionPath, _ way: PathFlights
  ) {
    guard let far = farDetails[connection.summary.id], let shift = farShift(connection, path) else {
      return
    }
    let states = FarStates(way, start: connection.summary.start) {
      self.pointOf[Int($0.capture)] == self.names.count - 1
    }
    let side = path.nearSide.peer
    connection.states[side] = states.states(
      far.states, movedBy: shift, orElse: connection.states[side],
      seenUntil: lastAtLast.since(connection.summary.start))
  }

  /// From the connection's first segment here to its first one there.
  private func farShift(_ connection: Connection, _ path: ConnectionPath) -> Nanoseconds? {
    guard let far = path.points.last, let index else { return nil }
    return join.start(of: FramePlace(beginning: connection.summary), far.point, index).map {
      $0 &- connection.summary.start.nanoseconds
    }
  }

  /// Puts the other points' times to the segments of a connection and to its charts, and judges with them.
  func addFlights(to connection: inout Connection) {
    guard let index, let path = connection.summary.path, let near = path.points.first else {
      return
    }
    addFarLimits(to: &connection, path)
    let ways = join.flights(from: FramePlace(beginning: connection.summary), index)
    guard let widest = ways.first else { return }
    takeFarStates(of: &connection, path, widest)
    if connection.charts != nil {
      chartFarEnd(of: &connection, path)
      widest.addCharts(to: &connection)
    }
    let isOneCapture = near.first.capture == near.last.capture
    guard connection.segments != nil, isOneCapture else { return }
    var flights = FlightsAtPoints(near: near.first.capture, start: connection.summary.start)
    flights.add(widest)
    if path.points.count == 3 {
      for way in ways.dropFirst() { flights.addMiddle(way, first: path.points[0].point) }
    }
    flights.apply(to: &connection)
    connection.judge()
  }

  /// Whether no finding can come of what the points show of a connection together, or the last one alone.
  ///
  /// - Parameter place: Where it begins at the first point.
  func isUnremarkable(from place: FramePlace) -> Bool {
    guard let index, let far = join.smoothBeginning(of: place, index) else { return false }
    return farEnd.isUnremarkable(from: far)
  }

  /// What is found about a connection, by its first frame.
  func apply(to connection: inout ConnectionSummary) {
    guard let index else { return }
    let place = FramePlace(beginning: connection)
    if !numbers.isEmpty {
      connection.proxied = join.proxied(at: place, index).compactMap { numbers[$0] }.sorted()
    }
    switch join.verdict(at: place, index, names: names, messages: messages) {
    case .joined(let path):
      connection.path = path
      if let there = farNames(of: connection) { farEnd.complete(&connection, there) }
    case .unmatched(let reason): connection.unmatched = reason
    case nil: connection.unmatched = .noCounterpart
    }
  }
}
