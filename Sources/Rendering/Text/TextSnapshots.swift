import Support
import TCPModel
import Timeline

/// What snapshots add to the text report.
struct TextSnapshots {
  let style: TextStyle
  let clock: WallClock

  func write(_ summary: SnapshotSummary, to output: inout ByteWriter) {
    style.paint("Snapshots", .heading, to: &output)
    output.literal("\n")
    output.text("  \(SnapshotWords.sentence(summary, clock))\n")
    if let skipped = SnapshotWords.skipped(summary) { output.text("  \(skipped)\n") }
    for clock in summary.clockOffsets { output.text("  \(SnapshotWords.clock(clock))\n") }
    output.literal("\n")
  }

  /// Listeners, idle connections, leaked ones.
  func writeUncaptured(_ summary: SnapshotSummary, to output: inout ByteWriter) {
    guard !summary.uncaptured.isEmpty else { return }
    title("Sockets without a captured segment", to: &output)
    var table = TextTable(
      [
        .init("State", .left), .init("Local", .left), .init("Peer", .left),
        .init("Process", .left), .init("Seen for", .right), .init("Snapshots", .right),
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
    if more > 0 { output.text("and \(Quantity.count(more)) more (json has them)\n") }
  }

  func write(_ connection: Connection, to output: inout ByteWriter) {
    let owners = Side.allCases.compactMap { side in
      let text = SnapshotWords.process(connection.processes[side])
      return text.isEmpty ? nil : "\(side.name) \(text)"
    }
    if !owners.isEmpty {
      title("Processes", to: &output)
      output.text(owners.joined(separator: "; ") + "\n")
    }
    let marks = SnapshotMark.marks(of: connection)
    guard !marks.isEmpty else { return }
    title("Kernel's view", to: &output)
    var table = TextTable(
      [
        .init("Time", .right), .init("Side", .left), .init("State", .left),
        .init("RTT", .right), .init("cwnd", .right), .init("Retrans", .right),
        .init("Recv-Q", .right), .init("Send-Q", .right), .init("Timer", .left),
        .init("Shut", .left), .init("From", .left),
      ], style: style)
    table.begin(
      marks.prefix(SnapshotWords.markLimit).map { mark in
        [
          .init(Quantity.seconds(mark.at, decimals: 6), .faint), .init(mark.side.name),
          .init(StateCounts.name(mark.state)), .init(SnapshotWords.rtt(mark)),
          .init(SnapshotWords.count(mark.congestionWindow)),
          .init(SnapshotWords.count(mark.retransmissions)),
          .init(SnapshotWords.count(mark.receiveQueue)),
          .init(SnapshotWords.count(mark.sendQueue)), .init(SnapshotWords.timer(mark)),
          .init(SnapshotWords.shutdown(mark)), .init(SnapshotWords.sources(mark), .faint),
        ]
      }, to: &output)
    let more = marks.count - SnapshotWords.markLimit
    if more > 0 { output.text("and \(Quantity.count(more)) more\n") }
  }

  private func title(_ text: String, to output: inout ByteWriter) {
    output.literal("\n")
    style.paint(text, .heading, to: &output)
    output.literal("\n")
  }
}
