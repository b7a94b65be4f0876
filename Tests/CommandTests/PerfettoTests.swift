import Foundation
import TestSupport
import Testing

/// `--format perfetto`: what the Trace Event Format demands, and what Perfetto's own trace processor finds.
@Suite struct PerfettoTests {
  static let samples = [
    "textbook.pcap", "http.pcapng", "retransmissions.pcap", "zero-window.pcap", "reset.pcap",
    "half-close.pcapng", "many.pcap",
  ]

  private static func trace(_ sample: String) throws -> [String: Any] {
    let result = try Program().run("Samples/\(sample)", "--format", "perfetto", "-o", "-")
    #expect(result.status == 0, "\(result.errors)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any])
  }

  /// Keys, their types and their order in time, as the format has them for each kind of event.
  @Test(arguments: samples)
  func everyEventIsWhole(sample: String) throws {
    let trace = try Self.trace(sample)
    #expect(trace["displayTimeUnit"] as? String == "ns")
    let events = try #require(trace["traceEvents"] as? [[String: Any]])
    #expect(!events.isEmpty)
    var ends: [Int: Double] = [:]
    for event in events {
      let kind = try #require(event["ph"] as? String)
      #expect(event["name"] is String && event["pid"] is Int)
      let keys = Set(event.keys)
      switch kind {
      case "M":
        #expect(keys.isSubset(of: ["ph", "name", "pid", "tid", "args"]))
        let names = [
          "process_name", "process_sort_index", "thread_name", "thread_sort_index",
        ]
        #expect(names.contains(event["name"] as? String ?? ""))
      case "X":
        #expect(keys == ["ph", "name", "cat", "pid", "tid", "ts", "dur", "args"])
        let (track, start) = (event["tid"] as? Int ?? -1, event["ts"] as? Double ?? -1)
        let length = try #require(event["dur"] as? Double)
        #expect(start >= 0 && length >= 0)
        // Slices of a track follow each other: readers nest those that overlap, or refuse them.
        #expect(start >= (ends[track] ?? 0) - 0.0005, "\(sample): \(event)")
        ends[track] = start + length
      case "i":
        #expect(keys == ["ph", "name", "cat", "pid", "tid", "ts", "s", "args"])
        #expect(event["s"] as? String == "t")
      case "C":
        #expect(keys == ["ph", "name", "pid", "ts", "args"])
        let values = try #require(event["args"] as? [String: Any])
        #expect(values.count == 1 && values.values.allSatisfy { $0 is Int })
      default: Issue.record("an event of the kind \(kind)")
      }
    }
  }

  @Test func statesPhasesLimitsExchangesAndCountersAreThere() throws {
    let events = try #require(try Self.trace("http.pcapng")["traceEvents"] as? [[String: Any]])
    let slices = Set(events.compactMap { $0["cat"] as? String })
    #expect(slices.isSuperset(of: ["state", "phase", "limit", "exchange"]))
    let counters = Set(
      events.filter { $0["ph"] as? String == "C" }.compactMap { $0["name"] as? String })
    #expect(
      counters.isSuperset(of: ["client in flight", "client may send", "client round trip"]))
  }

  // MARK: Perfetto itself

  /// The folder with Perfetto's user interface, as `make test-perfetto` names it.
  private static let perfetto = ProcessInfo.processInfo.environment["TCPTIMELINE_PERFETTO"]

  private static func query(_ trace: String, _ sql: String) throws -> [[Any]] {
    var node = Program(program: URL(fileURLWithPath: "/usr/bin/env"))
    node.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"]
    let result = try node.run(
      ["node", "Tests/TraceProcessor/query.mjs", perfetto ?? "", trace, sql])
    #expect(result.status == 0, "\(result.errors)")
    return try result.text.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [Any] ?? []
    }
  }

  @Test(.enabled(if: perfetto != nil), arguments: samples)
  func theTraceProcessorTakesIt(sample: String) throws {
    let scratch = try Scratch()
    let path = scratch.path("trace.json")
    let written = try Program().run(
      "Samples/\(sample)", "--format", "perfetto", "-o", path)
    #expect(written.status == 0)
    let refused = try Self.query(
      path,
      "select name, value from stats where severity in ('error', 'data_loss') and value > 0")
    #expect(refused.isEmpty, "\(refused)")
    let events = try #require(try Self.trace(sample)["traceEvents"] as? [[String: Any]])
    let found = try Self.query(
      path,
      """
      select (select count(*) from slice where category in ('state', 'phase', 'limit', 'exchange')),
        (select count(*) from counter), (select count(*) from process where pid > 0)
      """)
    let slices = events.count { $0["ph"] as? String == "X" }
    let counters = events.count { $0["ph"] as? String == "C" }
    let connections = events.count { $0["name"] as? String == "process_name" }
    #expect(found.first as? [Int] == [slices, counters, connections])
  }
}
