import Support
import TCPModel
import Testing

@Suite struct TimestampParsingTests {
  @Test(arguments: [
    ("2023-11-14T22:13:20.004184Z", "2023-11-14T22:13:20.004184000Z"),
    ("2023-11-14 22:13:20", "2023-11-14T22:13:20.000000000Z"),
    ("2023-11-14T22:13:20+09:00", "2023-11-14T13:13:20.000000000Z"),
    ("2023-11-14T22:13:20-0530", "2023-11-15T03:43:20.000000000Z"),
    ("20231114T221320Z", "2023-11-14T22:13:20.000000000Z"),
    ("2023-11-14_22-13", "2023-11-14T22:13:00.000000000Z"),
    ("2024-02-29", "2024-02-29T00:00:00.000000000Z"),
    ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000000000Z"),
    ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000000Z"),
    ("2023-11-14T22:13:20.0000000019Z", "2023-11-14T22:13:20.000000001Z"),
  ])
  func readsISO8601(text: String, rfc3339: String) {
    #expect(Timestamp(iso8601: text)?.rfc3339 == rfc3339)
  }

  @Test(arguments: [
    "", "2023", "2023-11", "2023-02-29", "2023-13-01", "2023-11-14T25:00:00", "2023-11-14T22:60",
    "2023-11-14T22:13:20Q", "23-11-14", "2023-11-14T22", "9999-01-01", "2023-11-14T22:13:20+99:00",
  ])
  func refusesWhatIsNoTime(text: String) {
    #expect(Timestamp(iso8601: text) == nil)
  }

  @Test func everyDayOfFourHundredYearsComesBack() {
    for day in stride(from: Int64(-100_000), through: 100_000, by: 37) {
      let time = Timestamp(nanoseconds: day * 86_400_000_000_000 + 1)
      #expect(Timestamp(iso8601: time.rfc3339) == time)
    }
  }
}
