import Fleet
import Support
import TCPModel
import TraceParsing

extension [HostFiles] {
  /// Leaves out what the options do not choose: files that hold nothing of that time, and hosts without
  /// any that does, which is said.
  ///
  /// - Returns: Of which time snapshots are to be taken; nil for all.
  mutating func choose(
    _ arguments: NightArguments, clock: WallClock, threads: Int
  ) throws(Failure) -> ClosedRange<Timestamp>? {
    guard let option = arguments.given else { return nil }
    var extents = FileExtents(flatMap(\.files), threads: threads)
    guard let begun = extents.times else {
      throw Failure(.badInput, "\(option): no snapshot has a time")
    }
    // The newest snapshot may be the last one of a file that began long ago.
    extents.readToEnd(from: arguments.span(of: begun, clock: clock)?.lowerBound, threads: threads)
    guard let times = extents.times, let span = arguments.span(of: times, clock: clock) else {
      throw Failure(.found, "\(option) ends before it begins: no snapshot is chosen")
    }
    var chosen: [HostFiles] = []
    var place = 0
    for host in self {
      var kept = host
      let own = place..<(place + host.files.count)
      place = own.upperBound
      kept.files = zip(host.files, own).filter { extents.mayHold(span, $0.1) }.map(\.0)
      if !kept.files.isEmpty {
        chosen.append(kept)
      } else if let name = host.host?.name, let last = extents.last(of: own) {
        Failure.say(
          "\(name): no snapshot in the time of \(option); its last one is of \(clock.instant(last))"
        )
      }
    }
    guard !chosen.isEmpty else {
      throw Failure(
        .found,
        "\(option): no snapshot is of \(clock.span(span.lowerBound, span.upperBound)); they are of"
          + " \(clock.span(times.lowerBound, times.upperBound))")
    }
    self = chosen
    return span
  }
}

/// When snapshot files begin and end.
private struct FileExtents {
  private struct Extent {
    /// nil where it has none, or cannot be read; who reads the series says so.
    var first: Timestamp?
    var last: Timestamp?
    var isWhole = false
  }

  private let files: [InputCapture]
  private var extents: [Extent]

  /// Clocks of a file server and of the hosts that write to it may differ by so much.
  private static let clockTolerance: Nanoseconds = 3_600_000_000_000

  /// Looks at their beginnings.
  init(_ files: [InputCapture], threads: Int) {
    self.files = files
    extents = Array(repeating: Extent(), count: files.count)
    read(Array(files.indices), threads: threads, toEnd: false)
  }

  /// Of the first and the newest snapshot that were seen.
  var times: ClosedRange<Timestamp>? {
    guard let first = extents.compactMap(\.first).min(),
      let last = extents.compactMap(\.last).max()
    else { return nil }
    return first...Swift.max(first, last)
  }

  func last(of places: Range<Int>) -> Timestamp? { extents[places].compactMap(\.last).max() }

  func mayHold(_ span: ClosedRange<Timestamp>, _ place: Int) -> Bool {
    guard let first = extents[place].first, let last = extents[place].last else { return true }
    return first <= span.upperBound && (last >= span.lowerBound || !extents[place].isWhole)
      && !isOver(before: span.lowerBound, place)
  }

  /// Looks at the ends of those that may hold the newest snapshot, or of which only the end tells whether they hold
  /// anything of a time from `start` on.
  mutating func readToEnd(from start: Timestamp?, threads: Int) {
    let newest = times?.upperBound
    let places = files.indices.filter { place in
      guard let start, let newest, let first = extents[place].first else { return true }
      return first < start ? !isOver(before: start, place) : !isOver(before: newest, place)
    }
    read(places, threads: threads, toEnd: true)
  }

  /// A file that was last written to before a time holds nothing of it, as long as that date can be true.
  private func isOver(before start: Timestamp, _ place: Int) -> Bool {
    guard let first = extents[place].first, first < start,
      let written = FileIdentity.Status(path: files[place].path)?.modificationTime
    else { return false }
    return written >= first && written < start.advanced(by: -Self.clockTolerance)
  }

  private mutating func read(_ places: [Int], threads: Int, toEnd: Bool) {
    let files = files
    extents.withUnsafeMutableBufferPointer { extents in
      nonisolated(unsafe) let extents = extents
      let workers = max(1, min(threads, places.count))
      concurrently(workers) { worker in
        for index in stride(from: worker, to: places.count, by: workers) {
          let place = places[index]
          guard
            let clues = try? SnapshotClues(
              path: files[place].path, name: files[place].name, readsSockets: false, toEnd: toEnd)
          else { continue }
          extents[place] = Extent(first: clues.time, last: clues.lastTime, isWhole: toEnd)
        }
      }
    }
  }
}
