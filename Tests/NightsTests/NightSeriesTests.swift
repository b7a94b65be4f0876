import Nights
import TCPModel
import TestSupport
import Testing

@Suite struct NightSeriesTests {
  @Test func snapshotsOfOneInstantAreCountedOnce() {
    var night = NightFixture()
    let row = "ESTABLISHED 10.0.0.1:80 10.0.9.9:5000"
    night.instant([row + " inode=7"], source: .procNetTCP, path: "tcp")
    night.instant(
      ["ESTABLISHED ::1:80 ::1:5000"], source: .procNetTCP, path: "tcp6", after: 1_000_000)
    night.instant(
      [row + " process=web cookie=9", "ESTABLISHED ::1:80 ::1:5000"], path: "ss",
      after: 20_000_000)
    let report = night.report()
    #expect(report.instants.count == 1)
    #expect(report.instants[0].byState.total == 2)
    #expect(report.snapshots.map(\.isCounted) == [false, false, true])
    #expect(report.snapshots.map(\.byState.total) == [1, 1, 2])
    #expect(report.processes.map(\.name) == ["web"])
  }

  @Test func bothAddressFamiliesOfProcBelongTogether() {
    var night = NightFixture()
    night.instant(
      ["ESTABLISHED 10.0.0.1:80 10.0.9.9:5000"], source: .procNetTCP, path: "tcp")
    night.instant(
      ["ESTABLISHED ::1:80 ::1:5000"], source: .procNetTCP, path: "tcp6", after: 1_000_000)
    let report = night.report()
    #expect(report.instants.map(\.byState.total) == [2])
    #expect(report.snapshots.map(\.isCounted) == [true, true])
  }

  /// Names with whole seconds, and a table that is long to read, pull them apart.
  @Test func theTablesOfAnInstantMayBeSecondsApart() {
    var night = NightFixture()
    for second in 0..<3 {
      night.instant(
        ["LISTEN 10.0.0.1:80 0.0.0.0:0", "LISTEN ::1:443 :::0"], path: "ss",
        after: second == 0 ? nil : 300_000_000_000)
      night.instant(
        ["LISTEN 10.0.0.1:80 0.0.0.0:0"], source: .procNetTCP, path: "proc-net-tcp",
        after: 1_000_000_000)
      night.instant(
        ["LISTEN ::1:443 :::0"], source: .procNetTCP, path: "proc-net-tcp6",
        after: Int64(second) * 3_000_000_000)
    }
    let report = night.report()
    #expect(report.instants.map(\.byState.total) == [2, 2, 2])
    #expect(report.findings.isEmpty)
  }

  /// `ss -tn` has the processes, `/proc/net/tcp` the listeners.
  @Test func theFullerSnapshotCountsAndTheOtherLendsNames() {
    var night = NightFixture()
    night.instant(
      ["ESTABLISHED 10.0.0.1:80 10.0.9.9:5000 process=web"], source: .ss, path: "ss")
    night.instant(
      ["ESTABLISHED 10.0.0.1:80 10.0.9.9:5000", "LISTEN 10.0.0.1:80 0.0.0.0:0"],
      source: .procNetTCP, path: "tcp", after: 1_000_000)
    let report = night.report()
    #expect(report.instants.map(\.byState.total) == [2])
    #expect(report.snapshots.map(\.isCounted) == [false, true])
    #expect(report.processes.first?.name == "web")
  }

  /// systemd opens the socket that it gives to sshd, and nginx has workers of one name.
  @Test func processesThatShareASocketHaveItBoth() {
    var night = NightFixture()
    night.instant([
      "LISTEN 10.0.0.1:22 0.0.0.0:0 process=sshd,systemd uid=0",
      "LISTEN 10.0.0.1:80 0.0.0.0:0 process=nginx,nginx,nginx",
      "ESTABLISHED 10.0.0.1:22 10.0.9.9:5000 process=sshd",
    ])
    let processes = night.report().processes
    #expect(processes.map { "\($0.name) \($0.mostSockets)" } == ["sshd 2", "nginx 1", "systemd 1"])
  }

  @Test func aLoopEverySecondMakesInstantsOfItsOwn() {
    var night = NightFixture(everySeconds: 1)
    for _ in 0..<5 { night.instant(["ESTABLISHED 10.0.0.1:80 10.0.9.9:5000"]) }
    #expect(night.report().instants.count == 5)
  }

  @Test func aSocketIsFollowedThroughItsStates() {
    var night = NightFixture(everySeconds: 30)
    let ends = "10.0.0.1:80 10.0.9.9:5000"
    night.instant(["ESTABLISHED \(ends) cookie=9 inode=5 acked=10 received=1 sent=1 uid=33"])
    night.instant(["ESTABLISHED \(ends) cookie=9 inode=5 acked=30 received=5 sent=2 uid=33"])
    night.instant(["FIN_WAIT_2 \(ends) cookie=9 inode=0"])
    night.instant(["TIME_WAIT \(ends) cookie=9 inode=0"])
    let report = night.report()
    #expect(report.sockets.count == 1)
    let socket = report.sockets[0]
    #expect(socket.states.map(\.state) == [.established, .finWait2, .timeWait])
    #expect(socket.states[0].lastSeen.since(socket.states[0].firstSeen) == 30_000_000_000)
    #expect(socket.instants == 4 && socket.cookie == 9 && socket.inode == 5 && socket.uid == 33)
    #expect(socket.bytesAcked == 20 && socket.bytesReceived == 4)
  }

  @Test(arguments: [
    ("ESTABLISHED %@ cookie=9", "ESTABLISHED %@ cookie=10", 2),
    ("ESTABLISHED %@ cookie=9 inode=3", "ESTABLISHED %@ inode=3", 1),
    ("ESTABLISHED %@ inode=3", "ESTABLISHED %@ inode=4", 2),
    ("ESTABLISHED %@", "CLOSE_WAIT %@", 1),
    ("TIME_WAIT %@", "ESTABLISHED %@", 2),
    ("TIME_WAIT %@", "TIME_WAIT %@", 2),
    ("TIME_WAIT %@ cookie=9", "TIME_WAIT %@ cookie=9", 1),
  ])
  func whichSocketsAreTheSame(first: String, second: String, count: Int) {
    var night = NightFixture()
    for text in [first, second] {
      night.instant([
        text.replacing("%@", with: "10.0.0.1:80 10.0.9.9:5000")
      ])
    }
    #expect(night.report().sockets.count == count)
  }

  @Test func listenersThatShareAPortAreSocketsOfTheirOwn() {
    var night = NightFixture()
    for _ in 0..<3 {
      night.instant((1...4).map { "LISTEN 0.0.0.0:80 0.0.0.0:0 cookie=\($0)" })
    }
    let report = night.report()
    #expect(report.sockets.count == 4)
    #expect(report.sockets.allSatisfy { $0.instants == 3 })
    #expect(report.listeners.count == 1)
  }

  @Test func manyShortConnectionsTakeBoundedMemory() {
    var night = NightFixture(everySeconds: 60)
    let lasting = "ESTABLISHED 10.0.0.1:22 10.0.7.7:1 cookie=1"
    for round in 0..<40 {
      night.instant(
        [lasting]
          + (0..<1000).map { "TIME_WAIT 10.0.0.1:80 10.0.\(round).1:\($0 + 1)" })
    }
    let report = night.report()
    #expect(report.sockets.count + report.socketsOmitted == 40_001)
    #expect(report.sockets.count < 25_000)
    #expect(report.sockets.contains { $0.instants == 40 })
  }

  /// A report of a million sockets tells of 50,000: those seen longest.
  @Test func moreSocketsThanAReportCanTellAreCounted() {
    var night = NightFixture()
    let lasting = "ESTABLISHED 10.0.0.1:22 10.0.7.7:1 cookie=1"
    night.instant([lasting])
    night.instant(
      (0..<51_000).map { "ESTABLISHED 10.0.0.1:80 10.0.\($0 >> 8).\($0 & 255):5000" } + [lasting])
    let report = night.report()
    #expect(report.sockets.count == 50_000 && report.socketsOmitted == 1_001)
    #expect(report.sockets.first?.instants == 2)
  }

  @Test func aSocketListedTwiceIsSeenOnce() {
    var night = NightFixture()
    let row = "ESTABLISHED 10.0.0.1:80 10.0.9.9:5000 cookie=4"
    night.instant([row, row])
    let report = night.report()
    #expect(report.sockets.map(\.instants) == [1])
  }

  /// `tcptimeline snapshot` on a host that only listens: `ss` shows cookies, the tables inodes.
  @Test func listenersOfBothSourcesAreCountedOnce() {
    var night = NightFixture()
    night.instant(["LISTEN 0.0.0.0:22 0.0.0.0:0 inode=7"], source: .procNetTCP, path: "tcp")
    night.instant(
      ["LISTEN 0.0.0.0:22 0.0.0.0:0 cookie=9 inode=7 process=sshd"], path: "ss", after: 20_000_000)
    let report = night.report()
    #expect(report.instants.map(\.byState.total) == [1])
    #expect(report.processes.map(\.name) == ["sshd"])
  }

  @Test func theSameNightGivesTheSameReport() {
    func once() -> NightReport {
      var night = NightFixture()
      for round in 0..<5 {
        night.instant(
          (0..<50).map {
            "CLOSE_WAIT 10.0.0.1:80 10.0.\($0 % 7).\(round):\(5000 + $0) process=p\($0 % 3)"
          } + ["LISTEN 0.0.0.0:\(80 + round) 0.0.0.0:0"])
      }
      return night.report()
    }
    let (first, second) = (once(), once())
    #expect(first.findings == second.findings)
    #expect(first.sockets == second.sockets)
    #expect(first.peers == second.peers && first.processes == second.processes)
    #expect(first.listeners == second.listeners)
  }

  @Test func nothingReadGivesAnEmptyReport() {
    var night = NightFixture()
    let report = night.report()
    #expect(report.instants.isEmpty && report.findings.isEmpty && report.sockets.isEmpty)
  }
}
