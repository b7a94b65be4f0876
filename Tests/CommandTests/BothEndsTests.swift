import Foundation
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

  private func kinds(_ report: [String: Any]) -> [String] {
    (report["findings"] as? [[String: Any]] ?? []).compactMap { $0["kind"] as? String }
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
