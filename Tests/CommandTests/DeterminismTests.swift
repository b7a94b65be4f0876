import Foundation
import TestSupport
import Testing

/// The same input and options give the same bytes on every run, wherever and by whomever.
@Suite struct DeterminismTests {
  @Test(arguments: [
    ("port-reuse.pcap", "text"), ("port-reuse.pcap", "json"), ("port-reuse.pcap", "ndjson"),
    ("port-reuse.pcap", "csv"), ("port-reuse.pcap", "zeek"), ("port-reuse.pcap", "svg"),
    ("port-reuse.pcap", "html"),
    ("port-reuse.pcap", "md"), ("port-reuse.pcap", "mermaid"), ("port-reuse.pcap", "plantuml"),
    ("many.pcap", "json"), ("many.pcap", "svg"), ("retransmissions.pcap", "svg"),
  ])
  func theSameBytes(_ sample: String, _ format: String) throws {
    let path = Repository.samples.appendingPathComponent(sample).path
    let first = try Program().run(path, "-o", "-", "--format", format)
    let other = Program(
      environment: [
        "TZ": "Asia/Seoul", "LC_ALL": "ko_KR.UTF-8", "LANG": "tr_TR.UTF-8", "COLUMNS": "40",
        "TERM": "xterm-256color",
      ], folder: FileManager.default.temporaryDirectory)
    let second = try other.run(path, "-o", "-", "--format", format)
    #expect(second.status == 0)
    #expect(Self.areSame(second, first))
  }

  @Test(arguments: ["text", "json", "ndjson", "csv", "zeek"])
  func anyNumberOfThreads(_ format: String) throws {
    let path = Repository.samples.appendingPathComponent("many.pcap").path
    let alone = try Program().run(path, "-o", "-", "--format", format, "--threads", "1")
    let together = try Program().run(path, "-o", "-", "--format", format, "--threads", "3")
    #expect(alone.status == 0)
    #expect(Self.areSame(together, alone))
  }

  /// The first 2,000 rows decide the widths; the others are written by several threads.
  @Test func aLongTableOnAnyNumberOfThreads() throws {
    let scratch = try Scratch()
    let sample = Repository.samples.appendingPathComponent("many.pcap")
    try scratch.write(Array(Self.threefold(Data(contentsOf: sample))), "threefold.pcap")
    let path = scratch.path("threefold.pcap")
    let alone = try Program().run(path, "-o", "-", "--threads", "1")
    let together = try Program().run(path, "-o", "-", "--threads", "3")
    #expect(alone.output.count { $0 == UInt8(ascii: "\n") } > 6_000)
    #expect(Self.areSame(together, alone))
  }

  /// Large enough that each thread reads it for itself; several files are merged by each.
  @Test(arguments: [1, 2])
  func everyThreadReadsALargeCapture(_ files: Int) throws {
    let scratch = try Scratch()
    let sample = Repository.samples.appendingPathComponent("many.pcap")
    var capture = try Self.threefold(Data(contentsOf: sample))
    #expect(capture.count > 4 << 20)
    // A record that is cut says so once.
    capture.removeLast(7)
    try scratch.write(Array(capture), "large.pcap")
    var arguments = [scratch.path("large.pcap"), "-o", "-", "--format", "csv"]
    if files > 1 { arguments.append(sample.path) }
    let alone = try Program().run(arguments + ["--threads", "1"])
    #expect(alone.status == 0)
    let together = try Program().run(arguments + ["--threads", "3"])
    #expect(Self.areSame(together, alone))
    #expect(together.errors == alone.errors)
  }

  /// The threads that write the rows all ask what the far end's capture knows.
  @Test func rowsOfBothEndsOnAnyNumberOfThreads() throws {
    let scratch = try Scratch()
    let sample = Repository.samples.appendingPathComponent("many.pcap")
    let capture = try Array(Self.threefold(Data(contentsOf: sample)))
    try scratch.write(capture, "near.pcap")
    try scratch.write(capture, "far.pcap")
    let arguments = [
      "--client-capture", scratch.path("near.pcap"), "--server-capture", scratch.path("far.pcap"),
      "-o", "-", "--format", "csv", "--threads",
    ]
    let alone = try Program().run(arguments + ["1"])
    #expect(alone.output.count { $0 == UInt8(ascii: "\n") } > 6_000)
    for _ in 0..<4 {
      let together = try Program().run(arguments + ["4"])
      #expect(Self.areSame(together, alone))
    }
  }

  /// Asked here, because where they differ a comparison in `#expect` looks for the way from one to the
  /// other, for minutes.
  private static func areSame(_ one: Program.Result, _ other: Program.Result) -> Bool {
    one.output == other.output
  }

  /// A capture of IPv4 packets without link header, and again with two other networks' addresses.
  private static func threefold(_ capture: Data) -> Data {
    var records: [Data] = []
    var rest = capture.dropFirst(24)
    while rest.count >= 16 {
      let length = rest.dropFirst(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      records.append(Data(rest.prefix(16 + length)))
      rest = rest.dropFirst(16 + length)
    }
    var result = capture.prefix(24)
    for network: UInt8 in 0..<3 {
      for var record in records {
        record[16 + 12] &+= network
        record[16 + 16] &+= network
        result += record
      }
    }
    return result
  }

  @Test(arguments: ["text", "json", "html", "svg"])
  func anyNumberOfThreadsInANight(_ format: String) throws {
    let path = Repository.samples.appendingPathComponent("nightly/snapshots").path
    let arguments = ["nightly", path, "-o", "-", "--format", format, "--threads"]
    let alone = try Program().run(arguments + ["1"])
    let together = try Program().run(arguments + ["3"])
    #expect(alone.status == 0)
    #expect(together.output == alone.output)
  }

  @Test(arguments: [
    ["--anonymize"], ["--lang", "ko"], ["--scale", "time"], ["--expand", "--theme", "dark"],
  ])
  func theSamePicture(_ options: [String]) throws {
    let arguments =
      [
        Repository.samples.appendingPathComponent("reordering.pcap").path, "--format", "svg", "-o",
        "-",
      ]
      + options
    let first = try Program().run(arguments)
    let other = Program(
      environment: ["TZ": "Asia/Seoul", "LC_ALL": "ko_KR.UTF-8"],
      folder: FileManager.default.temporaryDirectory)
    #expect(first.status == 0)
    #expect(Self.areSame(try other.run(arguments), first))
  }
}
