import Foundation
import Lessons
import TestSupport
import Testing

/// Captures of the same connections from several points.
@Suite struct BothEndsTests {
  private static func sample(_ name: String) -> String {
    Repository.sample("both-ends/\(name).pcap")
  }

  private func json(_ arguments: [String]) throws -> [String: Any] {
    let result = try Program().run(arguments + ["--format", "json", "-o", "-"])
    #expect(result.status == 0, "\(result.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(result.output))
    return try #require(object as? [String: Any])
  }

  private static func ends(_ name: String) -> [String] {
    [
      "--client-capture", sample("\(name)-client"), "--server-capture", sample("\(name)-server"),
    ]
  }

  private static func ends(ofPacked name: String) -> [String] {
    [
      "--client-capture", Repository.sample("both-ends/\(name)-client.pcap.gz"),
      "--server-capture", Repository.sample("both-ends/\(name)-server.pcap.gz"),
    ]
  }

  private func kinds(_ report: [String: Any]) -> [String] {
    (report["findings"] as? [[String: Any]] ?? []).compactMap { $0["kind"] as? String }
  }

  /// What one capture tells alone, both tell: late acknowledgments as their receiver's shows them, a slow answer as
  /// the server's does, and a slow tail whose losses are located.
  @Test(
    .enabled(if: Outside.recordings != nil, "TCPTIMELINE_RECORDINGS names no folder"),
    arguments: [
      ("69-mixed", ["limited_by_receiver", "slow_response"]), ("94-many", ["slow_tail"]),
    ])
  func noFindingVanishes(_ name: String, _ expected: [String]) throws {
    let folder = try #require(Outside.recordings) + "/" + name
    let report = try json([
      "--client-capture", folder + "/client.pcap", "--server-capture", folder + "/server.pcap",
    ])
    for kind in expected { #expect(kinds(report).contains(kind)) }
    for connection in report["connections"] as? [[String: Any]] ?? [] {
      for (_, limits) in connection["limits"] as? [String: [String: Any]] ?? [:] {
        var times: [String: Int] = [:]
        for interval in limits["intervals"] as? [[String: Any]] ?? [] {
          guard let limit = interval["limit"] as? String, let time = interval["duration_ns"] as? Int
          else { continue }
          times[limit, default: 0] += time
        }
        #expect(times == (limits["by"] as? [String: Int])?.filter { $0.value > 0 })
      }
    }
  }

  /// What each end sent again, and what held it back, its own capture knows.
  @Test(arguments: ["three-points", "nat"])
  func eachEndIsToldByItsOwnCapture(_ name: String) throws {
    func told(_ report: [String: Any], _ key: String, _ side: String) -> [[String: Any]] {
      (report["connections"] as? [[String: Any]] ?? []).compactMap {
        ($0[key] as? [String: Any])?[side] as? [String: Any]
      }
    }
    let both = try json(Self.ends(name))
    for side in ["client", "server"] {
      let own = try json([Self.sample("\(name)-\(side)")])
      let (limits, ownLimits) = (told(both, "limits", side), told(own, "limits", side))
      #expect(!limits.isEmpty && limits.count == ownLimits.count)
      for (limits, own) in zip(limits, ownLimits) where own["basis"] as? String == "sender" {
        #expect(limits["basis"] as? String == "both_ends")
        #expect(limits["by"] as? [String: Int] == own["by"] as? [String: Int])
        let intervals = limits["intervals"] as? [[String: Any]] ?? []
        let sum = intervals.compactMap { $0["duration_ns"] as? Int }.reduce(0, +)
        #expect(sum == (limits["by"] as? [String: Int] ?? [:]).values.reduce(0, +))
      }
      #expect(
        told(both, "traffic", side).map { $0["retransmitted_segments"] as? Int }
          == told(own, "traffic", side).map { $0["retransmitted_segments"] as? Int })
    }
    for connection in both["connections"] as? [[String: Any]] ?? [] {
      let blame = try #require(connection["blame"] as? [String: Any])
      let parts = ["client_ns", "server_ns", "network_ns", "unknown_ns"]
      #expect(
        parts.compactMap { blame[$0] as? Int }.reduce(0, +) == connection["duration_ns"] as? Int)
    }
  }

  @Test func lossesAreOnTheirSideOfTheMiddle() throws {
    let report = try json(
      ["client", "middle", "server"].flatMap {
        ["--capture", "\($0)=\(Self.sample("three-points-\($0)"))"]
      })
    let connections = try #require(report["connections"] as? [[String: Any]])
    #expect(connections.count == 1)
    let path = try #require(connections[0]["path"] as? [String: [String: Any]])
    let places = ["client_to_server", "server_to_client"].map { direction in
      (path[direction]?["lost_between"] as? [[String: Any]] ?? []).map {
        "\($0["points"] as? [String] ?? []) \($0["lost_frames"] as? [Int] ?? [])"
      }
    }
    #expect(
      places == [
        [
          "[\"client\", \"middle\"] [12]", "[\"middle\", \"server\"] [13, 169, 223, 258]",
        ],
        [
          "[\"client\", \"middle\"] [85, 96, 115, 128, 172, 193, 196, 240, 271]",
          "[\"middle\", \"server\"] [84, 103, 149, 224, 237]",
        ],
      ])
    #expect(kinds(report).contains("loss_located"))
  }

  @Test(arguments: [false, true])
  func exchangedEndsAreToldOf(areExchanged: Bool) throws {
    let (one, other) = ("--client-capture", "--server-capture")
    let result = try Program().run(
      areExchanged ? other : one, Self.sample("clock-step-client"),
      areExchanged ? one : other, Self.sample("clock-step-server"))
    #expect(result.status == 0)
    #expect(result.errors.contains("client and server may be exchanged") == areExchanged)
  }

  @Test func aResetThatNeitherEndSentIsProven() throws {
    let findings = try #require(
      try json(Self.ends("injected-reset"))["findings"] as? [[String: Any]])
    let foreign = findings.filter { $0["kind"] as? String == "middlebox_reset" }
    let own = findings.filter { $0["kind"] as? String == "reset" }
    #expect(foreign.flatMap { $0["connections"] as? [Int] ?? [] }.count == 2)
    #expect(own.flatMap { $0["connections"] as? [Int] ?? [] }.count == 2)
  }

  @Test func aClockThatWasSetLosesNothing() throws {
    let report = try json(Self.ends("clock-step"))
    let clock = try #require(report["clock"] as? [String: Any])
    let steps = try #require(clock["steps"] as? [[String: Any]])
    #expect(steps.map { $0["frame"] as? Int } == [106])
    #expect(kinds(report).contains("clock_step"))
    let connections = try #require(report["connections"] as? [[String: Any]])
    let path = try #require(connections[0]["path"] as? [String: [String: Any]])
    #expect(path["client_to_server"]?["lost"] as? Int == 3)
    #expect(path["server_to_client"]?["lost"] as? Int == 3)
  }

  @Test func thePictureIsMeasuredAtBothEnds() throws {
    for language in [("en", "Captured at both ends"), ("ko", "양쪽 끝에서 캡처")] {
      let result = try Program().run(
        Self.ends("clock-step") + ["--format", "svg", "--lang", language.0, "-o", "-"])
      #expect(result.status == 0)
      #expect(result.text.contains(language.1))
    }
  }

  @Test func whatARelayCarriesStandsBesideIt() throws {
    let report = try json(Self.ends("proxy"))
    let connections = try #require(report["connections"] as? [[String: Any]])
    #expect(connections.allSatisfy { $0["path"] is NSNull })
    #expect(
      connections.map { $0["proxied"] as? [Int] } == [[2], [1], [4], [3], [6], [5], [8], [7]])
    #expect(kinds(report).allSatisfy { $0 != "loss_located" && $0 != "never_arrived" })
    let text = try Program().run(Self.ends("proxy")).text
    #expect(text.contains("carried on beyond a relay as connection 2"))
    let rows = try Program().run(Self.ends("proxy") + ["--format", "csv", "-o", "-"]).text
    #expect(rows.split(separator: "\r\n").first?.contains(",unmatched,proxied,") == true)
  }

  @Test func anICMPErrorIsMatchedAcrossThePoints() throws {
    let report = try json(Self.ends("icmp"))
    let connections = try #require(report["connections"] as? [[String: Any]])
    let messages = connections.map { $0["icmp"] as? [[String: Any]] ?? [] }
    #expect(messages.map(\.count) == [1, 1, 0, 0])
    #expect(messages[0][0]["fate"] as? String == "arrived")
    let seen = messages[0][0]["seen"] as? [[String: Any]] ?? []
    #expect(seen.map { $0["point"] as? String } == ["server", "client"])
    // Counted once, not by point.
    let events = connections[0]["events"] as? [[String: Any]] ?? []
    #expect(events.count { $0["kind"] as? String == "icmp" } == 1)
  }

  @Test func whatANetworkCardCutIsNoLoss() throws {
    let report = try json(Self.ends(ofPacked: "offload"))
    let found = try #require(
      (report["findings"] as? [[String: Any]])?.first { $0["kind"] as? String == "offload_seen" })
    let evidence = try #require(found["evidence"] as? [String: Any])
    #expect(evidence["largest_sent_by_client"] as? Int == 2896)
    #expect(evidence["largest_received_by_client"] as? Int == 14480)
    #expect(evidence["oversized_sent_by_server"] == nil)
    #expect(!kinds(report).contains("middlebox_rewrites"))
  }

  @Test func lostSYNsExplainThemselves() throws {
    let report = try json(Self.ends("syn-lost"))
    #expect(kinds(report) == ["never_arrived"])
    let points = try #require(report["points"] as? [[String: Any]])
    #expect(points[0]["unmatched_reasons"] as? [String: Int] == ["never_arrived": 3])
    let text = try Program().run(Self.ends("syn-lost")).text
    #expect(text.contains("Seen at one point only"))
    #expect(text.contains("never arrived at the server's capture point"))
    let page = try Program().run(Self.ends("syn-lost") + ["--format", "md", "-o", "-"]).text
    #expect(page.contains("nothing of it arrived at the other point"))
  }

  @Test func aFolderOrPiecesTellTheSame() throws {
    let scratch = try Scratch()
    let client = Array(try Data(contentsOf: URL(fileURLWithPath: Self.sample("nat-client"))))
    let server = Array(try Data(contentsOf: URL(fileURLWithPath: Self.sample("nat-server"))))
    func rest(_ arguments: [String]) throws -> NSDictionary {
      var report = try json(arguments)
      report["captures"] = nil
      report["points"] = nil
      // Frames are those of a piece.
      return report as NSDictionary
    }
    let pair = [Self.sample("nat-client"), Self.sample("nat-server")]
    let whole = try rest(pair)
    #expect(try rest(pair.reversed()) == whole)
    let folder = scratch.path("folder")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    _ = try scratch.write(client, "folder/nat-client.pcap")
    _ = try scratch.write(server, "folder/nat-server.pcap")
    #expect(try rest([folder]) == whole)
    func pieces(_ bytes: [UInt8], _ name: String) throws -> [String] {
      let middle = Self.recordBorder(in: bytes, near: bytes.count / 2)
      return [
        try scratch.write(Array(bytes[..<middle]), "\(name)-1.pcap"),
        try scratch.write(Array(bytes[..<24] + bytes[middle...]), "\(name)-2.pcap"),
      ]
    }
    let (near, far) = (try pieces(client, "client"), try pieces(server, "server"))
    let named = try json(
      near.flatMap { ["--client-capture", $0] } + far.flatMap { ["--server-capture", $0] })
    let plain = try json(near + far)
    for report in [named, plain] {
      #expect(report["pairs"] as? Int == 6)
      let clock = try #require(report["clock"] as? NSDictionary)
      #expect(clock == whole["clock"] as? NSDictionary)
      #expect(report["path"] as? NSDictionary == whole["path"] as? NSDictionary)
      #expect(report["summary"] as? NSDictionary == whole["summary"] as? NSDictionary)
    }
  }

  @Test func theMiddleHasALifeline() throws {
    let points = ["client", "middle", "server"].flatMap {
      ["--capture", "\($0)=\(Self.sample("three-points-\($0)"))"]
    }
    let picture = try Program().run(points + ["--expand", "--format", "svg", "-o", "-"]).text
    #expect(picture.contains("class=\"lifeline\" data-side=\"middle\""))
    // What the server lost is drawn too, by the frames of its own capture.
    let lost = picture.matches(of: /data-frame="(\d+)"[^>]*data-point="server"/)
      .compactMap { Int($0.output.1) }
    #expect(
      lost == [84, 85, 96, 103, 115, 128, 149, 172, 193, 196, 224, 237, 240, 271])
    // No segment of the report is one of them.
    let report = try json(points + ["--segments"])
    let connections = try #require(report["connections"] as? [[String: Any]])
    let segments = connections[0]["segments"] as? [[String: Any]] ?? []
    #expect(segments.count == 275)
  }

  @Test func delaysAreCharted() throws {
    for language in [("en", "waiting in queues"), ("ko", "큐에서 기다림")] {
      let picture = try Program().run(
        Self.ends(ofPacked: "bufferbloat")
          + ["--chart", "delay", "--lang", language.0, "-o", "-"])
      #expect(picture.status == 0)
      #expect(picture.text.contains(language.1))
      #expect(picture.text.components(separatedBy: "class=\"panel\"").count == 3)
    }
    let alone = try Program().run([Self.sample("nat-client"), "--chart", "delay", "-o", "-"])
    #expect(alone.text.contains("one-way delays take captures at both ends"))
  }

  @Test func whatTheFarEndSentIsChartedFromItsOwnCapture() throws {
    let both = try Program().run(
      Self.ends(ofPacked: "offload") + ["--chart", "sequence", "-o", "-"]
    ).text
    #expect(both.contains("lost on the path"))
    #expect(both.contains("arrived at the other end"))
    #expect(both.contains("as the sender's own capture shows it"))
  }

  @Test func givenPlainlyTheyAreRecognised() throws {
    let (client, server) = (Self.sample("nat-client"), Self.sample("nat-server"))
    let there = try Program().run([client, server, "--format", "json", "-o", "-"])
    let back = try Program().run([server, client, "--format", "json", "-o", "-"])
    #expect(there.status == 0)
    #expect(there.output == back.output)
    #expect(there.errors.contains("show the same 6 connections from two points"))
    let named = try Program().run(Self.ends("nat") + ["--format", "json", "-o", "-"])
    #expect(named.output == there.output)
    #expect(named.errors.isEmpty)
  }

  @Test func nothingIsCountedTwice() throws {
    let alone = try json([Self.sample("nat-client")])
    let both = try json(Self.ends("nat"))
    #expect((alone["summary"] as? NSDictionary) == (both["summary"] as? NSDictionary))
  }

  private static let fullSegmentsInVain = """
    title: A request of which no segment is small enough
    way: 20ms
    0    > S 0 <mss 1460>
    .02  < S. 0 ack 1 <mss 1460>
    .04  > . 1 ack 1
    .05  > P. 1:101(100) ack 1
    .071 < . 1 ack 101
    .092 > . 101:1561(1460) ack 1 lost
    .092 > . 1561:3021(1460) ack 1 lost
    .3   > . 101:1561(1460) ack 1 lost
    .7   > . 101:1561(1460) ack 1 lost
    1.5  > . 101:1561(1460) ack 1 lost
    3.1  > . 101:1561(1460) ack 1 lost

    """

  private static let laterConnection = """
    title: Another connection
    client: 192.0.2.1:49153
    way: 20ms
    14   > S 0 <mss 1460>
    +.02 < S. 0 ack 1 <mss 1460>
    +.02 > . 1 ack 1
    +.01 > P. len 100
    +.03 < . 1 ack 101
    """

  private static let oneRequest = """
    title: A request and its acknowledgment
    way: 20ms
    0    > S 0 <mss 1460>
    +.02 < S. 0 ack 1 <mss 1460>
    +.02 > . 1 ack 1
    1    > P. 1:101(100) ack 1
    +.03 < . 1 ack 101

    """

  /// Of a script, as both ends captured it, whose hosts went on capturing.
  private func jsonOfBothEnds(_ script: String) throws -> [String: Any] {
    let scratch = try Scratch()
    let ends = try LessonReader.read(script).parts[0].sights
    let later = try LessonReader.read(Self.laterConnection).parts[0].sights
    let (client, server) = (
      try scratch.write(ends[0].capture + later[0].capture.dropFirst(24), "client.pcap"),
      try scratch.write(ends[1].capture + later[1].capture.dropFirst(24), "server.pcap")
    )
    return try json(["--client-capture", client, "--server-capture", server])
  }

  /// Every full segment is too large for the path. The server's close, and the answer to it, tell that from a
  /// path that died, wholly or one way.
  @Test(arguments: [
    (true, "9 < F. 1 ack 101\n9.02 > . 3021 ack 2\n9.5 > . 101:1561(1460) ack 2 lost\n"),
    (false, "9.5 > . 101:1561(1460) ack 1 lost\n"),
    (
      false,
      "9 < F. 1 ack 101\n9.02 > . 3021 ack 2 lost\n9.4 < F. 1 ack 101\n"
        + "9.42 > . 3021 ack 2 lost\n10 < F. 1 ack 101\n10.02 > . 3021 ack 2 lost\n"
    ),
  ])
  func everyFullSegmentIsTooLarge(isBlackHole: Bool, _ end: String) throws {
    let found = kinds(try jsonOfBothEnds(Self.fullSegmentsInVain + end))
    #expect(found.contains("mtu_black_hole") == isBlackHole, "\(found)")
    #expect(found.contains("never_arrived") != isBlackHole, "\(found)")
  }

  private func states(_ report: [String: Any], _ side: String) -> [String] {
    let connections = report["connections"] as? [[String: Any]] ?? []
    let states = (connections.first?["states"] as? [String: Any])?[side] as? [[String: Any]]
    return (states ?? []).map {
      "\($0["state"] ?? "") \($0["at_ns"] as? Int ?? -1) \($0["frame"] as? Int ?? -1)"
    }
  }

  /// What is known to be lost changes nothing at the other end, which goes on as its own capture shows it.
  @Test func aLostResetClosesOneEndOnly() throws {
    let report = try jsonOfBothEnds(Self.oneRequest + "5 > R. 101 ack 1 lost\n")
    #expect(
      states(report, "server")
        == [
          "LISTEN -1 -1", "SYN_RECEIVED 20000000 1", "ESTABLISHED 60000000 3",
        ])
    #expect(states(report, "client").last == "CLOSED 5000000000 6")
  }

  /// What is recommended for several captures names all of them, and can be typed.
  @Test func bothCapturesAreNamedForWhatIsToBeDoneNext() throws {
    let ends = Self.ends("three-points")
    let brief = try Program().run(ends + ["--format", "brief"])
    let inputs = ends.joined(separator: " ")
    #expect(
      brief.text.split(separator: "\n").last?.hasPrefix("next tcptimeline why \(inputs), ") == true)
    let why = try Program().run(["why"] + ends)
    #expect(why.status == 0 && !why.text.isEmpty, "\(why.errors)")
  }

  /// Of a close behind its own end a capture says nothing.
  @Test func aCaptureThatEndedEarlierLeavesTheStatesToTheOther() throws {
    let scratch = try Scratch()
    let close = """
      5    > F. 101 ack 1
      +.02 < F. 1 ack 102
      +.02 > . 102 ack 2

      """
    let (client, server) = (
      try scratch.write(
        try LessonReader.read(Self.oneRequest + close).parts[0].sights[0].capture, "client.pcap"),
      try scratch.write(
        try LessonReader.read(Self.oneRequest).parts[0].sights[1].capture, "server.pcap")
    )
    let report = try json(["--client-capture", client, "--server-capture", server])
    #expect(states(report, "server").last?.hasPrefix("CLOSED ") == true)
  }

  @Test func aCopyOfACaptureIsNoOtherPoint() throws {
    let scratch = try Scratch()
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: Self.sample("nat-client"))))
    let copies = [try scratch.write(bytes, "a.pcap"), try scratch.write(bytes, "b.pcap")]
    let result = try Program().run(copies + ["--format", "json", "-o", "-"])
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    #expect(!result.text.contains("\"path\":{"))
  }

  @Test func piecesOfOneCaptureStayOne() throws {
    let scratch = try Scratch()
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: Self.sample("nat-client"))))
    let middle = Self.recordBorder(in: bytes, near: bytes.count / 2)
    let pieces = [
      try scratch.write(Array(bytes[..<middle]), "1.pcap"),
      try scratch.write(Array(bytes[..<24] + bytes[middle...]), "2.pcap"),
    ]
    let report = try json(pieces)
    #expect(report["clock"] == nil)
    let whole = try json([Self.sample("nat-client")])
    #expect((report["summary"] as? NSDictionary) == (whole["summary"] as? NSDictionary))
    // Pieces beside the other end: the same as the whole.
    let both = try json(
      pieces.flatMap { ["--client-capture", $0] } + ["--server-capture", Self.sample("nat-server")])
    #expect(both["pairs"] as? Int == 6)
    #expect((both["summary"] as? NSDictionary) == (whole["summary"] as? NSDictionary))
  }

  /// Where a record of a little-endian pcap file begins.
  private static func recordBorder(in bytes: [UInt8], near wanted: Int) -> Int {
    var place = 24
    while place < wanted {
      let length = (0..<4).reduce(0) { $0 | Int(bytes[place + 8 + $1]) << (8 * $1) }
      place += 16 + length
    }
    return place
  }

  @Test(
    arguments: [
      (["--client-capture", "a"], "go together"),
      (["--capture", "a=b"], "two points at least"),
      (["--capture", "nonsense"], "invalid"),
      (
        ["--capture", "a=b", "--capture", "c=d", "--client-capture", "e", "--server-capture", "f"],
        "leave out"
      ),
      (["x.pcap", "--client-capture", "a", "--server-capture", "b"], "taken where?"),
    ] as [([String], String)])
  func wrongUsageIsOneClearLine(_ arguments: [String], _ words: String) throws {
    let result = try Program().run(arguments)
    #expect(result.status == 64)
    #expect(result.errors.contains(words), "\(result.errors)")
  }
}
