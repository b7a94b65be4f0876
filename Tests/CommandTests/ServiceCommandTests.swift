import Foundation
import TCPModel
import TestSupport
import Testing

/// `--by`: services in every format.
@Suite struct ServiceCommandTests {
  private func run(_ arguments: String...) throws -> Program.Result {
    let result = try Program().run(["Samples/many.pcap"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
    return result
  }

  private static let kinds = [
    "server", "client", "name", "pair", "application", "subnet/24", "subnet/0",
  ]

  @Test(arguments: kinds, ["text", "md", "html", "csv", "json", "svg"])
  func everyKindInEveryFormat(kind: String, format: String) throws {
    let result = try run("--by", kind, "--format", format, "-o", "-")
    #expect(!result.output.isEmpty)
    #expect(result.text.contains(format == "json" ? "\"services\":[{" : "2,000") || format == "csv")
  }

  @Test func theHeatMapHasACellForEachPartThatHasConnections() throws {
    let picture = try run("--by", "server", "--format", "svg", "-o", "-").text
    let report = try #require(
      try JSONSerialization.jsonObject(
        with: Data(run("--by", "server", "--format", "json", "-o", "-").output)) as? [String: Any])
    let services = try #require(report["services"] as? [[String: Any]])
    let parts = services.compactMap { service in
      (service["over_time"] as? [String: Any])?["parts"] as? [[String: Any]]
    }.flatMap(\.self)
    #expect(parts.compactMap { $0["connections"] as? Int }.reduce(0, +) == 2_000)
    #expect(picture.matches(of: /<g class="cell"/).count == parts.count)
    #expect(picture.matches(of: /<g class="service"/).count == services.count)
  }

  @Test func thePageHoldsThePictureAndTheTable() throws {
    let page = try run("--by", "server", "--format", "html", "-o", "-").text
    #expect(page.contains("<svg") && page.contains("class=\"heat-map\""))
    #expect(page.matches(of: /<tr>/).count == 3)
    #expect(!page.contains("{{"))
  }

  @Test func thePictureLiesBesideMarkdown() throws {
    let scratch = try Scratch()
    let path = scratch.path("services.md")
    #expect(try run("--by", "server", "-o", path).status == 0)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.contains("![Services over time](services-assets/services.svg)"))
    #expect(
      FileManager.default.fileExists(atPath: scratch.path("services-assets/services.svg")))
  }

  @Test func timesAreToldInTheZone() throws {
    let picture = try run("--by", "server", "--time", "+09:00", "--format", "svg", "-o", "-").text
    #expect(picture.contains(" +09:00") && !picture.contains(" UTC"))
  }
}

@Suite struct ComparisonCommandTests {
  @Test func givenNamesAreUsed() throws {
    let result = try Program().run(
      "diff", "Samples/many.pcap", "Samples/refused.pcap", "--by", "name", "--name",
      "10.61.2.20=www.example.com")
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.text.contains("10.61.2.20"))
  }

  @Test func timesOfTheClockAreThoseOfTheZone() throws {
    // The capture begins at 14:04:59 UTC.
    let arguments = ["diff", "Samples/many.pcap", "Samples/many.pcap", "--between"]
    let chosen = try Program().run(arguments + ["23:04:59", "23:05:03", "--time", "+09:00"])
    #expect(chosen.text.hasPrefix("2,000 connections before, 2,000 connections after"))
    #expect(try Program().run(arguments + ["23:04:59", "23:05:03"]).status == 1)
    #expect(try Program().run(arguments + ["23:04", "23:05", "--time", "Nowhere/X"]).status == 64)
  }
}

/// QUIC is encrypted: it is counted, and named by what name servers answered.
@Suite struct QUICTests {
  /// A question's answer: `www.example.com` is 192.0.2.7.
  private static let answer: [UInt8] =
    [0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0] + name + [0, 1, 0, 1, 0xC0, 12, 0, 1, 0, 1]
    + [0, 0, 1, 0, 0, 4, 192, 0, 2, 7]
  private static let name: [UInt8] =
    [3] + Array("www".utf8) + [7] + Array("example".utf8) + [3] + Array("com".utf8) + [0]
  /// RFC 9000 17.2: a long header of version 1, and a short one.
  private static let initial: [UInt8] =
    [0xC3, 0, 0, 0, 1, 4, 1, 2, 3, 4, 0] + [UInt8](repeating: 5, count: 1_189)
  private static let later: [UInt8] = [0x41, 1, 2, 3, 4] + [UInt8](repeating: 6, count: 95)

  private static func udp(_ from: Int, _ to: Int, _ payload: [UInt8]) -> [UInt8] {
    var bytes = Bytes()
    bytes.u16(from)
    bytes.u16(to)
    bytes.u16(8 + payload.count)
    bytes.u16(0)
    bytes.raw(payload)
    return bytes.content
  }

  private static var capture: [UInt8] {
    var capture = PcapBuilder(linkType: 101)
    func add(_ source: String, _ destination: String, _ datagram: [UInt8]) {
      var packet = PacketBuilder(source: source, destination: destination)
      packet.transport = 17
      capture.add(packet.ipv4(carrying: datagram))
    }
    add("192.0.2.53", "10.0.0.1", udp(53, 50_000, answer))
    add("10.0.0.1", "192.0.2.7", udp(50_001, 443, initial))
    add("192.0.2.7", "10.0.0.1", udp(443, 50_001, initial))
    add("10.0.0.1", "192.0.2.7", udp(50_001, 443, later))
    // Not QUIC: its second bit is 0, or its version none; and another port without a handshake.
    add("10.0.0.1", "192.0.2.7", udp(50_002, 443, [0x16, 0xFE, 0xFD] + later))
    add("10.0.0.1", "192.0.2.7", udp(50_003, 443, [0xC3, 9, 9, 9, 9, 4, 1, 2, 3, 4, 0]))
    add("10.0.0.1", "192.0.2.8", udp(50_004, 9_000, later))
    capture.add(PacketBuilder(destination: "192.0.2.7", destinationPort: 443).ipv4)
    return capture.file
  }

  @Test func itIsCountedAndNamed() throws {
    let scratch = try Scratch()
    let path = try scratch.write(Self.capture, "quic.pcap")
    let result = try Program().run(path, "--format", "json", "-o", "-")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any])
    let flows = try #require(report["quic"] as? [[String: Any]])
    #expect(flows.count == 1)
    #expect(flows.first?["name"] as? String == "www.example.com")
    #expect(flows.first?["name_basis"] as? String == "dns")
    #expect(flows.first?["datagrams"] as? Int == 3)
    #expect(flows.first?["bytes"] as? Int == 2_500)
    #expect((flows.first?["server"] as? [String: Any])?["port"] as? Int == 443)
    let captures = try #require(report["captures"] as? [[String: Any]])
    #expect((captures[0]["skipped"] as? [String: Int]) == ["udp": 7])
  }

  /// Another client's connections, without payload; the second one is refused.
  @Test(arguments: ["text", "md", "html", "svg", "mermaid", "plantuml"])
  func whatIsOnlyLikelyIsMarked(format: String) throws {
    let scratch = try Scratch()
    var capture = PcapBuilder(linkType: 101)
    var answer = PacketBuilder(source: "192.0.2.53", destination: "10.0.0.1")
    answer.transport = 17
    capture.add(answer.ipv4(carrying: Self.udp(53, 50_000, Self.answer)))
    for (port, flags) in [
      (40_000, TCPFlags.syn), (-40_000, [.syn, .ack]), (40_000, .ack), (40_001, .syn),
      (-40_001, [.rst, .ack]),
    ] {
      var packet = PacketBuilder(source: "10.0.0.2", destination: "192.0.2.7")
      (packet.sourcePort, packet.destinationPort) = (port, 443)
      if port < 0 {
        packet = PacketBuilder(source: "192.0.2.7", destination: "10.0.0.2")
        (packet.sourcePort, packet.destinationPort) = (443, -port)
      }
      packet.flags = flags
      let isFirst = flags == .syn
      packet.sequence = isFirst ? 99 : 100
      packet.acknowledgment = isFirst ? 0 : 100
      if flags.contains(.syn), port < 0 { packet.sequence = 99 }
      capture.add(packet.ipv4)
    }
    let path = try scratch.write(capture.file, "likely.pcap")
    func words(_ choice: String...) throws -> String {
      let text = try Program().run([path, "--format", format, "-o", "-"] + choice).text
      // Markdown keeps names from becoming links.
      return text.replacingOccurrences(of: "<!-- -->", with: "").split(
        whereSeparator: \.isWhitespace
      ).joined(separator: " ")
    }
    #expect(try words().contains("www.example.com?:443"))
    if !["text", "md", "html"].contains(format) { return }
    #expect(try words().contains("www.example.com? (192.0.2.7:443) refused"))
    let first = try words("--connection", "1")
    #expect(first.contains("Perhaps tls, by the port of the server alone: no payload was"))
    #expect(first.contains("Name servers told other clients that the server is www"))
    #expect(try !words("--connection", "2").contains("Perhaps tls"))
  }

  @Test(arguments: ["text", "md", "html"])
  func peopleAreTold(format: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write(Self.capture, "quic.pcap")
    let text = try Program().run(path, "--format", format, "-o", "-").text
    #expect(
      text.contains("QUIC, which is encrypted: 3 datagrams of 1 flow with www"))
  }

  @Test func pseudonymsHideIt() throws {
    let scratch = try Scratch()
    let path = try scratch.write(Self.capture, "quic.pcap")
    let text = try Program().run(path, "--anonymize", "--format", "json", "-o", "-").text
    #expect(text.contains("\"quic\":["))
    #expect(!text.contains("192.0.2.7") && !text.contains("www.example.com"))
  }
}
