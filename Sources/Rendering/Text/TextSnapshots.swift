import Support
import TCPModel
import Timeline

/// What snapshots add to the text report.
struct TextSnapshots {
  let style: TextStyle
  let clock: WallClock
  let texts: Texts

  func write(_ summary: SnapshotSummary, to output: inout ByteWriter) {
    style.paint(texts("head.snapshots"), .heading, to: &output)
    output.literal("\n")
    output.text("  \(SnapshotWords.sentence(summary, clock, texts))\n")
    if let skipped = SnapshotWords.skipped(summary, texts) { output.text("  \(skipped)\n") }
    for clock in summary.clockOffsets { output.text("  \(SnapshotWords.clock(clock, texts))\n") }
    output.literal("\n")
  }

  /// Listeners, idle connections, leaked ones.
  func writeUncaptured(_ summary: SnapshotSummary, to output: inout ByteWriter) {
    guard !summary.uncaptured.isEmpty else { return }
    title(texts("head.sockets"), to: &output)
    var table = TextTable(
      [
        .init(texts("column.state"), .left), .init(texts("column.local"), .left),
        .init(texts("column.peer"), .left), .init(texts("column.process"), .left),
        .init(texts("column.seenFor"), .right), .init(texts("column.snapshots"), .right),
      ], style: style)
    table.begin(
      summary.uncaptured.prefix(SnapshotWords.socketLimit).map { socket in
        [
          .init(SnapshotWords.states(socket)), .init(socket.local.description),
          .init(SnapshotWords.peer(socket)), .init(SnapshotWords.process(socket.process)),
          .init(SnapshotWords.age(socket)), .init(Quantity.count(socket.instants)),
        ]
      }, to: &output)
    let more =
      summary.uncaptured.count - SnapshotWords.socketLimit + summary.uncapturedOmitted
    if more > 0 { output.text(texts.counted("text.moreInJSON", more) + "\n") }
  }

  func write(_ connection: Connection, to output: inout ByteWriter) {
    let owners = Side.allCases.compactMap { side in
      let text = SnapshotWords.process(connection.processes[side])
      return text.isEmpty ? nil : "\(texts(side)) \(text)"
    }
    if !owners.isEmpty {
      title(texts("head.processes"), to: &output)
      output.text(owners.joined(separator: "; ") + "\n")
    }
    let marks = SnapshotMark.marks(of: connection)
    guard !marks.isEmpty else { return }
    title(texts("head.kernel"), to: &output)
    var table = TextTable(
      [
        .init(texts("column.time"), .right), .init(texts("column.side"), .left),
        .init(texts("column.state"), .left),
        .init("RTT", .right), .init("cwnd", .right), .init("Retrans", .right),
        .init("Recv-Q", .right), .init("Send-Q", .right),
        .init(texts("column.timer"), .left), .init(texts("column.shut"), .left),
        .init(texts("column.source"), .left),
      ], style: style)
    table.begin(
      marks.prefix(SnapshotWords.markLimit).map { mark in
        [
          .init(Quantity.seconds(mark.at, decimals: 6), .faint), .init(texts(mark.side)),
          .init(StateCounts.name(mark.state)), .init(SnapshotWords.rtt(mark)),
          .init(SnapshotWords.count(mark.congestionWindow)),
          .init(SnapshotWords.count(mark.retransmissions)),
          .init(SnapshotWords.count(mark.receiveQueue)),
          .init(SnapshotWords.count(mark.sendQueue)), .init(SnapshotWords.timer(mark)),
          .init(SnapshotWords.shutdown(mark, texts)), .init(SnapshotWords.sources(mark), .faint),
        ]
      }, to: &output)
    let more = marks.count - SnapshotWords.markLimit
    if more > 0 { output.text(texts.counted("text.more", more) + "\n") }
  }

  private func title(_ text: String, to output: inout ByteWriter) {
    output.literal("\n")
    style.paint(text, .heading, to: &output)
    output.literal("\n")
  }
}
