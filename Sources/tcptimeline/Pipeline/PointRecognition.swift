import Paths
import Support
import TCPModel

/// Captures that nobody said were taken at several points, although they show the same segments.
enum PointRecognition {
  /// The points, if the captures that have segments in common were taken at places apart; nil where
  /// they are pieces of one capture, copies or interfaces of one host, which stay one capture.
  static func points(
    of captures: [InputCapture], _ shared: SharedSegments, isSameClock: Bool, threads: Int,
    _ pseudonyms: AddressPseudonyms?, _ farEnd: FarEnd
  ) throws(Failure) -> (points: [CapturePoint], joined: JoinedPoints)? {
    let groups = shared.groups
    guard let count = groups.map(\.count).max(), count > 1 else { return nil }
    // One group alone is put into its order by the walk that joins it.
    let isOneGroup = groups.count == 1 && groups[0].joined().count == captures.count
    var sets = Array(repeating: [Int](), count: count)
    var left = Set(captures.indices)
    for group in groups {
      // The same order whatever order they were named in.
      let named = group.sorted { name(of: $0, captures) < name(of: $1, captures) }
      let order =
        isOneGroup
        ? Array(named.indices)
        : try JoinedPoints.order(
          of: named.map { set in set.map { captures[$0] } }, threads: threads, pseudonyms)
      // Of a path of more points only some may be in a group; the first and the last one are there.
      for (place, index) in order.enumerated() {
        sets[place == order.count - 1 ? count - 1 : place] += named[index]
      }
      left.subtract(group.flatMap(\.self))
    }
    // What no other point shows, or only in parts that were not looked at, goes to where its flows are known.
    for capture in left.sorted() {
      let known = sets.map { set in set.reduce(0) { $0 + shared.flowsShared(by: capture, $1) } }
      sets[known.indices.max { (known[$0], -$0) < (known[$1], -$1) } ?? 0].append(capture)
    }
    var points = sets.enumerated().map { place, set in
      CapturePoint(
        name: pointName(place, of: count),
        captures: set.map { captures[$0] }.sorted { $0.name < $1.name })
    }
    let joined = try JoinedPoints(
      &points, isOrdered: !isOneGroup, isSameClock: isSameClock, threads: threads, pseudonyms,
      farEnd)
    return joined.areApart ? (points, joined) : nil
  }

  /// Looks whether two captures begin with the same segments: then the first pass need not find it.
  static func probe(
    _ captures: [InputCapture], _ pseudonyms: AddressPseudonyms?
  ) throws(Failure) -> SharedSegments? {
    guard captures.count == 2, captures.allSatisfy({ $0.path != "-" }) else { return nil }
    var shared = SharedSegments(captures: 2)
    for (number, capture) in captures.enumerated() {
      var count = 0
      try CaptureStream([capture], pseudonyms: pseudonyms).read(
        numberedFrom: UInt16(truncatingIfNeeded: number)
      ) { segments, _ in
        shared.note(segments)
        count += segments.count
        return count < probed
      }
    }
    return shared.isEmpty ? nil : shared
  }

  /// Segments of each capture.
  private static let probed = 1 << 14

  private static func name(of set: [Int], _ captures: [InputCapture]) -> String {
    set.map { captures[$0].name }.min() ?? ""
  }

  private static func pointName(_ place: Int, of count: Int) -> String {
    switch (place, count) {
    case (0, _): "client"
    case (count - 1, _): "server"
    case (_, 3): "middle"
    default: "middle \(place)"
    }
  }

  /// `client.pcap and server.pcap show the same 6 connections from two points`
  static func say(_ paths: PathsSummary, _ captures: [InputCapture]) {
    let files = paths.points.map { point in
      let first = point.captures.first.map { captures[$0].name } ?? ""
      return point.captures.count == 1
        ? first : "\(point.captures.count) captures (\(first), ..)"
    }
    let list = files.dropLast().joined(separator: ", ") + " and " + (files.last ?? "")
    let number = ["two", "three", "four"].dropFirst(files.count - 2).first ?? "\(files.count)"
    Failure.say(
      "\(list) show the same \(Quantity.counted(paths.pairs, "connection")) from \(number) points")
  }
}
