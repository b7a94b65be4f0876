import Support
import TCPModel

/// Sockets of one process that have the same trouble for long.
struct StuckSockets {
  var process: ProcessListID?
  var sockets = 0
  /// The one that has been so for longest.
  var worst: SocketTable.Entry
  var first: UInt32
  var last: UInt32
  var bytes: UInt64 = 0

  /// From when to when a socket had it, and how many bytes waited then.
  typealias Stay = (first: UInt32, last: UInt32, bytes: UInt32)

  /// Sockets with bytes in a queue that were there for long.
  static func queues(
    in night: NightFindings, _ watch: (SocketTable.Entry) -> Stay?
  ) -> [StuckSockets] {
    var groups: [NameID?: StuckSockets] = [:]
    night.tallies.sockets.forEach { entry in
      guard let longest = watch(entry),
        longest.last - longest.first + 1 >= UInt32(NightOptions.stuckInstants),
        night.time(longest.last).since(night.time(longest.first)) >= NightOptions.stuckTime
      else { return }
      add(entry, longest, to: &groups, night)
    }
    return sorted(groups)
  }

  /// Sockets that were in a state of the close for long.
  static func closing(_ state: TCPState, in night: NightFindings) -> [StuckSockets] {
    var groups: [NameID?: StuckSockets] = [:]
    night.tallies.sockets.forEach { entry in
      for stay in night.tallies.sockets.stays(of: entry) where stay.state == state {
        guard night.time(stay.last).since(night.time(stay.first)) >= NightOptions.closingTime
        else { continue }
        add(entry, (stay.first, stay.last, 0), to: &groups, night)
      }
    }
    return sorted(groups)
  }

  private static func add(
    _ entry: SocketTable.Entry, _ stay: Stay, to groups: inout [NameID?: StuckSockets],
    _ night: NightFindings
  ) {
    let name = entry.process.flatMap { night.names.firstProcess($0)?.name }
    var group =
      groups[name]
      ?? StuckSockets(process: entry.process, worst: entry, first: stay.first, last: stay.last)
    group.sockets += 1
    group.bytes += UInt64(stay.bytes)
    let (length, longest) = (stay.last - stay.first, group.last - group.first)
    if length > longest || (length == longest && SocketTable.isOlder(entry, than: group.worst)) {
      group.worst = entry
      group.process = entry.process
      group.first = stay.first
      group.last = stay.last
    }
    groups[name] = group
  }

  private static func sorted(_ groups: [NameID?: StuckSockets]) -> [StuckSockets] {
    groups.sorted { left, right in
      left.value.sockets != right.value.sockets
        ? left.value.sockets > right.value.sockets
        : left.key?.rawValue ?? .max < right.key?.rawValue ?? .max
    }
    .map(\.value)
  }

  /// Beside its own values a text may name how many they are, and the longest one.
  func says(
    _ key: String, _ values: KeyValuePairs<String, Wording.Value>, _ night: NightFindings
  ) -> Wording {
    var wording = Wording(key, values)
    let own: KeyValuePairs<String, Wording.Value> = [
      "sockets": .numbered("unit.Sockets", sockets), "local": .text(worst.key.local.description),
      "peer": .text(worst.key.remote.description), "span": night.span(first, last),
    ]
    wording.places += own.map { Wording.Place(name: $0.key, value: $0.value) }
    return wording
  }

  func subject(_ night: NightFindings) -> NightSubject {
    NightSubject(
      process: night.process(process), local: worst.key.local,
      peer: worst.key.remote.description)
  }
}

/// Bytes that wait in a queue.
protocol StuckQueueRule: NightRule where Sight == StuckSockets {
  /// The text that says what did not happen to them.
  static var key: String { get }
}

extension StuckQueueRule {
  static func subject(_ stuck: StuckSockets, _ night: NightFindings) -> NightSubject {
    stuck.subject(night)
  }

  static func sentence(_ stuck: StuckSockets, _ night: NightFindings) -> Wording {
    stuck.says(
      key,
      [
        "owner": NightFindings.owner(night.process(stuck.process), "owner.unnamed"),
        "bytes": .numbered("night.bytesThatWere", stuck.bytes),
      ], night)
  }

  static func evidence(_ stuck: StuckSockets, _ night: NightFindings) -> [Finding.Evidence] {
    [
      NightFindings.number("sockets", stuck.sockets), NightFindings.number("bytes", stuck.bytes),
      night.instant("from", stuck.first), night.instant("to", stuck.last),
    ]
  }
}

/// Connections that do not get out of a state of the close.
protocol StuckClosingRule: NightRule where Sight == StuckSockets {
  static var state: TCPState { get }
  /// The text that says what they do there.
  static var key: String { get }
}

extension StuckClosingRule {
  static func judge(_ night: NightFindings) -> [StuckSockets] {
    StuckSockets.closing(state, in: night)
  }

  static func subject(_ stuck: StuckSockets, _ night: NightFindings) -> NightSubject {
    stuck.subject(night)
  }

  static func sentence(_ stuck: StuckSockets, _ night: NightFindings) -> Wording {
    stuck.says(
      key, ["owner": NightFindings.owner(night.process(stuck.process), "owner.gone")], night)
  }

  static func evidence(_ stuck: StuckSockets, _ night: NightFindings) -> [Finding.Evidence] {
    [
      NightFindings.number("sockets", stuck.sockets), night.instant("from", stuck.first),
      night.instant("to", stuck.last),
    ]
  }
}

extension SocketTable.Entry {
  /// A listener's queues are connections, not bytes.
  var isListener: Bool { stay.state == .listen || key.listener != 0 }
}
