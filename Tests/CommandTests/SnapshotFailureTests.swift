import Foundation
import TestSupport
import Testing

/// What goes wrong at night, when nobody looks: one line, the right status, nothing half-written.
@Suite struct SnapshotFailureTests {
  private static let snapshots = Repository.samples.appendingPathComponent("nightly/snapshots").path

  /// No file may grow, as on a full disk.
  private func runWithoutRoom(_ arguments: String...) throws -> (status: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      ["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"", Program.path.path] + arguments
    process.standardInput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let said = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }

  @Test func aDiskWithoutRoomLeavesNoHalfSnapshot() throws {
    let scratch = try Scratch()
    let result = try runWithoutRoom("snapshot", "-o", scratch.folder.path)
    #expect(result.status == 74)
    #expect(result.errors.hasPrefix("tcptimeline: \(scratch.folder.path)/"))
    #expect(result.errors.contains("_proc-net-tcp.txt: writing failed (File too large)\n"))
    #expect(result.errors.filter { $0 == "\n" }.count == 1)
    #expect(try scratch.names().isEmpty)
  }

  @Test func aDiskWithoutRoomLeavesTheOldReport() throws {
    let scratch = try Scratch()
    let report = try scratch.write(Array("yesterday's".utf8), "night.html")
    let result = try runWithoutRoom("nightly", SnapshotFailureTests.snapshots, "-o", report)
    #expect(result.status == 74)
    #expect(result.errors.filter { $0 == "\n" }.count == 1)
    #expect(try scratch.names() == ["night.html"])
    #expect(try scratch.read("night.html") == Array("yesterday's".utf8))
  }

  @Test func aFileIsNoFolderForSnapshots() throws {
    let result = try Program().run("snapshot", "-o", "/dev/null")
    #expect(result.status == 73)
    #expect(result.errors == "tcptimeline: /dev/null: is no folder\n")
  }

  /// Held by this process with the lock that SQLite takes before it writes (its PENDING_BYTE and the
  /// bytes behind it).
  @Test func aLockedHistoryDoesNotKeepTheReportFromBeingWritten() throws {
    let scratch = try Scratch()
    let history = scratch.path("nights.sqlite")
    let first = try scratch.write(
      Array("LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n".utf8), "2026-09-01T03:00Z.txt")
    #expect(try Program().run("nightly", first, "--history", history).status == 0)
    let kept = try scratch.read("nights.sqlite")
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: history))
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = 0x4000_0000
    lock.l_len = 512
    #expect(fcntl(file.fileDescriptor, F_SETLK, &lock) == 0)
    let result = try Program().run(
      "nightly", SnapshotFailureTests.snapshots, "-o", scratch.path("night.json"), "--history",
      history)
    #expect(result.status == 74)
    #expect(
      result.errors == "tcptimeline: \(history): the history is locked by another program "
        + "(database is locked); try again later; the report was written without it\n")
    #expect(try scratch.read("night.json").count > 1000)
    try file.close()
    #expect(try scratch.read("nights.sqlite") == kept)
  }
}
