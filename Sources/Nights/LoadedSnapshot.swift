import TCPModel

/// A snapshot whose instant is not over yet.
struct LoadedSnapshot {
  var info: SnapshotInfo
  var rows: [NightSample] = []
  var byState = StateCounts()

  /// `ss` and `/proc/net/tcp` are read one after the other, within this time.
  private static let tolerance: Nanoseconds = 2_000_000_000
  /// Two runs of `ss` so close belong together; what a loop takes every second does not.
  private static let sameSourceTolerance: Nanoseconds = 500_000_000
  /// `/proc/net/tcp` of a host with millions of sockets is read for so long before `tcp6`.
  private static let familyTolerance: Nanoseconds = 10_000_000_000

  /// Whether a snapshot was taken together with those of an instant. Two of one file, or of files
  /// that differ only in their time, never were.
  static func isOneInstant(_ group: [LoadedSnapshot], _ other: SnapshotInfo) -> Bool {
    if group.contains(where: { $0.info.path == other.path || $0.info.label == other.label }) {
      return false
    }
    let before = group.last { $0.info.source == other.source }
    guard let time = (before ?? group.last)?.info.time, let otherTime = other.time else {
      return group.last?.info.time == other.time
    }
    let tolerance =
      switch before {
      case nil: LoadedSnapshot.tolerance
      case .some(let before) where before.info.isOtherFamily(than: other): familyTolerance
      case .some: sameSourceTolerance
      }
    return otherTime.since(time) < tolerance
  }

  /// The sockets of one instant, each once, and which snapshots they come from.
  ///
  /// The fullest snapshot counts. Another one counts as well if the two have no socket in common:
  /// then it shows other sockets (listeners, the other address family, another host). Else it is a
  /// second look at the same table, and only lends the process names the first one lacks.
  static func merge(_ group: [LoadedSnapshot]) -> (rows: [NightSample], counted: [Int]) {
    if group.count == 1 { return (group[0].rows, [0]) }
    let order = group.indices.sorted { left, right in
      group[left].weight != group[right].weight
        ? group[left].weight > group[right].weight : left < right
    }
    var rows = group[order[0]].rows
    var counted = [order[0]]
    var places: [SocketKey: Int] = [:]
    places.reserveCapacity(rows.count)
    for (place, row) in rows.enumerated() { places[row.bareKey] = place }
    for candidate in order.dropFirst() {
      let others = group[candidate].rows
      if others.contains(where: { places[$0.bareKey] != nil }) {
        for other in others where other.process != nil {
          guard let place = places[other.bareKey], rows[place].process == nil else { continue }
          rows[place].process = other.process
        }
      } else {
        for row in others {
          places[row.bareKey] = rows.count
          rows.append(row)
        }
        counted.append(candidate)
      }
    }
    return (rows, counted.sorted())
  }

  /// `ss` knows more of a socket: it counts although a table read a moment earlier has a few more.
  private var weight: Int { rows.count * (info.source == .ss ? 11 : 10) }
}

extension SnapshotInfo {
  /// One is named like `/proc/net/tcp`, the other like `/proc/net/tcp6`.
  fileprivate func isOtherFamily(than other: SnapshotInfo) -> Bool {
    let labels = [label, other.label].sorted { $0.utf8.count < $1.utf8.count }
    return labels[1].contains("tcp6") && labels[1].replacing("tcp6", with: "tcp") == labels[0]
  }
}

extension NightSample {
  /// Without what tells listeners apart: `ss` shows a cookie, `/proc/net/tcp` only the inode.
  fileprivate var bareKey: SocketKey {
    var key = SocketKey(self)
    key.listener = 0
    return key
  }
}
