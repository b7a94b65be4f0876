import TCPModel

/// Sockets followed from instant to instant.
///
/// A socket is the same when its cookie is, else its inode, else when it was there at the instant
/// before under the same addresses. Memory holds what is alive and a bounded number of sockets that
/// are gone: the longest-lived ones, because a night of short connections has millions.
struct SocketTable {
  /// One socket so far.
  struct Entry {
    var key: SocketKey
    var process: ProcessListID?
    /// In `PeerTally`.
    var peer: UInt32
    var inode: UInt64
    var cookie: UInt64
    var uid: UInt32
    var firstInstant: UInt32
    var lastInstant: UInt32
    var instants: UInt32
    /// Counters at first and last sight, where `hasCounters`.
    var firstBytesAcked: UInt64
    var firstBytesReceived: UInt64
    var lastBytesAcked: UInt64
    var lastBytesReceived: UInt64
    var lastSegmentsSent: UInt32
    var firstRetransmissions: UInt32
    var lastRetransmissions: UInt32
    var hasCounters: Bool
    var sendQueue: QueueWatch
    var receiveQueue: QueueWatch
    /// The newest stay; older ones are behind it in `stays`.
    var stay: Stay
    var olderStay: UInt32
  }

  /// In one state from the first to the last instant.
  struct Stay: BitwiseCopyable {
    var state: TCPState?
    var hasTimer: Bool
    var first: UInt32
    var last: UInt32
  }

  /// How long a queue held bytes that did not move.
  struct QueueWatch: BitwiseCopyable {
    private(set) var bytes: UInt32
    /// The instant since which nothing has moved; `none` while the queue is empty.
    private var since: UInt32
    /// The longest time so far, and the bytes at its end.
    private(set) var longest: (first: UInt32, last: UInt32, bytes: UInt32)

    init(_ bytes: UInt32, _ instant: UInt32) {
      self.bytes = bytes
      let isFilled = bytes > 0 && bytes != NightSample.unknown
      since = isFilled ? instant : SocketTable.none
      longest = (instant, instant, bytes)
    }

    mutating func follow(_ bytes: UInt32, hasMoved: Bool, _ instant: UInt32) {
      if bytes == 0 || bytes == NightSample.unknown {
        since = SocketTable.none
      } else if hasMoved || bytes < self.bytes || since == SocketTable.none {
        since = instant
      } else if instant - since > longest.last - longest.first {
        longest = (since, instant, bytes)
      }
      self.bytes = bytes
    }
  }

  /// What a row told about its socket.
  struct Observation {
    var place: Int
    var isNew: Bool
    /// The socket was in this state at the instant before, too.
    var hasStayed: Bool
    /// Since the instant before; nil where the snapshots do not tell.
    var segmentsSent: UInt32?
    var segmentsRetransmitted: UInt32?
  }

  static let none = UInt32.max
  /// Gone sockets that are kept.
  static let maximumGone = 10_000

  private(set) var alive: [Entry] = []
  private(set) var gone: [Entry] = []
  /// Gone sockets that were dropped, because others lived longer.
  private(set) var dropped = 0
  private var index = SocketIndex()
  /// Where the socket of the next row is if the snapshots list them in the same order.
  private var expected = 0
  private var olderStays: [(stay: Stay, older: UInt32)] = []
  private(set) var times: [Timestamp] = []
  /// Sockets seen at no more instants than this are not kept when they go: the room is taken by
  /// others, and a night of short connections has millions of them.
  private var floor: UInt32 = 0

  mutating func beginInstant(_ time: Timestamp, rows: Int) {
    times.append(time)
    // Growing by doubling touches twice the memory of a first instant with a million sockets.
    if alive.isEmpty { alive.reserveCapacity(rows) }
    expected = 0
    index.reserve(rows)
  }

  /// Takes a row of the instant at hand.
  mutating func add(_ row: NightSample, instant: UInt32) -> Observation {
    let key = SocketKey(row)
    let isExpected = expected < alive.count && alive[expected].key == key
    guard let place = isExpected ? expected : index.find(key, { alive[$0].key }) else {
      index.insert(key, at: alive.count)
      alive.append(Entry(key, row, instant))
      return firstObservation(alive.count - 1, row)
    }
    expected = place + 1
    guard isSame(alive[place], row, instant) else {
      retire(alive[place])
      alive[place] = Entry(key, row, instant)
      return firstObservation(place, row)
    }
    let isCounted = row.hasCounters && alive[place].hasCounters
    let sent = row.segmentsSent &- alive[place].lastSegmentsSent
    let retransmitted = row.retransmissions &- alive[place].lastRetransmissions
    let hasStayed = alive[place].stay.state == row.state
    update(place, row, instant)
    return Observation(
      place: place, isNew: false, hasStayed: hasStayed, segmentsSent: isCounted ? sent : nil,
      segmentsRetransmitted: isCounted ? retransmitted : nil)
  }

  private func firstObservation(_ place: Int, _ row: NightSample) -> Observation {
    Observation(
      place: place, isNew: true, hasStayed: false,
      segmentsSent: row.hasCounters ? row.segmentsSent : nil,
      segmentsRetransmitted: row.hasCounters ? row.retransmissions : nil)
  }

  mutating func setPeer(_ peer: UInt32, at place: Int) {
    alive[place].peer = peer
  }

  /// The instant is whole: sockets it did not show are gone.
  mutating func finishInstant(_ instant: UInt32) {
    var place = 0
    while place < alive.count {
      if alive[place].lastInstant == instant {
        place += 1
        continue
      }
      let last = alive.count - 1
      index.remove(alive[place].key, at: place)
      retire(alive[place])
      if place < last {
        index.move(alive[last].key, from: last, to: place)
        alive[place] = alive[last]
      }
      alive.removeLast()
    }
  }

  /// Looks at every socket that is kept; an array of them all would double the table.
  func forEach(_ body: (Entry) -> Void) {
    for entry in gone { body(entry) }
    for entry in alive { body(entry) }
  }

  /// The stays of a socket, oldest first.
  func stays(of entry: Entry) -> [Stay] {
    var stays = [entry.stay]
    var older = entry.olderStay
    while older != SocketTable.none {
      stays.append(olderStays[Int(older)].stay)
      older = olderStays[Int(older)].older
    }
    return stays.reversed()
  }

  private func isSame(_ entry: Entry, _ row: NightSample, _ instant: UInt32) -> Bool {
    if entry.cookie != 0, row.cookie != 0 { return entry.cookie == row.cookie }
    if entry.inode != 0, row.inode != 0 { return entry.inode == row.inode }
    if row.state == .timeWait, entry.stay.state == .timeWait {
      // Linux keeps it for 60 s.
      return times[Int(instant)].since(times[Int(entry.lastInstant)]) < 60_000_000_000
    }
    // A connection does not go back: this is another one under the same addresses.
    return row.state?.progress ?? 0 >= entry.stay.state?.progress ?? 0
  }

  private mutating func update(_ place: Int, _ row: NightSample, _ instant: UInt32) {
    if alive[place].stay.state != row.state {
      olderStays.append((alive[place].stay, alive[place].olderStay))
      alive[place].beginStay(
        row, instant, older: UInt32(truncatingIfNeeded: olderStays.count - 1))
    }
    alive[place].update(row, instant)
  }

  private mutating func retire(_ entry: Entry) {
    if entry.instants <= floor {
      dropped += 1
      return
    }
    gone.append(entry)
    if gone.count >= 2 * SocketTable.maximumGone { dropGone() }
  }

  /// Keeps the sockets seen at most instants; among equals those that went first.
  private mutating func dropGone() {
    var counts: [UInt32: Int] = [:]
    for entry in gone { counts[entry.instants, default: 0] += 1 }
    var room = SocketTable.maximumGone
    for (instants, count) in counts.sorted(by: { $0.key > $1.key }) {
      floor = instants
      if count > room { break }
      room -= count
    }
    let before = gone.count
    gone.removeAll { entry in
      if entry.instants > floor { return false }
      if entry.instants == floor, room > 0 {
        room -= 1
        return false
      }
      return true
    }
    dropped += before - gone.count
    dropStays()
  }

  /// Keeps the stays of the sockets that are kept.
  private mutating func dropStays() {
    let all = olderStays
    olderStays.removeAll(keepingCapacity: true)
    for place in gone.indices { gone[place].olderStay = keep(gone[place].olderStay, of: all) }
    for place in alive.indices { alive[place].olderStay = keep(alive[place].olderStay, of: all) }
  }

  private mutating func keep(
    _ newest: UInt32, of all: [(stay: Stay, older: UInt32)]
  ) -> UInt32 {
    guard newest != SocketTable.none else { return newest }
    var older = newest
    let first = olderStays.count
    while older != SocketTable.none {
      let (stay, next) = all[Int(older)]
      olderStays.append((stay, UInt32(truncatingIfNeeded: olderStays.count + 1)))
      older = next
    }
    olderStays[olderStays.count - 1].older = SocketTable.none
    return UInt32(truncatingIfNeeded: first)
  }

  /// By first sight; the addresses make the order total.
  static func isOlder(_ left: Entry, than right: Entry) -> Bool {
    if left.firstInstant != right.firstInstant { return left.firstInstant < right.firstInstant }
    if left.key.local != right.key.local { return left.key.local.precedes(right.key.local) }
    if left.key.remote != right.key.remote { return left.key.remote.precedes(right.key.remote) }
    return (left.cookie, left.inode) < (right.cookie, right.inode)
  }
}

extension SocketTable.Entry {
  init(_ key: SocketKey, _ row: NightSample, _ instant: UInt32) {
    self.key = key
    process = row.process
    peer = 0
    inode = row.inode
    cookie = row.cookie
    uid = row.uid
    firstInstant = instant
    lastInstant = instant
    instants = 1
    firstBytesAcked = row.bytesAcked
    firstBytesReceived = row.bytesReceived
    lastBytesAcked = row.bytesAcked
    lastBytesReceived = row.bytesReceived
    lastSegmentsSent = row.segmentsSent
    firstRetransmissions = row.retransmissions
    lastRetransmissions = row.retransmissions
    hasCounters = row.hasCounters
    sendQueue = SocketTable.QueueWatch(row.sendQueue, instant)
    receiveQueue = SocketTable.QueueWatch(row.receiveQueue, instant)
    stay = SocketTable.Stay(state: row.state, hasTimer: row.hasTimer, first: instant, last: instant)
    olderStay = SocketTable.none
  }
}

extension SocketTable.Entry {
  mutating func beginStay(_ row: NightSample, _ instant: UInt32, older: UInt32) {
    olderStay = older
    stay = SocketTable.Stay(
      state: row.state, hasTimer: row.hasTimer, first: instant, last: instant)
  }

  mutating func update(_ row: NightSample, _ instant: UInt32) {
    let isCounted = row.hasCounters && hasCounters
    sendQueue.follow(
      row.sendQueue, hasMoved: isCounted && row.bytesAcked != lastBytesAcked, instant)
    // A queue of the same length although bytes came in was read from.
    receiveQueue.follow(
      row.receiveQueue,
      hasMoved: isCounted && row.bytesReceived != lastBytesReceived
        && row.receiveQueue <= receiveQueue.bytes, instant)
    stay.last = instant
    stay.hasTimer = row.hasTimer
    // A damaged snapshot may list a socket twice.
    if lastInstant != instant { instants += 1 }
    lastInstant = instant
    if let process = row.process { self.process = process }
    if row.inode != 0 { inode = row.inode }
    if row.cookie != 0 { cookie = row.cookie }
    if row.uid != NightSample.unknown { uid = row.uid }
    guard row.hasCounters else { return }
    if !hasCounters {
      firstBytesAcked = row.bytesAcked
      firstBytesReceived = row.bytesReceived
      firstRetransmissions = row.retransmissions
    }
    hasCounters = true
    lastBytesAcked = row.bytesAcked
    lastBytesReceived = row.bytesReceived
    lastSegmentsSent = row.segmentsSent
    lastRetransmissions = row.retransmissions
  }
}

extension TCPState {
  /// How far a connection has come; states that a connection can go back and forth between have
  /// the same number.
  var progress: Int {
    switch self {
    case .closed, .listen: 0
    case .synSent, .synReceived: 1
    case .established: 2
    case .closeWait, .finWait1: 3
    case .finWait2, .closing: 4
    case .lastACK: 5
    case .timeWait: 6
    }
  }
}
