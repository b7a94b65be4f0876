import Foundation
import Support
import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

@Suite struct SnapshotSeriesTests {
  private static let header = "State Recv-Q Send-Q Local Address:Port Peer Address:Port\n"

  private static func rows(_ ports: ClosedRange<Int>) -> String {
    ports.map { "ESTAB 0 0 192.0.2.1:22 198.51.100.7:\($0) users:((\"p\($0)\",pid=\($0),fd=1))\n" }
      .joined()
  }

  /// `minute: number of sockets (first process)` of each snapshot, in order.
  private func series(
    _ files: [(name: String, text: String)], threads: Int = 1
  ) throws -> [String] {
    let scratch = try Scratch()
    for file in files { try scratch.write(Array(file.text.utf8), file.name) }
    let series = try SnapshotSeries<SocketSample>(
      files.map { SnapshotFile(name: $0.name, path: scratch.path($0.name)) },
      threads: threads)
    var result: [String] = []
    while let snapshot = try series.next() {
      var ports: [UInt16] = []
      var names: [String] = []
      while try series.read() {
        for row in series.rows {
          ports.append(row.remote.port)
          if let list = row.processes, let process = series.names.firstProcess(list) {
            names.append(series.names[process.name])
          }
        }
      }
      #expect(series.snapshot?.sockets == Int64(ports.count))
      #expect(names == ports.map { "p\($0)" })
      let minute = snapshot.time?.rfc3339.dropFirst(14).prefix(2) ?? "?"
      result.append("\(minute): \(ports.count)")
    }
    return result
  }

  @Test func filesAreTakenInTheOrderOfTheirTimes() throws {
    let order = try series([
      ("b_20260916T0320.txt", SnapshotSeriesTests.header + SnapshotSeriesTests.rows(1...3)),
      ("c_20260916T0310.txt", SnapshotSeriesTests.header + SnapshotSeriesTests.rows(4...5)),
      ("a_20260916T0330.txt", SnapshotSeriesTests.header),
    ])
    #expect(order == ["10: 2", "20: 3", "30: 0"])
  }

  @Test(arguments: [1, 2, 5])
  func filesWithSeveralSnapshotsAreMerged(threads: Int) throws {
    func part(_ minute: Int, _ ports: ClosedRange<Int>?) -> String {
      "2026-09-16T03:\(minute):00Z\n" + SnapshotSeriesTests.header
        + (ports.map(SnapshotSeriesTests.rows) ?? "")
    }
    let files = [
      ("one.txt", part(10, 1...400) + part(20, nil) + part(30, 1...300) + part(50, nil)),
      ("two.txt", part(15, 1...600) + part(30, 7...7) + part(40, 8...9)),
      ("three.txt", part(45, 3...3)),
    ]
    let inOrder = [
      "10: 400", "15: 600", "20: 0", "30: 300", "30: 1", "40: 2", "45: 1", "50: 0",
    ]
    #expect(try series(files, threads: threads) == inOrder)
  }

  /// More sockets than threads may be ahead of the caller, in files that take turns.
  @Test func threadsDoNotWaitForEachOther() throws {
    func file(_ name: String, _ minutes: StrideTo<Int>) -> (name: String, text: String) {
      let parts = minutes.map { minute in
        "2026-09-16T03:\(minute):00Z\n" + SnapshotSeriesTests.header
          + SnapshotSeriesTests.rows(1...15_000)
      }
      return (name, parts.joined())
    }
    let files = (0..<4).map { file("\($0).txt", stride(from: 10 + $0, to: 34, by: 4)) }
    let order = try series(files, threads: 2)
    #expect(order == (10..<34).map { "\($0): 15000" })
  }
}
