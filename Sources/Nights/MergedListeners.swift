import TCPModel

extension SocketLifecycle {
  /// Listeners that only differ in what some snapshots do not show (`ss` without `-e` has neither
  /// inode nor cookie, `/proc/net/tcp` no cookie) become one.
  public static func merged(_ sockets: [SocketLifecycle]) -> [SocketLifecycle] {
    var merged: [SocketLifecycle] = []
    var places: [Endpoint: [Int]] = [:]
    for socket in sockets {
      guard socket.remote.port == 0 else {
        merged.append(socket)
        continue
      }
      if let place = places[socket.local]?.first(where: { merged[$0].canBe(socket) }) {
        merged[place].add(socket)
      } else {
        places[socket.local, default: []].append(merged.count)
        merged.append(socket)
      }
    }
    return merged
  }

  private func canBe(_ other: SocketLifecycle) -> Bool {
    func agree<Value: Equatable>(_ left: Value?, _ right: Value?) -> Bool {
      left == nil || right == nil || left == right
    }
    return agree(cookie, other.cookie) && agree(inode, other.inode)
      && agree(process?.pid, other.process?.pid)
  }

  private mutating func add(_ other: SocketLifecycle) {
    cookie = cookie ?? other.cookie
    inode = inode ?? other.inode
    process = process ?? other.process
    uid = uid ?? other.uid
    instants += other.instants
    for stay in other.states {
      guard let place = states.firstIndex(where: { $0.state == stay.state }) else {
        states.append(stay)
        continue
      }
      states[place].firstSeen = min(states[place].firstSeen, stay.firstSeen)
      states[place].lastSeen = max(states[place].lastSeen, stay.lastSeen)
    }
  }
}
