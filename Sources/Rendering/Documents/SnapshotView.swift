import Support
import TCPModel
import Timeline

/// Snapshots as the templates see them; `docs/templates.md` lists the names.
enum SnapshotView {
  static func values(_ summary: SnapshotSummary, _ clock: WallClock, _ texts: Texts) -> [String:
    Any]
  {
    let sentence = SnapshotWords.sentence(summary, clock, texts)
    let skipped = SnapshotWords.skipped(summary, texts)
    var values: [String: Any] = [
      "sentence": sentence,
      "beside": skipped.map {
        texts("page.besideSkipped", ["sentence": sentence, "skipped": $0])
      } ?? texts("page.beside", ["sentence": sentence]),
      "clocks": summary.clockOffsets.map { SnapshotWords.clock($0, texts) },
      "sockets": summary.uncaptured.prefix(SnapshotWords.socketLimit).map(socket),
      "has_sockets": !summary.uncaptured.isEmpty,
    ]
    if let skipped { values["skipped"] = skipped }
    let more =
      summary.uncaptured.count - SnapshotWords.socketLimit + summary.uncapturedOmitted
    if more > 0 {
      values["more_sockets"] = Quantity.count(more)
      values["more_sockets_words"] = texts.counted("page.moreInJSON", more)
    }
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

  static func values(_ connection: Connection, _ texts: Texts) -> [String: Any] {
    let marks = SnapshotMark.marks(of: connection)
    var values: [String: Any] = [
      "client_process": SnapshotWords.process(connection.processes.client),
      "server_process": SnapshotWords.process(connection.processes.server),
      "has_kernel": !marks.isEmpty,
      "kernel": marks.prefix(SnapshotWords.markLimit).map { mark($0, texts) },
    ]
    let more = marks.count - SnapshotWords.markLimit
    if more > 0 {
      values["more_kernel"] = Quantity.count(more)
      values["more_kernel_words"] = texts.counted("page.more", more)
    }
    return values
  }

  private static func mark(_ mark: SnapshotMark, _ texts: Texts) -> [String: Any] {
    [
      "at": Quantity.seconds(mark.at, decimals: 6),
      "side": mark.side.name,
      "side_words": texts(mark.side),
      "state": StateCounts.name(mark.state),
      "rtt": SnapshotWords.rtt(mark),
      "cwnd": SnapshotWords.count(mark.congestionWindow),
      "retrans": SnapshotWords.count(mark.retransmissions),
      "recv_q": SnapshotWords.count(mark.receiveQueue),
      "send_q": SnapshotWords.count(mark.sendQueue),
      "timer": SnapshotWords.timer(mark),
      "shutdown": SnapshotWords.shutdown(mark, texts),
      "sources": SnapshotWords.sources(mark),
    ]
  }
}
