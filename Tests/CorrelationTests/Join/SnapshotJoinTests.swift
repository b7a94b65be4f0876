import Support
import TCPModel
import TestSupport
import Testing

@testable import Correlation
@testable import SocketJoin

/// Sockets beside a connection of 10.0.0.1:40000 to 10.0.0.2:80 that opens at 0 ms, sends a request
/// at 50 ms, and is closed by the client from 1,000 ms on.
@Suite struct SnapshotJoinTests {
  private static let lived = """
    0    > S 0 <mss 1460>
    20   < S. 0 ack 1 <mss 1460>
    20   > . 1 ack 1
    50   > P. 1:101(100) ack 1
    70   < P. 1:201(200) ack 101
    70   > . 101 ack 201
    1000 > F. 101 ack 201
    1020 < . 201 ack 102
    3000 < F. 201 ack 102
    3000 > . 102 ack 202
    """

  /// How many snapshots show the connection.
  private func count(of connection: Connection, _ join: borrowing SnapshotJoin) -> Int? {
    var joined = connection
    join.apply(to: &joined)
    return joined.snapshots?.count
  }

  /// Joins snapshots, each of one moment in milliseconds after the first segment.
  private func join(
    _ connections: [Connection], _ snapshots: [(at: Int64, sockets: [String])],
    check: (borrowing SnapshotJoin) throws -> Void
  ) rethrows {
    var join = SnapshotJoin()
    var names = SocketNames()
    for connection in connections { join.add(connection.summary) }
    let start = connections[0].summary.start
    for (at, sockets) in snapshots {
      var snapshot = SnapshotInfo(path: "at \(at)", source: .ss, firstLine: 1)
      snapshot.time = start.advanced(by: at * 1_000_000)
      join.begin(snapshot, names)
      let samples = sockets.map { NightFixture.sample($0, &names) }
      join.ingest(samples.span, names)
      join.end(snapshot)
    }
    let end = connections.map(\.summary.end).max() ?? start
    join.finish(names, captured: start...end) { connections[$0 - 1] }
    try check(join)
  }

  private func connections(_ text: String = lived) -> [Connection] {
    Analysis(Trace(text).segments).connections
  }

  private static let client = "10.0.0.1:40000 10.0.0.2:80"
  private static let server = "10.0.0.2:80 10.0.0.1:40000"

  @Test func bothEndsGainProcessesAndSnapshots() throws {
    let connections = connections()
    join(
      connections,
      [
        (500, ["ESTABLISHED \(Self.client) process=curl uid=1000 recv=0 send=0"]),
        (501, ["ESTABLISHED \(Self.server) process=nginx", "LISTEN 0.0.0.0:80 0.0.0.0:0"]),
      ]
    ) { join in
      var joined = connections[0]
      join.apply(to: &joined)
      #expect(joined.processes.client == ConnectionProcess(pid: 100, name: "curl", uid: 1000))
      #expect(joined.processes.server?.name == "nginx")
      #expect(joined.snapshots?.map(\.side) == [.client, .server])
      #expect(joined.snapshots?.map(\.at) == [500_000_000, 501_000_000])
      #expect(join.summary.joined == 2)
      #expect(join.summary.uncaptured.map { $0.states.first?.state } == [.listen])
      #expect(join.findings(about: nil).isEmpty)
    }
  }

  @Test func timeWaitIsMeasured() throws {
    let connections = connections()
    join(connections, [(3500, ["TIME_WAIT \(Self.client) timewait=40000"])]) { join in
      var joined = connections[0]
      join.apply(to: &joined)
      let phase = joined.phases.last
      #expect(phase?.name == .timeWait && phase?.basis == .snapshot)
      #expect(phase.map { $0.start + $0.duration } == 43_500_000_000)
      #expect(joined.states.client.last?.state == .closed)
      #expect(joined.states.client.last?.basis == .snapshot)
      #expect(joined.states.client.last?.at == 43_500_000_000)
    }
  }

  @Test func anotherStateThanTheSegmentsSayIsFound() throws {
    join(connections(), [(500, ["CLOSE_WAIT \(Self.server)"])]) { join in
      let findings = join.findings(about: nil)
      #expect(findings.map(\.kind) == [.stateContradiction])
      #expect(findings.first?.connections == [1])
      #expect(
        findings.first?.text
          == "A connection to 10.0.0.2:80: the server's kernel says CLOSE_WAIT where the segments say "
          + "ESTABLISHED; first in connection 1, at 0.500 s.")
      #expect(join.findings(about: [2]).isEmpty)
    }
  }

  /// The FIN may still wait behind data: from close() on the kernel is in FIN_WAIT_1.
  @Test func aKernelAheadOfTheWireIsNoContradiction() throws {
    join(connections(), [(500, ["FIN_WAIT_1 \(Self.client)"])]) { join in
      #expect(join.findings(about: nil).isEmpty)
      #expect(join.summary.clockOffsets.allSatisfy { $0.offset == 0 })
    }
  }

  @Test func aClockThatIsAheadIsTakenOut() throws {
    let connections = connections()
    join(
      connections,
      [
        (60_010, ["SYN_RECEIVED \(Self.server)"]), (61_500, ["CLOSE_WAIT \(Self.server)"]),
        (62_900, ["CLOSE_WAIT \(Self.server)"]),
      ]
    ) { join in
      let clock = join.summary.clockOffsets.first
      let offset = clock?.offset ?? 0
      #expect(abs(offset - 60_000_000_000) < 400_000_000, "\(offset)")
      #expect(join.findings(about: nil).isEmpty)
      var joined = connections[0]
      join.apply(to: &joined)
      #expect(joined.snapshots?.first.map { abs($0.at) < 500_000_000 } == true)
    }
  }

  /// The same ports again half a minute later: each snapshot goes to the connection of its time.
  @Test func reusedPortsAreToldApartByTime() throws {
    let again = """
      30000 > S 0 <mss 1460>
      30020 < S. 0 ack 1 <mss 1460>
      30020 > . 1 ack 1
      """
    var trace = Trace(Self.lived)
    trace.append(again, Trace.Flow(clientISN: 70_000_000, serverISN: 90_000_000))
    let connections = Analysis(trace.segments).connections
    try #require(connections.count == 2)
    join(
      connections,
      [
        (500, ["ESTABLISHED \(Self.client) cookie=1"]), (4000, ["TIME_WAIT \(Self.client)"]),
        (29_500, ["TIME_WAIT \(Self.client)"]), (30_100, ["ESTABLISHED \(Self.client) cookie=2"]),
      ]
    ) { join in
      #expect(connections.map { count(of: $0, join) } == [3, 1])
      #expect(join.findings(about: nil).isEmpty)
    }
  }

  /// A client that binds its port has the next connection a moment after the last one.
  @Test func portsThatAreReusedAtOnceAreToldApart() throws {
    var trace = Trace(Self.lived)
    trace.append(
      """
      3050 > S 0 <mss 1460>
      3070 < S. 0 ack 1 <mss 1460>
      3070 > . 1 ack 1
      4000 > . 1 ack 1
      """, Trace.Flow(clientISN: 70_000_000, serverISN: 90_000_000))
    let connections = Analysis(trace.segments).connections
    try #require(connections.count == 2)
    join(
      connections,
      [
        (900, ["ESTABLISHED \(Self.client)", "ESTABLISHED \(Self.server)"]),
        (2900, ["FIN_WAIT_2 \(Self.client)", "CLOSE_WAIT \(Self.server)"]),
        // The host's clock may be a little behind.
        (3049, ["SYN_SENT \(Self.client)"]), (3500, ["ESTABLISHED \(Self.client)"]),
      ]
    ) { join in
      #expect(connections.map { count(of: $0, join) } == [4, 2])
      #expect(join.summary.clockOffsets.allSatisfy { $0.offset == 0 })
      #expect(join.findings(about: nil).isEmpty)
    }
  }

  @Test func aSocketLongAfterTheEndIsAnotherOnes() throws {
    join(connections(), [(200_000, ["ESTABLISHED \(Self.client)"])]) { join in
      #expect(join.summary.joined == 0)
      #expect(join.summary.uncaptured.count == 1)
    }
  }

  /// Memory is bounded by connections: of many sights of one state the first and the last are kept.
  @Test func manySightsOfOneStateAreKeptInBrief() throws {
    let connections = connections()
    let snapshots = (0..<600).map { index in
      (at: Int64(100 + index), sockets: ["ESTABLISHED \(Self.client) cookie=9"])
    }
    join(connections, snapshots + [(2000, ["FIN_WAIT_2 \(Self.client)"])]) { join in
      var joined = connections[0]
      join.apply(to: &joined)
      let kept = joined.snapshots ?? []
      #expect(kept.count == 257)
      #expect(kept.count + joined.snapshotsOmitted == 601)
      #expect(kept.first?.at == 100_000_000)
      #expect(kept[255].at == 699_000_000)
      #expect(kept.last?.state == .finWait2)
    }
  }

  @Test func listenersSeenInDifferentWaysAreOne() throws {
    join(
      connections(),
      [
        (100, ["LISTEN 0.0.0.0:22 0.0.0.0:0 cookie=7 inode=12 process=sshd"]),
        (3000, ["LISTEN 0.0.0.0:22 0.0.0.0:0 inode=12"]),
        (6000, ["LISTEN 0.0.0.0:22 0.0.0.0:0"]),
      ]
    ) { join in
      #expect(join.summary.uncaptured.count == 1)
      #expect(join.summary.uncaptured.first?.instants == 3)
      #expect(join.summary.uncaptured.first?.process?.name == "sshd")
    }
  }
}
