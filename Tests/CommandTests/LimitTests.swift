import Foundation
import TCPModel
import TestSupport
import Testing

/// Limits that a user sets, or meets.
@Suite struct LimitTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  /// One connection that stays open, then 40 that are refused.
  private func flood() throws -> String {
    var capture = PcapBuilder(linkType: 101)
    var time = 0
    func add(_ packet: PacketBuilder) {
      time += 1000
      capture.add(packet.ipv4, fraction: time)
    }
    var syn = PacketBuilder(sourcePort: 1000, sequence: 1)
    add(syn)
    add(
      PacketBuilder(
        source: "10.0.0.2", destination: "10.0.0.1", sourcePort: 80, destinationPort: 1000,
        sequence: 9, acknowledgment: 2, flags: [.syn, .ack]))
    add(PacketBuilder(sourcePort: 1000, sequence: 2, acknowledgment: 10, flags: .ack))
    for port in 1001...1040 {
      syn.sourcePort = port
      add(syn)
      add(
        PacketBuilder(
          source: "10.0.0.2", destination: "10.0.0.1", sourcePort: 80, destinationPort: port,
          sequence: 0, acknowledgment: 2, flags: [.rst, .ack]))
    }
    return try scratch.write(capture.file, "flood.pcap")
  }

  @Test func theOldestClosedConnectionsGoFirst() throws {
    let flood = try flood()
    let result = try Program().run(flood, "--max-connections", "16", "--format", "csv")
    #expect(result.status == 0)
    let ids = result.text.split(whereSeparator: \.isNewline).dropFirst().compactMap { row in
      row.split(separator: ",").first.flatMap { Int($0) }
    }
    #expect(ids.count <= 16 && ids.count >= 14, "\(ids)")
    // The one that is open, and the latest of the others.
    #expect(ids == [1] + Array((1...41).suffix(max(0, ids.count - 1))), "\(ids)")
    #expect(result.errors.contains("of 41 connections are counted and not listed"))
    #expect(result.errors.contains("--max-connections"))
  }

  @Test(arguments: ["text", "json", "md", "html"])
  func theReportSaysThatConnectionsWereLetGo(_ format: String) throws {
    let flood = try flood()
    let result = try Program().run(
      flood, "--max-connections", "16", "--format", format, "-o", "-")
    #expect(result.status == 0)
    #expect(result.text.contains("are counted and not listed"))
    let whole = try Program().run(flood, "--max-connections", "41", "--format", format, "-o", "-")
    #expect(whole.status == 0 && !whole.text.contains("not listed"))
  }

  @Test func theSecondPassFindsThoseThatAreKept() throws {
    let result = try Program().run(
      try flood(), "--max-connections", "16", "--format", "json", "--segments")
    #expect(result.status == 0)
    let ids = result.text.matches(of: /\{"id":(\d+),/).compactMap { Int($0.1) }
    #expect(ids.first == 1 && ids.last == 41 && ids.count <= 16)
    #expect(result.text.contains("\"connections\":41"))
  }

  @Test(arguments: ["0", "-1", "x"])
  func noConnectionAtAllIsWrongUsage(_ number: String) throws {
    let result = try Program().run("Samples/textbook.pcap", "--max-connections=\(number)")
    #expect(result.status == 64)
  }
}
