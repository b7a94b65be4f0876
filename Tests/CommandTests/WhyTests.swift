import TestSupport
import Testing

@Suite struct WhyTests {
  private let program = Program(folder: Repository.samples)

  @Test func tellsWhoseSideItWas() throws {
    let result = try program.run(["why", "zero-window.pcap"])
    #expect(result.status == 0 && result.errors == "")
    #expect(result.text.contains("Limited by the server's closed window for 3.67 s of 4.27 s."))
    #expect(result.text.contains("let the server's program read sooner"))
  }

  @Test func isAnOptionOfTheReportToo() throws {
    let command = try program.run(["why", "zero-window.pcap"])
    let option = try program.run(["zero-window.pcap", "--why"])
    #expect(option.status == 0 && option.text == command.text)
  }

  @Test func nothingWasHeldBack() throws {
    let result = try program.run(["why", "refused.pcap"])
    #expect(result.status == 0)
    #expect(result.text.contains("Nothing was held back"))
  }
}
