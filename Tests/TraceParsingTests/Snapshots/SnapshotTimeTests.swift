import Foundation
import Support
import TCPModel
import Testing

@testable import TraceParsing

@Suite struct SnapshotTimeTests {
  private static let row = "ESTAB 0 0 192.0.2.1:22 198.51.100.7:50000\n"

  @Test(arguments: [
    ("1791763203_ss-tanoipem.txt", "2026-10-12T00:00:03.000000000Z"),
    ("1795356342.637_client_ss-tan.txt", "2026-11-22T14:05:42.637000000Z"),
    ("ss-2026-09-16T03:00:01Z.txt", "2026-09-16T03:00:01.000000000Z"),
    ("ss-2026-09-16T03-00-01+09:00.txt", "2026-09-15T18:00:01.000000000Z"),
    ("host7.20260916T030001Z.log", "2026-09-16T03:00:01.000000000Z"),
    ("ss_20260916-0300.txt", "2026-09-16T03:00:00.000000000Z"),
    ("ss_2026-09-16_03-00.txt", "2026-09-16T03:00:00.000000000Z"),
    ("2026-09-16.txt", "2026-09-16T00:00:00.000000000Z"),
  ])
  func theNameGivesTheTime(name: String, time: String) throws {
    let snapshot = try #require(
      try SnapshotFixture(SnapshotTimeTests.row, name: name).snapshots.first)
    #expect(snapshot.time?.rfc3339 == time)
    #expect(snapshot.timeBasis == .fileName)
  }

  @Test(arguments: [
    "1791763203", "# 1791763203", "2026-10-12T00:00:03Z", "== 2026-10-12 00:00:03 ==",
    "Mon Oct 12 00:00:03 UTC 2026", "Mon 12 Oct 2026 12:00:03 AM UTC",
    "Mon, 12 Oct 2026 02:00:03 +0200", "Mon Oct 12 09:00:03 KST 2026", "Mon Oct 12 00:00:03 2026",
    "Snapshot taken at 2026-10-12T00:00:03Z", "--- date: 2026-10-12 02:00:03 CEST ---",
  ])
  func aLineInsideGivesTheTime(line: String) throws {
    let read = try SnapshotFixture(line + "\n" + SnapshotTimeTests.row)
    let snapshot = try #require(read.snapshots.first)
    #expect(snapshot.time?.rfc3339 == "2026-10-12T00:00:03.000000000Z")
    #expect(snapshot.timeBasis == .timeLine)
    #expect(read.info.skipped.isEmpty)
  }

  @Test func theNameGoesBeforeTheLine() throws {
    let read = try SnapshotFixture(
      "2026-01-01T00:00:00Z\n" + SnapshotTimeTests.row, name: "1791763203_ss.txt")
    #expect(read.snapshots.map(\.timeBasis) == [.fileName])
  }

  @Test func aLineGoesBeforeANameThatHasNoTimeOfDay() throws {
    let read = try SnapshotFixture(
      "2026-09-16T04:00:00Z\n" + SnapshotTimeTests.row, name: "2026-09-16.txt")
    #expect(read.snapshots.map(\.timeBasis) == [.timeLine])
  }

  /// One name cannot date two snapshots.
  @Test func theNameDatesTheFirstSnapshotOnly() throws {
    let read = try SnapshotFixture(
      "2026-10-12T00:00:04Z\n\(SnapshotTimeTests.row)2026-10-12T00:05:00Z\n\(SnapshotTimeTests.row)",
      name: "1791763203_ss.txt")
    #expect(read.snapshots.map(\.timeBasis) == [.fileName, .timeLine])
    #expect(read.snapshots.last?.time?.rfc3339 == "2026-10-12T00:05:00.000000000Z")
  }

  @Test func withoutBothTheTimeOfTheLastChangeCounts() throws {
    let before = Date().timeIntervalSince1970
    let snapshot = try #require(try SnapshotFixture(SnapshotTimeTests.row).snapshots.first)
    #expect(snapshot.timeBasis == .modificationTime)
    let seconds = Double(try #require(snapshot.time).nanoseconds) / 1e9
    #expect(abs(seconds - before) < 60)
  }

  @Test func aTimeThatGoesBackIsNamed() throws {
    let row = SnapshotTimeTests.row + "\n"
    let read = try SnapshotFixture(
      "2026-09-16T03:00:00Z\n\(row)2026-09-16T02:59:00Z\n\(row)2026-09-16T03:05:00Z\n\(row)")
    #expect(read.snapshots.count == 3)
    let place = read.snapshots[1].firstLine
    #expect(
      read.info.warnings == ["the time goes back at line \(place); the snapshots keep their order"])
  }

  @Test(arguments: ["12345", "2026", "03:00:01 up 10 days", "Wed", "99999999999", "2026-13-40"])
  func otherLinesAreNoTime(line: String) throws {
    let read = try SnapshotFixture(line + "\n" + SnapshotTimeTests.row)
    #expect(read.snapshots.map(\.timeBasis) == [.modificationTime])
  }
}
