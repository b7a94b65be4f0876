import Foundation
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
    #expect(second.output == first.output)
  }

  @Test(arguments: ["text", "json", "ndjson", "csv", "zeek"])
  func anyNumberOfThreads(_ format: String) throws {
    let path = Repository.samples.appendingPathComponent("many.pcap").path
    let alone = try Program().run(path, "-o", "-", "--format", format, "--threads", "1")
    let together = try Program().run(path, "-o", "-", "--format", format, "--threads", "3")
    #expect(alone.status == 0)
    #expect(together.output == alone.output)
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
    #expect(try other.run(arguments).output == first.output)
  }
}
