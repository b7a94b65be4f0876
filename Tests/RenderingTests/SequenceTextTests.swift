import TCPModel
import TestSupport
import Testing
import Timeline

@testable import Rendering

@Suite struct SequenceTextTests {
  private static let refused = ConnectionScript(
    """
    0 > S win 64240
    0.1 < R. !rst
    state C CLOSED - assumed
    state C SYN_SENT 0 observed
    state C CLOSED 0.1 inferred
    phase handshake 0 0.1
    """, vantage: .unknown, outcome: .refused)

  private func header(_ name: String? = nil) -> ReportHeader {
    var header = ReportHeader(captures: [], summary: TraceSummary())
    header.names[Self.refused.client.address] = name
    return header
  }

  @Test func mermaidTellsTheStory() {
    let diagram = MermaidDiagram(
      SequenceScripts(
        [Self.refused.connection], of: 3, header: header(), options: DiagramOptions()))
    #expect(
      String(decoding: diagram.bytes, as: UTF8.self) == """
        sequenceDiagram
          title TCP connection 10.61.1.10:43626 to 10.61.2.20:8080: refused
          accTitle: TCP connection 10.61.1.10:43626 to 10.61.2.20:8080: refused
          accDescr: A RST answered the SYN: nothing listens there, or a firewall refuses.
          participant C as 10.61.1.10:43626
          participant S as 10.61.2.20:8080
          Note left of C: (CLOSED)
          Note over C,S: handshake 100 µs
          C->>S: 0.000000 SYN seq 0 win 64240, ISN 0 · mss 1460 · sackOK · TS · wscale 7
          Note left of C: SYN_SENT
          S->>C: 0.000100 RST, ACK seq 0 ack 1
          Note left of C: CLOSED
          Note over C,S: 2 more connections are not drawn

        """)
  }

  @Test(arguments: [0, 3])
  func plantUMLWithoutAConnectionIsADiagramToo(total: Int) {
    let diagram = PlantUMLDiagram(
      SequenceScripts([], of: total, header: header(), options: DiagramOptions()))
    let lines = String(decoding: diagram.bytes, as: UTF8.self).split(separator: "\n")
    #expect(lines.first == "@startuml")
    #expect(lines.last == "@enduml")
    #expect(lines.contains { $0.hasPrefix("note over C, S : 3 ") } == (total == 3))
  }

  @Test func plantUMLTellsTheStory() {
    let diagram = PlantUMLDiagram(
      SequenceScripts(
        [Self.refused.connection], of: 1, header: header(), options: DiagramOptions()))
    #expect(
      String(decoding: diagram.bytes, as: UTF8.self) == """
        @startuml
        hide footbox
        title TCP connection 10.61.1.10:43626 to 10.61.2.20:8080: refused
        caption A RST answered the SYN: nothing listens there, or a firewall refuses.
        participant "10.61.1.10:43626" as C
        participant "10.61.2.20:8080" as S
        note left of C : (CLOSED)
        == handshake 100 µs ==
        C -> S : 0.000000 SYN seq 0 win 64240, ISN 0 · mss 1460 · sackOK · TS · wscale 7
        note left of C : SYN_SENT
        S -> C : 0.000100 RST, ACK seq 0 ack 1
        note left of C : CLOSED
        @enduml

        """)
  }

  @Test func whatTheGrammarsWouldReadAsTheirOwnIsEscaped() {
    let name = "a;b#c<br>\n\"__u__\" --> end"
    let mermaid = MermaidDiagram(
      SequenceScripts(
        [Self.refused.connection], of: 1, header: header(name), options: DiagramOptions()))
    #expect(
      String(decoding: mermaid.bytes, as: UTF8.self).contains(
        "participant C as a#59;b#35;c#lt;br#gt; #quot;__u__#quot; --#gt; end:43626\n"))
    let plantUML = PlantUMLDiagram(
      SequenceScripts(
        [Self.refused.connection], of: 1, header: header(name), options: DiagramOptions()))
    #expect(
      String(decoding: plantUML.bytes, as: UTF8.self).contains(
        "participant \"a;b#c~<br> ’_~_u_~_’ -~-> end:43626\" as C\n"))
  }

  @Test func lossAndSilenceHaveTheirOwnArrows() {
    let script = ConnectionScript(
      """
      0 > S
      1000 > S !syn_retransmission
      1100 < S.
      1200 > . !changes
      1300 > P. len 10 !opens
      1800 > P. 1 len 10 !retransmission
      1900 < . ack 11
      """)
    let mermaid = MermaidDiagram(
      SequenceScripts(
        [script.connection], of: 1, header: header(), options: DiagramOptions()))
    let lines = String(decoding: mermaid.bytes, as: UTF8.self)
    #expect(lines.contains("C--)S: 0.000000 SYN"))
    #expect(lines.contains("C--xS: 1.300000 PSH, ACK"))
    let plantUML = PlantUMLDiagram(
      SequenceScripts(
        [script.connection], of: 1, header: header(), options: DiagramOptions()))
    let statements = String(decoding: plantUML.bytes, as: UTF8.self)
    #expect(statements.contains("C -->o S : 0.000000 SYN"))
    #expect(statements.contains("C -->x S : 1.300000 PSH, ACK"))
  }
}
