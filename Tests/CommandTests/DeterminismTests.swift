import Foundation
import Testing

/// The same input and options give the same bytes on every run, wherever and by whomever.
@Suite struct DeterminismTests {
  @Test(arguments: [
    ("port-reuse.pcap", "text"), ("port-reuse.pcap", "json"), ("port-reuse.pcap", "ndjson"),
    ("port-reuse.pcap", "csv"), ("port-reuse.pcap", "zeek"), ("port-reuse.pcap", "svg"),
    ("port-reuse.pcap", "html"),
    ("port-reuse.pcap", "md"), ("port-reuse.pcap", "mermaid"), ("port-reuse.pcap", "plantuml"),
    ("many.pcap", "json"),
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
}
