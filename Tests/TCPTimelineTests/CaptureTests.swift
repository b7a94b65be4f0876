import Foundation
import TCPTimeline
import TestSupport
import Testing

@Suite struct CaptureTests {
  @Test func connectionsAreThoseOfTheCapture() throws {
    let capture = try Capture(path: Repository.sample("refused.pcap"))
    #expect(capture.connections.map(\.id) == [1, 2, 3])
    #expect(capture.connections.map(\.outcome) == [.refused, .refused, .refused])
    #expect(capture.connections[0].server.description == "10.61.2.20:4444")
    #expect(capture.connections[0].frames == 1...2)
    #expect(capture.findings.map(\.kind) == ["refused"])
    #expect(capture.findings[0].connections == [1, 2, 3])
    #expect(capture.warnings == [])
  }

  @Test func numbersHaveTheirUnits() throws {
    let capture = try Capture(path: Repository.sample("half-close.pcapng"))
    let connection = try #require(capture.connections.first)
    #expect(connection.sentByClient.payloadBytes == 300)
    #expect(connection.sentByServer.payloadBytes == 6000)
    #expect(connection.sentByServer.segments == 9)
    #expect(connection.client.port == 49272)
    #expect(connection.outcome == .closed)
    let roundTrip = try #require(connection.roundTrip)
    #expect(roundTrip > .zero && roundTrip < connection.duration)
    #expect(connection.start / 1_000_000_000 > 1_700_000_000)
  }

  @Test(arguments: DiagramOptions.Language.allCases)
  func diagramsAreSVG(language: DiagramOptions.Language) throws {
    let capture = try Capture(path: Repository.sample("half-close.pcapng"))
    let svg = try capture.diagram(of: 1, DiagramOptions(language: language, width: 640))
    #expect(svg.contains("<svg") && svg.hasSuffix("</svg>\n"))
    #expect(svg.contains("viewBox=\"0 0 640 "))
  }

  @Test func aDiagramOfTheLibraryIsThatOfTheProgram() throws {
    let capture = try Capture(path: Repository.sample("half-close.pcapng"))
    let recorded = try String(
      contentsOfFile: Repository.sample("reports/half-close.svg"), encoding: .utf8)
    #expect(try capture.diagram(of: 1) == recorded)
  }

  @Test func failuresSayWhatIsWrong() throws {
    #expect(throws: CaptureFailure.self) { try Capture(path: "/no/such/file") }
    let scratch = try Scratch()
    let path = try scratch.write(Array("no capture".utf8), "text")
    do {
      _ = try Capture(path: path)
      Issue.record("text is no capture")
    } catch {
      #expect(error.description.hasPrefix(path + ": "))
      #expect(!error.description.contains("\n"))
    }
    let capture = try Capture(path: Repository.sample("refused.pcap"))
    #expect(throws: CaptureFailure.noSuchConnection(4)) { try capture.diagram(of: 4) }
    #expect(throws: CaptureFailure.noSuchConnection(0)) { try capture.diagram(of: 0) }
    #expect(throws: CaptureFailure.noSuchConnection(.min)) { try capture.diagram(of: .min) }
  }
}
