import TestSupport
import Testing

@Suite struct ExplainTests {
  @Test func writesThePictureOrTheText() throws {
    let scratch = try Scratch()
    let program = Program(folder: Repository.samples)
    let picture = try program.run(["explain", "-o", scratch.path("lifecycle.svg")])
    #expect(picture.status == 0 && picture.errors == "")
    let svg = String(decoding: try scratch.read("lifecycle.svg"), as: UTF8.self)
    #expect(svg.contains("<svg ") && svg.contains("data-state=\"LAST_ACK\""))
    let text = try program.run(["explain", "--lang", "ko"])
    #expect(text.status == 0)
    #expect(text.text.hasPrefix("TCP 연결은 어떻게 열리고 닫히는가\n"))
  }

  @Test func otherFormatsAreRefused() throws {
    let result = try Program(folder: Repository.samples).run(["explain", "--format", "json"])
    #expect(result.status == 64)
    #expect(result.errors == "tcptimeline: a lesson is not written as json; choose svg, png, pdf or text\n")
  }
}
