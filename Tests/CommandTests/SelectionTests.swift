import Support
import TCPModel
import Testing

@testable import tcptimeline

@Suite struct SelectionTests {
  /// Five connections, one a second, each longer than the one before.
  private let summaries = (1...5).map { id in
    let start = Timestamp(nanoseconds: Int64(id) * 1_000_000_000)
    return ConnectionSummary(
      id: id, client: Endpoint(address: IPAddress(ipv4: 0x0A00_0000 + UInt32(id)), port: 40_000),
      server: Endpoint(address: IPAddress(ipv6: 0x2001_0DB8_0000_0000, 1), port: 80 + UInt16(id)),
      roleBasis: .syn, start: start, end: start.advanced(by: Int64(id) * 100_000_000),
      firstFrame: Int64(id), lastFrame: Int64(id))
  }

  private func ids(_ selection: Selection) -> [Int] {
    selection.indices(of: Array(summaries.indices)) { summaries[$0] }.map { $0 + 1 }
  }

  @Test func withoutConditionsEverythingIsChosen() {
    #expect(Selection().isEverything)
    #expect(ids(Selection()) == [1, 2, 3, 4, 5])
  }

  @Test func byNumberAndRange() throws {
    var selection = Selection()
    selection.connections = [try #require(IDRange("5")), try #require(IDRange("2-3"))]
    #expect(ids(selection) == [2, 3, 5])
    selection.connections = [try #require(IDRange("4-"))]
    #expect(ids(selection) == [4, 5])
  }

  @Test(arguments: ["", "0", "-1", "3-2", "1-2-3", "a", "1.5", "99999999999999999999"])
  func refusesWhatIsNoRange(_ text: String) {
    #expect(IDRange(text) == nil)
  }

  @Test(
    arguments: [
      ("10.0.0.2", [2]), ("10.0.0.2/31", [2, 3]), ("10.0.0.0/8", [1, 2, 3, 4, 5]),
      ("0.0.0.0/0", [1, 2, 3, 4, 5]), ("11.0.0.0/8", []), ("2001:db8::/32", [1, 2, 3, 4, 5]),
      ("[2001:db8::1]", [1, 2, 3, 4, 5]), ("::/0", [1, 2, 3, 4, 5]), ("2001:db8::/128", []),
      ("2001:db8::/127", [1, 2, 3, 4, 5]),
    ] as [(String, [Int])])
  func byAddressOrNetwork(_ text: String, _ expected: [Int]) throws {
    var selection = Selection()
    selection.hosts = [try #require(HostPattern(text))]
    #expect(ids(selection) == expected)
  }

  @Test(arguments: ["10.0.0.1/33", "::1/129", "10.0.0/8", "x", "10.0.0.1/", "10.0.0.1/-1"])
  func refusesWhatIsNoNetwork(_ text: String) {
    #expect(AddressPrefix(text) == nil)
  }

  @Test func kindsOfConditionsAllHaveToHold() throws {
    var selection = Selection()
    selection.ports = [82, 83]
    selection.hosts = [try #require(HostPattern("10.0.0.3"))]
    #expect(ids(selection) == [3])
    selection.outcomes = [.reset]
    #expect(ids(selection) == [])
  }

  /// Alive in the span, not inside it: connection 2 goes from 2 s to 2.2 s.
  @Test func byTime() {
    var selection = Selection()
    selection.between =
      Timestamp(nanoseconds: 2_100_000_000)...Timestamp(nanoseconds: 3_000_000_000)
    #expect(ids(selection) == [2, 3])
  }

  @Test func theSlowestKeepTheirOrder() {
    var selection = Selection()
    selection.slowest = 2
    #expect(ids(selection) == [4, 5])
    selection.limit = 1
    #expect(ids(selection) == [4])
  }

  @Test func timeOfNothingToDoIsNotCounted() {
    var idle = summaries
    idle[4].timings.idle = 450_000_000
    var selection = Selection()
    selection.slowest = 2
    #expect(selection.indices(of: Array(0..<5)) { idle[$0] } == [2, 3])
  }

  @Test(arguments: [
    (["--connection", "99"], "none of 3 fits --connection 99"),
    (
      ["--host", "203.0.113.9", "--port", "443"],
      "none of 3 fits --host 203.0.113.9, --port 443; its servers are "
    ),
    (["--between", "+100", "+200"], "none of 3 fits --between"),
    (["--between", "+2", "+1"], "--between ends before it begins"),
  ])
  func aChoiceOfNothingIsSaidAndNoReportIsWritten(_ choice: [String], _ words: String) throws {
    for format in ["svg", "json", "csv", "text", "md"] {
      let result = try Program().run(["Samples/http.pcapng", "--format", format] + choice)
      #expect(result.status == 1)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains(words) && result.errors.count(where: { $0 == "\n" }) == 1)
    }
  }

  @Test func theLimitCountsWhatIsChosen() {
    var selection = Selection()
    selection.ports = [83, 84, 85]
    selection.limit = 2
    #expect(ids(selection) == [3, 4])
    selection.limit = 0
    #expect(ids(selection) == [])
  }
}

@Suite struct InstantArgumentTests {
  private let start = Timestamp(nanoseconds: 1_000_000_000_000_000_000)

  @Test(
    arguments: [
      ("+1.5", 1_000_000_001_500_000_000), ("+0", 1_000_000_000_000_000_000),
      ("1700000000", 1_700_000_000_000_000_000),
      ("1700000000.000000001", 1_700_000_000_000_000_001),
      ("2023-11-14T22:13:20Z", 1_700_000_000_000_000_000),
      ("2023-11-14T22:13:20.5Z", 1_700_000_000_500_000_000),
      ("2023-11-15T07:13:20+09:00", 1_700_000_000_000_000_000),
      ("2023-11-14 22:13:20", 1_700_000_000_000_000_000),
    ] as [(String, Int64)])
  func readsATime(_ text: String, _ nanoseconds: Int64) throws {
    let instant = try #require(InstantArgument(text))
    #expect(
      InstantArgument.range(instant, instant, from: start, clock: .utc)?.lowerBound.nanoseconds
        == nanoseconds)
  }

  @Test(arguments: [
    "", "+", "+x", "1.", ".5", "24:00", "10:60", "1:2", "10:00:60", "2023-13-01T00:00:00Z",
    "yesterday",
  ])
  func refusesWhatIsNoTime(_ text: String) {
    #expect(InstantArgument(text) == nil)
  }

  /// The capture begins 2001-09-09 01:46:40.
  @Test(
    arguments: [
      ("01:40", "01:50", "2001-09-09 01:40:00", "2001-09-09 01:50:00"),
      ("01:46:40.5", "01:47", "2001-09-09 01:46:40", "2001-09-09 01:47:00"),
      // Over midnight, and wholly on the day after.
      ("23:59", "00:01", "2001-09-09 23:59:00", "2001-09-10 00:01:00"),
      ("00:05", "00:10", "2001-09-10 00:05:00", "2001-09-10 00:10:00"),
    ])
  func aTimeOfDayIsThatOfTheCapture(
    _ first: String, _ last: String, _ from: String, _ to: String
  ) throws {
    let lower = try #require(InstantArgument(first))
    let upper = try #require(InstantArgument(last))
    let range = try #require(InstantArgument.range(lower, upper, from: start, clock: .utc))
    #expect(range.lowerBound.dateAndTime() == from)
    #expect(range.upperBound.dateAndTime() == to)
  }

  @Test func anEndBeforeTheBeginningIsNoRange() throws {
    let late = try #require(InstantArgument("+2"))
    let early = try #require(InstantArgument("+1"))
    #expect(InstantArgument.range(late, early, from: start, clock: .utc) == nil)
  }
}
