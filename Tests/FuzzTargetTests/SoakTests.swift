import Foundation
import FuzzTargets
import TestSupport
import Testing

/// A short soak of every target; `make soak` is the long one.
@Suite struct SoakTests {
  /// Small ones, so that each of their bytes has its turn.
  private static func seeds(of target: FuzzTarget) throws -> [[UInt8]] {
    func sample(_ name: String) throws -> [UInt8] {
      Array(try Data(contentsOf: URL(fileURLWithPath: Repository.sample(name))))
    }
    let snapshots = "half-close-snapshots/1795356218.47"
    switch target {
    case .pcap, .report:
      return [try sample("refused.pcap"), try sample("three-segment-close.pcap")]
    case .pcapng: return [try sample("half-close.pcapng")]
    case .journal:
      return ["half-close.pcapng", "refused.pcap"].compactMap {
        FuzzTarget.journal(of: Repository.sample($0))
      }
    case .compressed: return [try gzip(Repository.sample("half-close.pcapng"))]
    case .paths:
      return [
        Parts.joined([
          try sample("both-ends/nat-client.pcap"), try sample("both-ends/nat-server.pcap"),
        ])
      ]
    case .ss: return [try sample(snapshots + "4_client_ss-tanoipem.txt")]
    case .proc: return [try sample(snapshots + "3_client_proc-net-tcp.txt")]
    case .night: return [Parts.joined([try sample(snapshots + "2_server_ss-tanoipem.txt")])]
    case .sockets:
      return [
        Parts.joined([
          try sample("half-close.pcapng"), try sample(snapshots + "2_server_ss-tanoipem.txt"),
        ])
      ]
    case .template:
      return [
        Array("{{#connections}}{{id}} {{^x}}{{{y}}}{{/x}}{{/connections}}\n{{> page.css}}".utf8)
      ]
    case .history:
      let scratch = try Scratch()
      let path = scratch.path("history")
      guard FuzzTarget.makeHistory(at: path) else { return [] }
      return [try scratch.read("history")]
    case .links, .tunnels, .segments, .transfers, .names, .anonymized:
      var random = SplitMix(state: 17)
      return [(0..<200).map { _ in UInt8(truncatingIfNeeded: random.next()) }]
    }
  }

  private static func draws(_ target: FuzzTarget) -> Bool {
    switch target {
    case .segments, .transfers, .names, .night, .sockets, .template, .report, .anonymized: true
    case .pcap, .pcapng, .journal, .links, .tunnels, .paths, .compressed, .ss, .proc, .history:
      false
    }
  }

  private static func gzip(_ path: String) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-nc", path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(bytes)
  }

  @Test(arguments: FuzzTarget.allCases)
  func damageIsBorne(_ target: FuzzTarget) throws {
    let seed = UInt64.random(in: 0..<1_000_000)
    var soak = Soak(target, try Self.seeds(of: target), seed: seed)
    // A picture takes a hundred times as long as a capture that is read.
    let few = Self.draws(target) ? 4 : 100
    soak.damageEachByte(whole: few)
    soak.damageAtRandom(few)
    #expect(soak.trouble == nil, "seed \(seed)")
    #expect(soak.runs >= 2 * few)
  }

  /// The targets see what they are for: their seeds, and scripts of any bytes, are read.
  @Test(arguments: FuzzTarget.allCases)
  func whatIsWholeIsRead(_ target: FuzzTarget) throws {
    for seed in try Self.seeds(of: target) {
      let outcome = seed.withUnsafeBytes { target.run($0) }
      switch target {
      case .template, .history, .tunnels, .links: #expect(outcome != .refused)
      default: #expect(outcome == .read, "\(outcome)")
      }
    }
  }

  @Test func aMutatedCaptureStaysOne() {
    var soak = Soak(.pcap, [PcapBuilder.ofEmptyFrames], seed: 3)
    soak.damageAtRandom(300)
    #expect(soak.outcomes[.read, default: 0] > 100, "\(soak.row)")
  }
}

extension PcapBuilder {
  fileprivate static var ofEmptyFrames: [UInt8] {
    var capture = PcapBuilder(linkType: 101)
    for _ in 0..<8 { capture.add(PacketBuilder().ipv4) }
    return capture.file
  }
}
