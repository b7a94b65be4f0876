import Names
import Paths
import Support
import TCPModel
import TraceParsing

/// One or several captures as one stream of segments in the order of time.
///
/// Several captures are merged without reordering any of them: at each step the capture whose next
/// segment is earliest gives a run of segments, up to where another one is due. A capture is open
/// only between its first and its last segment, so that a thousand rotated pieces take the memory
/// of one.
final class CaptureStream {
  private let sources: [CaptureSource]
  private var progress: Progress
  /// With these no real address gets further than here.
  private var pseudonyms: AddressPseudonyms?
  /// Where the captures show the same segments at several points: each is given once, all in one time.
  private let points: JoinedPoints?

  init(
    _ captures: [InputCapture], pseudonyms: AddressPseudonyms? = nil, points: JoinedPoints? = nil
  ) {
    self.pseudonyms = pseudonyms
    self.points = points
    sources = captures.enumerated().map { index, capture in
      CaptureSource(capture, index: UInt16(truncatingIfNeeded: index), points: points)
    }
    let sizes = captures.map(\.size)
    progress = Progress(total: sizes.contains(nil) ? nil : sizes.compactMap(\.self).reduce(0, +))
  }

  /// For another thread, that reads the same at the same time, and no further than this one: what it
  /// comes upon, this one says.
  private init(beside stream: CaptureStream) {
    points = nil
    sources = stream.sources.map { CaptureSource(beside: $0) }
    progress = Progress(total: nil, isShown: false)
  }

  var isMerged: Bool { sources.count > 1 }

  var count: Int { sources.count }

  /// What was read of each capture; whole after the first `read`. Comments may tell who it was.
  var infos: [CaptureInfo] {
    sources.map { source in
      var info = source.info
      if pseudonyms != nil { info.comments = [] }
      return info
    }
  }

  /// Names for addresses; what an earlier capture says stands.
  var names: [IPAddress: String] {
    if pseudonyms != nil { return [:] }
    return sources.reduce(into: [:]) { names, source in
      names.merge(source.names) { first, _ in first }
    }
  }

  /// The ICMP errors about TCP segments; whole after the first `read`.
  var icmp: [ICMPMessage] {
    if let points { return points.icmp }
    let messages = sources.flatMap(\.icmp)
    guard var pseudonyms else { return messages }
    return messages.map { message in
      var renamed = message
      renamed.sender = pseudonyms.pseudonym(of: message.sender)
      renamed.source = pseudonyms.pseudonym(of: message.source)
      renamed.destination = pseudonyms.pseudonym(of: message.destination)
      return renamed
    }
  }

  /// Who spoke QUIC with whom; whole after the first `read`. From several points each flow counts as the
  /// one sees it that sees most of it.
  var quic: [QUICFlow] {
    var flows: [QUICFlow] = []
    var places: [FlowKey: Int] = [:]
    for flow in sources.flatMap(\.quic) {
      let key = FlowKey(source: flow.client, destination: flow.server)
      if let place = places[key] {
        if points == nil {
          flows[place].merge(flow)
        } else if flow.datagrams > flows[place].datagrams {
          flows[place] = flow
        }
      } else {
        places[key] = flows.count
        flows.append(flow)
      }
    }
    guard var pseudonyms else { return flows }
    for index in flows.indices {
      flows[index].client = pseudonyms.pseudonym(of: flows[index].client)
      flows[index].server = pseudonyms.pseudonym(of: flows[index].server)
    }
    return flows
  }

  /// What name servers answered over UDP; whole after the first `read`.
  var answers: DNSAnswers {
    sources.reduce(into: DNSAnswers()) { $0.merge($1.answers) }
  }

  /// Reads from the beginning; `consume` says whether it wants more.
  ///
  /// - Parameter spans: Which frames are wanted of a single capture. Reading begins close before each
  ///   span, at a place noted in the first pass, and ends behind it: some other frames are read too.
  ///   Of several captures everything is read.
  func read(
    spans: FrameSpans? = nil, _ consume: (Span<Segment>, SegmentPayloads) -> Bool
  ) throws(Failure) {
    guard let points else { return try readRenamed(spans, consume) }
    points.begin()
    var isAll = true
    try readRenamed(spans) { segments, payloads in
      isAll = points.takeCounted(of: segments, payloads, consume)
      return isAll
    }
    points.end(isAll: isAll)
  }

  /// Whether several threads may read it: files that lie there as they are, and enough of them. To inflate a
  /// capture takes longer than to hand its segments on.
  var mayBeReadSideBySide: Bool {
    let size = sources.reduce(0) { $0 + ($1.capture.size ?? 0) }
    return points == nil && pseudonyms == nil && size >= CaptureStream.leastSideBySide
      && sources.allSatisfy(\.capture.isPlainFile)
  }

  /// Below it one thread is done before another one has begun.
  private static let leastSideBySide: Int64 = 4 << 20

  /// Reads a single capture from the beginning, on as many threads as there are shares. They share its bytes, and
  /// each decodes the segments of its flows.
  ///
  /// - Parameter consume: Called from the thread of the share, with its segments and the few that all get.
  func read(
    sharedBy shares: [FlowShare],
    _ consume: (FlowShare, borrowing SegmentBatch, SegmentPayloads) -> Void
  ) throws(Failure) {
    let source = sources[0]
    try source.open()
    let batches = SharedBatches(threads: shares.count)
    var failure: Failure?
    sideBySide(shares.count) { numbers in
      batches.run(
        numbers.map { shares[$0] },
        read: { batch in
          do throws(Failure) {
            guard try source.refill(&batch) else { return false }
            progress.tick { [source.bytesRead] }
            return true
          } catch {
            failure = error
            return false
          }
        },
        consume)
    }
    if let failure { throw failure }
    try source.checkUnchanged()
    progress.finish()
  }

  /// Reads several captures from the beginning, once for each share and at the same time: to merge them in each
  /// thread takes less time than to hand what was merged from one to another.
  ///
  /// - Parameter consume: Called from the thread of the share, with all segments.
  func read(
    sideBySide shares: [FlowShare], _ consume: (FlowShare, Span<Segment>, SegmentPayloads) -> Void
  ) throws(Failure) {
    // What is appended meanwhile would be seen by some.
    for source in sources { source.setEnd() }
    let streams = shares.indices.map { $0 == 0 ? self : CaptureStream(beside: self) }
    var failures = [Failure?](repeating: nil, count: shares.count)
    failures.withUnsafeMutableBufferPointer { failures in
      concurrently(shares.count) { number in
        do throws(Failure) {
          try streams[number].read {
            consume(shares[number], $0, $1)
            return true
          }
        } catch {
          failures[number] = error
        }
      }
    }
    if let failure = failures.lazy.compactMap(\.self).first { throw failure }
  }

  /// What was read at one time does not fit what was read at another.
  var changed: Failure {
    UnchangedFile.changed(isMerged ? "a capture" : sources[0].capture.name)
  }

  private func readRenamed(
    _ spans: FrameSpans?, _ consume: (Span<Segment>, SegmentPayloads) -> Bool
  ) throws(Failure) {
    guard pseudonyms != nil else { return try readUnchanged(spans, consume) }
    var renamed: [Segment] = []
    renamed.reserveCapacity(SegmentBatch.size)
    try readUnchanged(spans) { segments, payloads in
      renamed.removeAll(keepingCapacity: true)
      for index in segments.indices {
        renamed.append(pseudonyms?.renamed(segments[index]) ?? segments[index])
      }
      return consume(renamed.span, payloads)
    }
  }

  private func readUnchanged(
    _ spans: FrameSpans?, _ consume: (Span<Segment>, SegmentPayloads) -> Bool
  ) throws(Failure) {
    if sources.count == 1, let source = sources.first {
      var spans = spans
      try source.open(before: spans?.next?.lowerBound)
      while try source.refill() {
        spans?.dropSpans(before: source.batch.span[0].frame)
        if let spans {
          guard let next = spans.next else { break }
          if try source.skip(to: next.lowerBound) { continue }
        }
        progress.tick { [source.bytesRead] }
        if !consume(source.batch.span, source.batch.payloads) { break }
      }
      source.close()
    } else {
      try merge(consume)
    }
    for source in sources { try source.checkUnchanged() }
    progress.finish()
  }

  private func merge(_ consume: (Span<Segment>, SegmentPayloads) -> Bool) throws(Failure) {
    for source in sources { try source.probe() }
    var waiting = sources.filter { $0.nextTime != nil }
    var times = waiting.map(\.due)
    // To join points takes many steps with each batch: what these need to remember of the connections is
    // fetched once a batch.
    var merged = SegmentRoom(for: points == nil ? SegmentBatch.size : 8 * SegmentBatch.size)
    var payloads = SegmentPayloads()
    while let (first, second) = Self.earliestTwo(of: times) {
      let source = waiting[first]
      // Equal times keep the order of the captures.
      let end = second.map { first < $0 ? times[$0] : times[$0] &- 1 }
      try source.take(into: &merged, &payloads, until: end ?? .max)
      if source.nextTime == nil {
        waiting.remove(at: first)
        times.remove(at: first)
      } else {
        times[first] = source.due
      }
      if merged.isFull {
        progress.tick { sources.map(\.bytesRead) }
        if !merged.give(to: { consume($0, payloads) }) { return }
        merged.removeAll()
        payloads.removeAll()
        for source in waiting { source.isHeld = false }
      }
    }
    _ = merged.give { consume($0, payloads) }
  }

  /// Which of the next segments is due first, and which one after it; nil when all captures are at their end.
  /// Equal times keep the order of the captures.
  private static func earliestTwo(of times: [Int64]) -> (Int, Int?)? {
    guard var first = times.indices.first else { return nil }
    var second: Int?
    for index in times.indices.dropFirst() {
      if times[index] < times[first] {
        second = first
        first = index
      } else if second.map({ times[index] < times[$0] }) ?? true {
        second = index
      }
    }
    return (first, second)
  }
}

/// Frames to read of a capture, in its order.
struct FrameSpans {
  private var spans: ArraySlice<ClosedRange<Int64>> = []

  init(_ frames: [ClosedRange<Int64>]) {
    for span in frames.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = spans.last, span.lowerBound <= last.upperBound {
        spans[spans.endIndex - 1] =
          last.lowerBound...max(last.upperBound, span.upperBound)
      } else {
        spans.append(span)
      }
    }
  }

  var next: ClosedRange<Int64>? { spans.first }

  mutating func dropSpans(before frame: Int64) {
    spans = spans.drop { $0.upperBound < frame }
  }
}

extension CaptureStream {
  /// All segments, with the captures numbered from `base` on. Reading goes on as long as `take` says so.
  func read(
    numberedFrom base: UInt16, _ take: (Span<Segment>, SegmentPayloads) -> Bool
  ) throws(Failure) {
    var numbered: [Segment] = []
    try read { segments, payloads in
      if base == 0, !isMerged { return take(segments, payloads) }
      numbered.removeAll(keepingCapacity: true)
      for index in segments.indices {
        numbered.append(segments[index])
        numbered[index].capture &+= base
      }
      return take(numbered.span, payloads)
    }
  }
}

/// A capture on its way through the stream.
private final class CaptureSource {
  let capture: InputCapture
  private let index: UInt16
  /// Of its point, where there are several.
  private let clock: PointClock?
  // Unchecked: a source is one thread's, and of two captures every other segment asks for all of these. The checks
  // were 4 % of joining two points.
  @exclusivity(unchecked) private var reader: CaptureReader?
  @exclusivity(unchecked) var batch = SegmentBatch()
  @exclusivity(unchecked) private var position = 0
  /// Whoever takes its segments holds their payloads.
  @exclusivity(unchecked) var isHeld = false
  /// Of the next segment; nil at the end.
  @exclusivity(unchecked) private(set) var nextTime: Timestamp?
  private(set) var info: CaptureInfo
  private(set) var names: [IPAddress: String] = [:]
  private(set) var icmp: [ICMPMessage] = []
  private(set) var quic: [QUICFlow] = []
  /// What name servers said, over UDP.
  private(set) var answers = DNSAnswers()
  private var bookmarks = Bookmarks()
  private var file: UnchangedFile
  /// The capture was read to its end once.
  private var isKnown = false
  /// Why the capture gives no more, where that is no reason to give up.
  private var damage: CaptureError?
  /// Of the file, as far as it is read.
  private var end: Int64?
  /// Another one reads the same, and says what is to be said.
  private let readsAlong: Bool

  convenience init(_ capture: InputCapture, index: UInt16, points: JoinedPoints?) {
    self.init(capture, index, points?.clock(of: index), end: nil, readsAlong: false)
  }

  /// For another thread: as far as that one reads.
  convenience init(beside source: CaptureSource) {
    self.init(source.capture, source.index, source.clock, end: source.end, readsAlong: true)
  }

  private init(
    _ capture: InputCapture, _ index: UInt16, _ clock: PointClock?, end: Int64?, readsAlong: Bool
  ) {
    self.capture = capture
    self.index = index
    self.clock = clock
    self.end = end
    self.readsAlong = readsAlong
    info = CaptureInfo(path: capture.name, format: .pcap)
    file = UnchangedFile(capture)
  }

  var bytesRead: Int64 { reader?.bytesRead ?? info.bytes }

  /// - Parameter frame: Go on close before it where that place is known, not from the beginning.
  func open(before frame: Int64? = nil) throws(Failure) {
    try file.opened()
    do {
      reader = try capture.reader(end: end)
      if let frame, let place = bookmarks.last(before: frame) { try reader?.seek(to: place) }
    } catch {
      try endEarly(error)
    }
    try file.opened()
    position = 0
  }

  func checkUnchanged() throws(Failure) { try file.read() }

  /// The file is read as far as it goes now.
  func setEnd() { end = FileIdentity.Status(path: capture.path)?.size }

  /// Goes on close before a frame, instead of with the batch just read, if a place is known there that
  /// lies further on.
  func skip(to frame: Int64) throws(Failure) -> Bool {
    guard batch.span[0].frame < frame, let place = bookmarks.last(before: frame),
      let current = reader?.position.frames, place.frames > current
    else { return false }
    do {
      try reader?.seek(to: place)
    } catch {
      throw Failure(error, in: capture.name)
    }
    return true
  }

  /// Keeps what the capture told about itself, if it was read whole: the first time.
  func close() {
    if !isKnown, let found = reader?.info {
      info = found
      info.path = capture.name
      if let damage { info.warnings.append(damage.message) }
      names = reader?.names ?? [:]
      icmp = reader?.icmp ?? []
      quic = reader?.quic ?? []
      for number in icmp.indices { icmp[number].capture = Int(index) }
    }
    reader = nil
  }

  func refill() throws(Failure) -> Bool {
    position = 0
    isHeld = false
    return try refill(&batch)
  }

  func refill(_ batch: inout SegmentBatch) throws(Failure) -> Bool {
    do {
      if !isKnown { noteBookmark() }
      while try reader?.read(into: &batch) ?? false {
        if !isKnown { noteAnswers(in: batch) }
        if batch.segmentCount > 0 { return true }
      }
      close()
      isKnown = true
      return false
    } catch {
      try endEarly(error)
      close()
      isKnown = true
      return false
    }
  }

  private func noteAnswers(in batch: borrowing SegmentBatch) {
    for datagram in batch.datagrams {
      answers.addDatagram(
        datagram.bytes.span.bytes, client: datagram.destination, at: datagram.time)
    }
  }

  /// One bad file of a folder does not keep the others from being read.
  private func endEarly(_ error: CaptureError) throws(Failure) {
    guard capture.isFromFolder, error.kind != .badFilter, error.layer != .journal else {
      throw Failure(error, in: capture.name)
    }
    if damage == nil, !readsAlong { Failure.say("\(capture.name): \(error.message); passed over") }
    damage = error
  }

  private func noteBookmark() {
    guard capture.journals.isEmpty, let frames = reader?.frames, bookmarks.areDue(after: frames),
      let place = reader?.position
    else { return }
    bookmarks.append(place)
  }

  /// Looks at the first segment's time. A pipe stays open: it cannot be begun again.
  func probe() throws(Failure) {
    try open()
    nextTime = try refill() ? firstTime(of: batch.span) : nil
    if nextTime == nil || capture.path != "-" { close() }
  }

  /// Of one of its segments, on the clock that all captures are told in.
  @inline(__always)
  private func time(of segment: UnsafePointer<Segment>) -> Timestamp {
    guard let clock else { return segment.pointee.time }
    return clock.corrected(
      segment.pointee.time, capture: index, frame: segment.pointee.frame, rank: { Int($0) })
  }

  private func firstTime(of segments: Span<Segment>) -> Timestamp? {
    segments.withUnsafeBufferPointer { $0.baseAddress.map { time(of: $0) } }
  }

  /// When its next segment is.
  var due: Int64 { nextTime?.nanoseconds ?? .max }

  /// Appends segments that are not later than `end`, until there is no room or the batch is used up.
  ///
  /// - Parameter payloads: Also gets the memory of theirs.
  func take(
    into merged: inout SegmentRoom, _ payloads: inout SegmentPayloads, until end: Int64
  ) throws(Failure) {
    if reader == nil {
      try open()
      guard try refill() else {
        nextTime = nil
        return close()
      }
    }
    if !isHeld {
      payloads.hold(batch.payloads)
      isHeld = true
    }
    guard let first = nextTime else { return }
    append(to: &merged, from: first, until: end)
    guard position == batch.count else { return }
    nextTime = try refill() ? firstTime(of: batch.span) : nil
    if nextTime == nil { close() }
  }

  /// Appends the next segment, and those behind it in the batch that are not later than `end`.
  private func append(to merged: inout SegmentRoom, from first: Timestamp, until end: Int64) {
    (position, nextTime) = append(batch.span, position, to: &merged, first, until: end)
  }

  private func append(
    _ segments: Span<Segment>, _ position: Int, to merged: inout SegmentRoom, _ first: Timestamp,
    until end: Int64
  ) -> (position: Int, time: Timestamp) {
    segments.withUnsafeBufferPointer { segments in
      guard let start = segments.baseAddress else { return (position, first) }
      var (position, time) = (position, first)
      while !merged.isFull {
        let place = merged.append(start + position)
        place.pointee.capture = index
        place.pointee.time = time
        position += 1
        if position == segments.count { break }
        time = self.time(of: start + position)
        if time.nanoseconds > end { break }
      }
      return (position, time)
    }
  }
}

/// Places in a capture to go on from, evenly spread, as many for a small as for a large one.
private struct Bookmarks {
  private static let limit = 256
  private var places: [CapturePosition] = []
  /// Frames from one place to the next.
  private var interval: Int64 = 1 << 14

  /// Whether the beginning of a batch behind so many frames should be noted.
  func areDue(after frames: Int64) -> Bool {
    frames >= places.last.map { $0.frames + interval } ?? 0
  }

  mutating func append(_ place: CapturePosition) {
    places.append(place)
    guard places.count > Self.limit else { return }
    places = places.indices.filter { $0 % 2 == 0 }.map { places[$0] }
    interval *= 2
  }

  /// The last place with that frame still ahead.
  func last(before frame: Int64) -> CapturePosition? {
    places.last { $0.frames < frame }
  }
}
