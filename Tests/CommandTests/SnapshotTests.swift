import Foundation
import TestSupport
import Testing

/// Snapshots beside captures, and alone, as a user gives them.
@Suite struct SnapshotTests {
  private static let capture = Repository.samples.appendingPathComponent("half-close.pcapng").path
  private static let folder = Repository.samples.appendingPathComponent("half-close-snapshots").path

  private struct Report: Decodable {
    struct Capture: Decodable {
      var format: String
    }

    struct Finding: Decodable {
      var kind: String
    }

    struct Clock: Decodable {
      var address: String
      var offsetNs: Int64
    }

    struct Process: Decodable {
      var pid: Int?
      var name: String?
      var uid: Int?
    }

    struct Sides<Value: Decodable>: Decodable {
      var client: Value?
      var server: Value?
    }

    struct Info: Decodable {
      var rttNs: Int64?
      var cwnd: Int?
      var totalRetrans: Int?
      var bbr: Int?
    }

    struct Snapshot: Decodable {
      var source: String
      var side: String
      var state: String
      var recvQ: Int?
      var tcpInfo: Info?
    }

    struct Phase: Decodable {
      var name: String
      var basis: String?
    }

    struct Connection: Decodable {
      var process: Sides<Process>?
      var snapshots: [Snapshot]?
      var phases: [Phase]
    }

    struct Socket: Decodable {
      var local: String
      var peer: String?
    }

    var schema: String
    var captures: [Capture]
    var findings: [Finding]
    var clockOffsets: [Clock]?
    var socketsWithoutSegments: [Socket]?
    var connections: [Connection]
  }

  private func report(_ arguments: [String]) throws -> Report {
    let result = try Program().run(arguments + ["-o", "-", "--format", "json"])
    #expect(result.status == 0, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(result.output))
  }

  @Test func aConnectionGainsItsSockets() throws {
    let report = try report([Self.capture, "--snapshots", Self.folder])
    #expect(report.captures.map(\.format).filter { $0 == "ss" }.count == 6)
    #expect(report.captures.map(\.format).filter { $0 == "proc_net_tcp" }.count == 4)
    let connection = try #require(report.connections.first)
    #expect(connection.process?.client?.name == "lab-client")
    #expect(connection.process?.client?.uid == 0)
    #expect(connection.process?.server?.pid == 9067)
    #expect(connection.snapshots?.count == 8)
    let seen = try #require(
      connection.snapshots?.first { $0.source == "ss" && $0.side == "client" })
    #expect(seen.state == "FIN_WAIT_2" && seen.recvQ == 1200)
    #expect(seen.tcpInfo?.cwnd == 10 && seen.tcpInfo?.totalRetrans == 0)
    #expect(connection.phases.last?.name == "time_wait")
    #expect(connection.phases.last?.basis == "measured")
    #expect(report.findings.isEmpty)
    #expect(report.clockOffsets?.map(\.offsetNs) == [0, 0])
    #expect(report.socketsWithoutSegments?.map(\.local) == ["10.61.2.20:8083"])
  }

  @Test func withoutSnapshotsNothingIsSaidOfThem() throws {
    let report = try report([Self.capture])
    #expect(report.clockOffsets == nil && report.socketsWithoutSegments == nil)
    #expect(report.connections.first?.snapshots == nil)
    #expect(report.connections.first?.process == nil)
  }

  /// The kind of an input is told by its content.
  @Test func snapshotsMayBeInputs() throws {
    let asOption = try Program().run(Self.capture, "--snapshots", Self.folder)
    let asInput = try Program().run(Self.capture, Self.folder)
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).sorted()
      .map { "\(Self.folder)/\($0)" }
    let asFiles = try Program().run(files + [Self.capture])
    let repeated = try Program().run(
      [Self.capture] + files.flatMap { ["--snapshots", $0] })
    for result in [asInput, asFiles, repeated] {
      #expect(result.status == 0 && result.errors.isEmpty)
      #expect(result.text == asOption.text)
    }
    #expect(asOption.text.contains("lab-client > lab-server"))
  }

  @Test func theDiagramMarksWhatTheKernelsSaid() throws {
    let scratch = try Scratch()
    let result = try Program().run(
      Self.capture, "--snapshots", Self.folder, "-o", scratch.path("a.svg"))
    #expect(result.status == 0)
    let picture = String(decoding: try scratch.read("a.svg"), as: UTF8.self)
    #expect(picture.split(separator: "<g class=\"snapshot\"").count == 6)
    #expect(
      picture.contains(
        "<g class=\"snapshot\" data-side=\"client\" data-state=\"FIN_WAIT_2\" "
          + "data-at-ns=\"660300963\""))
    #expect(picture.contains(">Recv-Q 1,200<"))
  }

  @Test func snapshotsAloneAreReportedAsANight() throws {
    let alone = try Program().run(Self.folder)
    let night = try Program().run("nightly", Self.folder)
    #expect(alone.status == 0 && alone.errors.isEmpty)
    #expect(alone.text == night.text)
    let report = try report([Self.folder])
    #expect(report.schema == "tcptimeline/1")
    #expect(report.connections.isEmpty)
    #expect(report.captures.count == 10)
    #expect(report.socketsWithoutSegments?.isEmpty == false)
    let csv = try Program().run(Self.folder, "-o", "-", "--format", "csv")
    #expect(csv.status == 64)
    #expect(
      csv.errors == "tcptimeline: only snapshots, which hold no connections to write as csv; add a "
        + "capture, or choose svg, png, pdf, md, html, json, junit, sarif or text\n")
  }

  @Test func standardInputIsToldByItsContentToo() throws {
    let name = "1795356218.472_server_ss-tanoipem.txt"
    var program = Program()
    program.input =
      Array("2026-11-22T14:03:38.472Z\n".utf8)
      + Array(try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name)")))
    #expect(try program.run("-").text.contains("lab-server (9067)"))
    #expect(try program.run(Self.capture, "-").text.contains("? > lab-server"))
    #expect(try program.run(Self.capture, "--snapshots", "-").text.contains("? > lab-server"))
    #expect(try program.run("-", "--snapshots", "-").status == 64)
    program.input = Array(try Data(contentsOf: URL(fileURLWithPath: Self.capture)))
    let capture = try program.run("-", "--snapshots", Self.folder)
    #expect(capture.text.contains("lab-client > lab-server"))
  }

  @Test(arguments: ["gzip", "zstd", "lz4"])
  func standardInputMayBeCompressed(tool: String) throws {
    guard access("/usr/bin/\(tool)", X_OK) == 0 else { return }
    let name = "1795356218.472_server_ss-tanoipem.txt"
    let text =
      Array("2026-11-22T14:03:38.472Z\n".utf8)
      + Array(try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name)")))
    let capture = Array(try Data(contentsOf: URL(fileURLWithPath: Self.capture)))
    var program = Program()
    program.input = try compressed(text, with: tool)
    #expect(try program.run("-").text.contains("lab-server (9067)"))
    #expect(try program.run("nightly", "-").text.contains("lab-server (9067)"))
    #expect(try program.run(Self.capture, "-").text.contains("? > lab-server"))
    program.input = try compressed(capture, with: tool)
    #expect(try program.run("-", "--snapshots", Self.folder).text.contains("> lab-server"))
  }

  /// A block of lz4 is larger than a pipe: only the whole input tells what it is.
  @Test(.enabled(if: access("/usr/bin/lz4", X_OK) == 0, "needs lz4"))
  func aPipeTooSmallToInflateFromIsReadWhole() throws {
    var text = "2026-11-22T14:03:38Z\n"
    var noise: UInt64 = 1
    for _ in 0..<40_000 {
      noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      text +=
        "ESTAB 0 0 10.0.0.1:22 10.\(noise >> 56).\(noise >> 48 & 255).9:\(noise >> 33 & 0xFFF)\n"
    }
    var program = Program()
    program.input = try compressed(Array(text.utf8), with: "lz4")
    let result = try program.run("-")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text.contains("sockets at once"))
  }

  private func compressed(_ bytes: [UInt8], with tool: String) throws -> [UInt8] {
    let scratch = try Scratch()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/\(tool)")
    process.arguments = ["-c", try scratch.write(bytes, "plain")]
    try scratch.write([], "compressed")
    process.standardOutput = try FileHandle(
      forWritingTo: URL(fileURLWithPath: scratch.path("compressed")))
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return try scratch.read("compressed")
  }

  /// All files renamed to a time 3.2 s later: that host's clock is ahead.
  @Test func aClockThatIsAheadIsSeen() throws {
    let scratch = try Scratch()
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder) {
      let parts = name.split(separator: "_", maxSplits: 1)
      let time = String(format: "%.3f", (Double(parts[0]) ?? 0) + 3.2)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name)"))
      try scratch.write(Array(bytes), "\(time)_\(parts[1])")
    }
    let report = try report([Self.capture, "--snapshots", scratch.folder.path])
    for clock in report.clockOffsets ?? [] {
      #expect(abs(clock.offsetNs - 3_200_000_000) < 800_000_000, "\(clock)")
    }
    #expect(report.clockOffsets?.count == 2)
    #expect(report.findings.isEmpty)
    let text = try Program().run(Self.capture, "--snapshots", scratch.folder.path).text
    #expect(text.contains("ahead of the capture's"))
  }

  @Test func aContradictionIsAFinding() throws {
    let scratch = try Scratch()
    let row = "ESTAB 0 0 10.61.2.20:8083 10.61.1.10:49272\n"
    // Both ends' other snapshots hold the clock in place.
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder) {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name)"))
      try scratch.write(Array(bytes), name)
    }
    try scratch.write(Array(row.utf8), "1795356219.000_server_ss.txt")
    let result = try Program().run(
      Self.capture, "--snapshots", scratch.folder.path, "--fail-on", "state_contradiction")
    #expect(result.status == 1)
    #expect(
      result.text.replacing(/\s+/, with: " ").contains(
        "A connection to 10.61.2.20:8083: the server's kernel says ESTABLISHED where the segments "
          + "say CLOSE_WAIT; first in connection 1, at 1.187 s. (connection 1)"))
  }

  @Test(arguments: [
    ("/no/such/file", Int32(66)), ("Samples/refused.pcap", 65), ("Templates", 65),
  ])
  func badSnapshots(path: String, status: Int32) throws {
    let result = try Program().run(Self.capture, "--snapshots", path)
    #expect(result.status == status)
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.output.isEmpty)
  }

  // MARK: Hostile text

  private static let hostileNames = [
    "a|b", "`tick`", "]]>", "<script>alert(1)</script>", "line\nfeed", "\u{1B}[31mred\u{7}",
    "\"quote\"", "![x](y)", "{{mustache}}", String(repeating: "n", count: 64 << 10),
    "\u{202E}gnp.exe", "&lt;", "-->", "'",
  ]

  @Test(arguments: hostileNames.indices)
  func hostileProcessNamesBreakNoFormat(_ index: Int) throws {
    let name = Self.hostileNames[index]
    let scratch = try Scratch()
    let rows = """
      CLOSE-WAIT 0 0 10.61.2.20:8083 10.61.1.10:49272 users:(("\(name)",pid=7,fd=3))
      ESTAB 0 0 10.61.2.20:22 10.61.1.10:5 users:(("\(name)",pid=8,fd=3))
      udp UNCONN 0 0 0.0.0.0:53 0.0.0.0:*
      ESTAB 0 0 10.61.2.20:22 10.61.1
      """
    let file = try scratch.write(Array(rows.utf8), "1795356218.472_server_ss.txt")
    for ending in ["md", "html", "svg", "json", "txt", "csv"] {
      let result = try Program().run(
        Self.capture, "--snapshots", file, "-o", scratch.path("a.\(ending)"))
      #expect(result.status == 0, "\(ending): \(result.errors)")
      let text = String(decoding: try scratch.read("a.\(ending)"), as: UTF8.self)
      let controls = text.unicodeScalars.filter {
        ($0.value < 0x20 && $0 != "\n" && $0 != "\r") || $0.value == 0x7F || $0.value == 0x202E
      }
      #expect(controls.isEmpty, "\(ending)")
      switch ending {
      case "md":
        #expect(!text.contains("<script>alert"))
        let sockets = text.split(separator: "\n").filter { $0.hasPrefix("| ESTABLISHED | 10.61") }
        #expect(sockets.count == 1)
        for row in sockets {
          #expect(row.replacing("\\|", with: "").filter { $0 == "|" }.count == 7)
        }
      case "json":
        _ = try JSONSerialization.jsonObject(with: Data(try scratch.read("a.json")))
      case "svg", "html":
        #expect(!text.contains("]]>") && !text.contains("<script>alert"))
      case "txt":
        #expect(text.contains("skipped rows: "))
      default:
        // A quoted field is one field: the rows have as many as the header.
        let records = text.split(separator: "\r\n")
        #expect(records.count == 2)
      }
    }
  }

  /// A zero byte right behind the row, or anything.
  @Test(arguments: [[0], []])
  func binaryNoiseInASnapshotIsCounted(first: [UInt8]) throws {
    let scratch = try Scratch()
    let seed = SeededGenerator.seed
    var random = SeededGenerator(seed: seed)
    var bytes = Array("CLOSE-WAIT 0 0 10.61.2.20:8083 10.61.1.10:49272\n".utf8)
    bytes += first + random.bytes(100_000...100_000)
    let file = try scratch.write(bytes, "1795356218.472_server_ss.txt")
    let result = try Program().run(Self.capture, "--snapshots", file)
    #expect(result.status == 0, "seed \(seed)")
    #expect(result.text.contains("skipped rows: "), "seed \(seed)")
    #expect(!result.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" }, "seed \(seed)")
  }

  /// Nobody can do anything about words that a newer ss brought: reports tell them, standard error not.
  @Test(arguments: ["csv", "ndjson", "svg", "zeek"])
  func unknownWordsAreNoNoise(_ format: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write(
      Array("ESTAB 0 0 10.61.1.10:49272 10.61.2.20:8083 teleport:42\n".utf8), "1795356217_ss.txt")
    let result = try Program().run(
      Self.capture, "--snapshots", path, "--format", format, "-o", "-")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
  }
}
