import Support
import TCPModel
import Timeline

/// Snapshots as the templates see them; `docs/templates.md` lists the names.
enum SnapshotView {
  static func values(_ summary: SnapshotSummary, _ clock: WallClock) -> [String: Any] {
    var values: [String: Any] = [
      "sentence": SnapshotWords.sentence(summary, clock),
      "clocks": summary.clockOffsets.map(SnapshotWords.clock),
      "sockets": summary.uncaptured.prefix(SnapshotWords.socketLimit).map(socket),
      "has_sockets": !summary.uncaptured.isEmpty,
    ]
    if let skipped = SnapshotWords.skipped(summary) { values["skipped"] = skipped }
    let more =
      summary.uncaptured.count - SnapshotWords.socketLimit + summary.uncapturedOmitted
    if more > 0 { values["more_sockets"] = Quantity.count(more) }
    return values
  }

  private static func socket(_ socket: SocketLifecycle) -> [String: Any] {
    [
      "states": SnapshotWords.states(socket),
      "local": socket.local.description,
      "peer": SnapshotWords.peer(socket),
      "process": SnapshotWords.process(socket.process),
      "age": SnapshotWords.age(socket),
      "instants": Quantity.count(socket.instants),
    ]
  }

  static func values(_ connection: Connection) -> [String: Any] {
    let marks = SnapshotMark.marks(of: connection)
    var values: [String: Any] = [
      "client_process": SnapshotWords.process(connection.processes.client),
      "server_process": SnapshotWords.process(connection.processes.server),
      "has_kernel": !marks.isEmpty,
      "kernel": marks.prefix(SnapshotWords.markLimit).map(mark),
    ]
    let more = marks.count - SnapshotWords.markLimit
    if more > 0 { values["more_kernel"] = Quantity.count(more) }
    return values
  }

  private static func mark(_ mark: SnapshotMark) -> [String: Any] {
    [
      "at": Quantity.seconds(mark.at, decimals: 6),
      "side": mark.side.name,
      "state": StateCounts.name(mark.state),
      "rtt": SnapshotWords.rtt(mark),
      "cwnd": SnapshotWords.count(mark.congestionWindow),
      "retrans": SnapshotWords.count(mark.retransmissions),
      "recv_q": SnapshotWords.count(mark.receiveQueue),
      "send_q": SnapshotWords.count(mark.sendQueue),
      "timer": SnapshotWords.timer(mark),
      "shutdown": SnapshotWords.shutdown(mark),
      "sources": SnapshotWords.sources(mark),
    ]
  }
}
