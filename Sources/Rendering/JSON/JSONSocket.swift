import TCPModel

extension ByteWriter {
  /// A socket followed through snapshots as a JSON object.
  mutating func value(_ socket: SocketLifecycle) {
    openObject()
    member("local", socket.local.description)
    member("peer", socket.remote.port == 0 ? nil : socket.remote.description)
    member("process", socket.process)
    member("uid", socket.uid.map(Int64.init))
    member("inode", socket.inode.map { Int64(clamping: $0) })
    member("cookie", plain: socket.cookie.map { String($0, radix: 16) })
    member("first_seen", socket.firstSeen)
    member("last_seen", socket.lastSeen)
    member("instants", Int64(socket.instants))
    key("states")
    openArray()
    for stay in socket.states {
      openObject()
      member("state", plain: stay.state?.name)
      member("first_seen", stay.firstSeen)
      member("last_seen", stay.lastSeen)
      member("age_ns", max(0, stay.lastSeen.since(stay.firstSeen)))
      closeObject()
    }
    closeArray()
    member("bytes_acked", socket.bytesAcked.map { Int64(clamping: $0) })
    member("bytes_received", socket.bytesReceived.map { Int64(clamping: $0) })
    member("retransmissions", socket.retransmissions.map(Int64.init))
    closeObject()
  }

  mutating func member(_ name: StaticString, _ process: ProcessName?) {
    key(name)
    guard let process else { return null() }
    openObject()
    member("pid", Int64(process.pid))
    member("name", process.name)
    closeObject()
  }
}
