import Foundation
import TestSupport
import Testing

/// Captures of known diseases and of what looks like them: what is found, where it shows, and nothing else.
@Suite struct FindingSampleTests {
  private struct Report: Decodable {
    struct Capture: Decodable {
      struct Trust: Decodable {
        var loss: String
        var timing: String
        var reasons: [String]
      }

      var trust: Trust?
    }

    struct Finding: Decodable {
      var kind: String
      var frames: [Int64]
    }

    struct Connection: Decodable {
      var outcome: String
    }

    var captures: [Capture]
    var findings: [Finding]
    var connections: [Connection]
  }

  private func report(_ name: String) throws -> Report {
    let path = Repository.sample("findings/\(name).pcap")
    let result = try Program().run([path, "-o", "-", "--format", "json"])
    #expect(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(Report.self, from: Data(result.output))
  }

  /// The sample, the kinds found in it, the frames of the first.
  private static let expected: [(String, [String], [Int64])] = [
    ("keep-alive-race-client", ["keep_alive_race", "idle_timeout"], [69, 70, 73]),
    ("keep-alive-race-server", ["keep_alive_race", "idle_timeout"], [69, 70, 71]),
    ("mtu-black-hole-sender", ["mtu_black_hole"], [19, 23]),
    ("mtu-black-hole-receiver", ["mtu_black_hole"], [9, 11]),
    ("big-lost-once-sender", ["retransmissions"], [22]),
    ("big-lost-once-receiver", ["retransmissions"], [16]),
    ("syn-meets-time-wait", ["syn_meets_time_wait"], [12, 13, 15]),
    ("idle-path-dropped", ["idle_path_dropped"], [55, 60, 62, 66]),
    ("immediate-close", ["immediate_close"], [4, 11, 15, 22]),
    ("middlebox-reset", ["middlebox_reset", "reset"], [9, 11, 20, 22]),
    ("forged-reset", ["middlebox_reset"], [5, 6]),
    ("repeated-burst", ["retransmissions"], [9]),
    ("syn-answered-by-ack", ["syn_retries"], [3]),
    ("syn-answered-by-bare-rst", ["refused"], [2]),
    ("no-response-gave-up", ["slow_response"], [7, 9]),
    ("no-response-closed", ["slow_response"], [4, 6]),
    ("no-response-open", ["slow_response"], [4]),
    ("reset-taken-back", ["middlebox_reset"], [8, 10]),
    ("upload-without-answer", [], []),
    ("half-open", ["half_open"], [3, 5]),
    ("half-closed", ["half_closed"], [8, 9]),
    ("slow-handshake", ["slow_handshake"], [1]),
    ("slow-tail", ["slow_tail"], [254, 499, 737, 755, 1101]),
    ("path-mtu", ["path_mtu"], [8, 10]),
    ("sack-not-translated", ["sack_not_translated"], [17]),
    ("option-oddity", ["option_oddity"], [2]),
    ("both-legs", ["unanswered", "reset"], [1]),
    ("turned-away", ["immediate_close"], [4, 5, 13, 14, 22, 23]),
    ("leap-back", ["clock_backwards"], [9, 10]),
    ("truncated-response", ["truncated_response"], [6, 8, 17, 19, 28, 29]),
    ("tls-alert", ["tls_alert", "tls_alert"], [8]),
    ("corrupt-syn", [], []),
    ("fin-at-the-end", [], []),
    ("one-way-server", [], []),
    ("one-way-reset", [], []),
    ("two-hops-near", [], []),
    ("two-hops-far", [], []),
  ]

  @Test(arguments: expected)
  func found(_ name: String, _ kinds: [String], _ frames: [Int64]) throws {
    let findings = try report(name).findings
    #expect(findings.map(\.kind) == kinds)
    #expect((findings.first?.frames ?? []) == frames)
  }

  /// One finding, not one for each address.
  @Test func flood() throws {
    let findings = try report("syn-flood").findings
    #expect(findings.map(\.kind) == ["syn_flood"])
    #expect(findings.first?.frames.count == 400)
  }

  /// One finding, not a refusal a port.
  @Test func scan() throws {
    let findings = try report("port-scan").findings
    #expect(findings.map(\.kind) == ["port_scan"])
    #expect(findings.first?.frames.count == 24)
  }

  /// A firewall says "host administratively prohibited", the host "port unreachable": nobody was silent.
  @Test func rejectedByICMP() throws {
    let path = Repository.sample("findings/icmp-rejected.pcap")
    let result = try Program().run([path, "-o", "-", "--format", "json"])
    #expect(result.text.contains("with ICMP \\\"port unreachable\\\"."))
    #expect(result.text.contains("administratively prohibited"))
    #expect(result.text.contains("\"kind\":\"icmp\""))
    let findings = try report("icmp-rejected").findings.filter { $0.kind == "icmp_rejected" }
    #expect(findings.map(\.frames) == [[2], [4]])
  }

  /// The listener's queue explains why the SYNs had to be sent again.
  @Test func acceptQueueFull() throws {
    let name = Repository.sample("findings/accept-queue-full")
    let result = try Program().run([
      name + ".pcap", "--snapshots", name + "-1795356314.139_server_ss-tanoipem.txt", "-o", "-",
      "--format", "json",
    ])
    #expect(result.text.contains("The accept queue of lab-server (pid 11135) on 10.61.2.20:8098"))
    #expect(result.text.contains("syn_retries"))
  }

  @Test func aServersDirectionAloneShowsAnOpenConnection() throws {
    let report = try report("one-way-server")
    #expect(report.connections.map(\.outcome) == ["open"])
    #expect(report.captures.first?.trust?.loss == "care")
    #expect(
      report.captures.first?.trust?.reasons == ["only one direction captured of 1 connection"])
  }

  @Test func aWholeCaptureIsSound() throws {
    let trust = try #require(try report("immediate-close").captures.first?.trust)
    #expect(trust.loss == "sound" && trust.timing == "sound" && trust.reasons.isEmpty)
  }

  /// The diagram says what the finding says.
  @Test func aForgedResetIsNotTheServers() throws {
    let path = Repository.sample("findings/forged-reset.pcap")
    let result = try Program().run([path, "-o", "-", "--format", "svg"])
    #expect(!result.text.contains("reset by the server"))
    #expect(result.text.contains("by a device on the path"))
  }

  /// The client waits for a response: the server keeps it waiting, though it is the client that moves next.
  @Test func whoWaitsForAResponseIsNotBlamed() throws {
    let path = Repository.sample("findings/no-response-gave-up.pcap")
    let result = try Program().run([path, "--connection", "1"])
    #expect(result.text.contains("and got no response in 30 s; then the client gave up."))
    #expect(result.text.contains("Of 31.0 s: server 97 %, idle 3 %."))
  }

  @Test func aLevelStopsToo() throws {
    let path = Repository.sample("findings/immediate-close.pcap")
    let result = try Program().run([path, "--fail-on", "warning"])
    #expect(result.status == 1)
    #expect(result.errors.contains("--fail-on warning: immediate_close: 10.61.2.20:6026"))
    #expect(try Program().run([path, "--fail-on", "error"]).status == 0)
  }
}
