import TCPModel

/// The report on a night as one JSON object; each snapshot and each socket is one line of it.
public struct NightlyJSON {
  private let report: NightReport

  public init(_ report: NightReport) {
    self.report = report
  }

  public func write(to output: inout ByteWriter) {
    output.openObject()
    output.member("schema", plain: "tcptimeline.nightly/1")
    output.key("generator")
    output.openObject()
    output.member("name", plain: Generator.name)
    output.member("version", plain: Generator.version)
    output.closeObject()
    output.lines("files", report.files) { file, output in write(file, to: &output) }
    output.lines("snapshots", report.snapshots) { snapshot, output in
      write(snapshot, to: &output)
    }
    series(to: &output)
    output.lines("findings", report.findings) { finding, output in output.value(finding) }
    tables(limit: .max, to: &output)
    output.lines("sockets", report.sockets) { socket, output in output.value(socket) }
    output.member("sockets_omitted", Int64(report.socketsOmitted))
    output.key("compared_with")
    comparison(to: &output)
    output.closeObject()
    output.literal("\n")
  }

  /// The counts over time.
  func series(to output: inout ByteWriter) {
    output.lines("instants", report.instants) { instant, output in
      output.openObject()
      output.member("time", instant.time)
      output.member("sockets", instant.byState.total)
      states("by_state", instant.byState, to: &output)
      output.member("segments_sent", instant.segmentsSent)
      output.member("segments_retransmitted", instant.segmentsRetransmitted)
      output.closeObject()
    }
  }

  /// Who listens, which processes and peers are the busiest.
  ///
  /// - Parameter limit: Rows of each.
  func tables(limit: Int, to output: inout ByteWriter) {
    output.lines("listeners", Array(report.listeners.prefix(limit))) { listener, output in
      write(listener, to: &output)
    }
    output.lines("processes", Array(report.processes.prefix(limit))) { process, output in
      write(process, to: &output)
    }
    output.lines("peers", Array(report.peers.prefix(limit))) { peer, output in
      output.openObject()
      output.key("address")
      output.value(peer.address)
      output.member("most_sockets", peer.mostSockets)
      output.member("of_sockets", peer.ofSockets)
      output.member("most_at", peer.mostAt)
      output.member("instants", Int64(peer.instants))
      output.closeObject()
    }
  }

  private func states(_ name: StaticString, _ counts: StateCounts, to output: inout ByteWriter) {
    output.key(name)
    output.openObject()
    for (state, count) in counts.occurring { output.member(named: state, count) }
    output.closeObject()
  }

  private func write(_ file: CaptureInfo, to output: inout ByteWriter) {
    output.openObject()
    output.member("path", file.path)
    output.member("format", plain: file.format.rawValue)
    output.member("bytes", file.bytes)
    output.member("truncated", file.isTruncated)
    output.member("skipped", file.skipped)
    output.member("warnings", file.remarks)
    output.closeObject()
  }

  private func write(_ snapshot: NightSnapshot, to output: inout ByteWriter) {
    output.openObject()
    output.member("time", snapshot.info.time)
    output.member("time_basis", plain: snapshot.info.timeBasis?.rawValue)
    output.member("path", snapshot.info.path)
    output.member("source", plain: snapshot.info.source.rawValue)
    output.member("first_line", Int64(snapshot.info.firstLine))
    output.member("sockets", snapshot.info.sockets)
    states("by_state", snapshot.byState, to: &output)
    output.member("counted", snapshot.isCounted)
    output.member("skipped", snapshot.info.skipped)
    output.closeObject()
  }

  private func write(_ listener: NightListener, to output: inout ByteWriter) {
    output.openObject()
    output.member("local", listener.local.description)
    output.member("process", listener.process)
    output.member("uid", listener.uid.map(Int64.init))
    output.member("first_seen", listener.firstSeen)
    output.member("last_seen", listener.lastSeen)
    output.member("queue_limit", listener.queueLimit.map(Int64.init))
    output.member("most_waiting", Int64(listener.mostWaiting))
    output.member("most_connections", listener.mostConnections)
    output.closeObject()
  }

  private func write(_ process: NightProcess, to output: inout ByteWriter) {
    output.openObject()
    output.member("name", process.name)
    output.member("pids", Int64(process.pids))
    output.member("uid", process.uid.map(Int64.init))
    output.member("most_sockets", process.mostSockets)
    output.member("most_at", process.mostAt)
    states("most_by_state", process.mostByState, to: &output)
    output.closeObject()
  }

  func comparison(to output: inout ByteWriter) {
    guard let comparison = report.comparison else {
      output.null()
      return
    }
    output.openObject()
    output.member("nights", Int64(comparison.nights))
    output.member("last_night", comparison.lastNight)
    output.member("earliest_night", comparison.earliestNight)
    output.key("most")
    output.openObject()
    for figure in comparison.figures {
      output.key(named: figure.name)
      output.openObject()
      output.member("tonight", figure.tonight)
      output.member("last_night", figure.lastNight)
      output.member("average", figure.average)
      output.member("weekday_average", figure.weekdayAverage)
      output.closeObject()
    }
    output.closeObject()
    output.member("listeners_appeared", comparison.appearedListeners.map(\.description))
    output.member("listeners_vanished", comparison.vanishedListeners.map(\.description))
    output.key("trends")
    output.openArray()
    for trend in comparison.trends {
      output.openObject()
      output.member("kind", plain: trend.kind.rawValue)
      output.member("service", trend.service.isEmpty ? nil : trend.service)
      output.member("nights_in_a_row", Int64(trend.nights))
      output.member("since", trend.since)
      output.closeObject()
    }
    output.closeArray()
    output.closeObject()
  }
}
