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

  /// Who reads a download too slowly has nothing to say meanwhile, which is not its program's doing.
  @Test func whoReadsHasNothingToSay() throws {
    let result = try program.run(["limits/receiver-window.pcap", "--connection", "1"])
    // What it took itself, before it closed, is a line of its own.
    #expect(result.text.contains("1.78 s  93.1 %  none: waits for the server"), "\(result.text)")
    #expect(result.text.contains("50.2 ms   2.6 %  client's program"), "\(result.text)")
  }

  /// Nobody waits between exchanges: that is no limit, and no program's time.
  @Test func anIdleConnectionIsNotSlow() throws {
    let result = try program.run(["why", "findings/idle-path-dropped.pcap"])
    #expect(result.text.contains("in all: idle "), "\(result.text)")
    #expect(!result.text.contains("client's program"))
    #expect(!result.text.contains("loses packets") && !result.text.contains("faster"))
  }

  @Test func isAnOptionOfTheReportToo() throws {
    let command = try program.run(["why", "zero-window.pcap"])
    let option = try program.run(["zero-window.pcap", "--why"])
    #expect(option.status == 0 && option.text == command.text)
  }

  /// What limits may only follow from comes before them, and instead of a word that nothing was wrong.
  @Test func aFindingComesFirst() throws {
    let result = try program.run(["why", "refused.pcap"])
    #expect(result.status == 0)
    #expect(
      result.text.contains("error    10.61.2.20:4444 refused 3 connections"), "\(result.text)")
    #expect(!result.text.contains("Nothing was held back"))
  }

  /// Programs are named only where they took the time, round trips where nothing had to be repeated.
  @Test(arguments: [
    ("half-close.pcapng", "programs took the time"),
    ("ipv6.pcapng", "round trips of 40.7 ms took it"),
    ("syn-retries.pcap", "the network took the time"),
  ])
  func tellsWhatTookTheTime(_ sample: String, _ words: String) throws {
    let result = try program.run(["why", sample])
    #expect(result.text.contains("Nothing was held back: ") && result.text.contains(words))
  }
}
