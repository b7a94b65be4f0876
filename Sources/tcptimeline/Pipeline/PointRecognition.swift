import Paths
import Support
import TCPModel

/// Captures that nobody said were taken at several points, although they show the same segments.
enum PointRecognition {
  /// The points, if the captures that have segments in common were taken at places apart; nil where
  /// they are pieces of one capture, copies or interfaces of one host, which stay one capture.
  static func points(
    of captures: [InputCapture], _ shared: SharedSegments, isSameClock: Bool,
    _ pseudonyms: AddressPseudonyms?
  ) throws(Failure) -> (points: [CapturePoint], joined: JoinedPoints)? {
    let groups = shared.groups
    guard let count = groups.map(\.count).max(), count > 1 else { return nil }
    var sets = Array(repeating: [Int](), count: count)
    var left = Set(captures.indices)
    for group in groups {
      // The same order whatever order they were named in.
      let named = group.sorted { name(of: $0, captures) < name(of: $1, captures) }
      let order = try JoinedPoints.order(
        of: named.map { set in set.map { captures[$0] } }, pseudonyms)
      // Of a path of more points only some may be in a group; the first and the last one are there.
      for (place, index) in order.enumerated() {
        sets[place == order.count - 1 ? count - 1 : place] += named[index]
      }
      left.subtract(group.flatMap(\.self))
    }
    sets[0] += left
    let points = sets.enumerated().map { place, set in
      CapturePoint(
        name: pointName(place, of: count),
        captures: set.map { captures[$0] }.sorted { $0.name < $1.name })
    }
    let joined = try JoinedPoints(points, isSameClock: isSameClock, pseudonyms)
    return joined.areApart ? (points, joined) : nil
  }

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
  static func say(_ points: [CapturePoint], pairs: Int) {
    let files = points.map { point in
      point.captures.count == 1
        ? point.captures[0].name
        : "\(point.captures.count) captures (\(point.captures[0].name), ..)"
    }
    let list = files.dropLast().joined(separator: ", ") + " and " + (files.last ?? "")
    let number = ["two", "three", "four"].dropFirst(points.count - 2).first ?? "\(points.count)"
    Failure.say(
      "\(list) show the same \(Quantity.counted(pairs, "connection")) from \(number) points")
  }
}
