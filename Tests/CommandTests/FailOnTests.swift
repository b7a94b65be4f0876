import Testing

@Suite struct FailOnTests {
  private let sample = "Samples/refused.pcap"

  @Test func aNamedFindingIsStatusOne() throws {
    let result = try Program().run(sample, "--fail-on", "reset", "--fail-on", "refused")
    #expect(result.status == 1)
    #expect(result.text.contains("refused"))
  }

  @Test func anotherFindingIsStatusZero() throws {
    #expect(try Program().run(sample, "--fail-on", "reset").status == 0)
  }

  @Test func aFormatWithoutFindingsJudgesThemToo() throws {
    let result = try Program().run(sample, "--format", "csv", "-o", "-", "--fail-on", "refused")
    #expect(result.status == 1)
  }
}
