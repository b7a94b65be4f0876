import TestSupport
import Testing

@testable import tcptimeline

/// Reports on captures that grow.
@Suite struct FollowTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  /// In a background job of a script signals are ignored, but for what `env` takes back.
  @Test func aGrowingFileIsReportedAgainAndAgain() throws {
    let result = try Shell(scratch: scratch).run(
      Shell.prelude + """
        head -c 200000 $SAMPLES/many.pcap >a.pcap
        env --default-signal=INT $TT a.pcap --every 200ms -o r.json & reader=$!
        until test -s r.json; do sleep 0.1; done
        cp r.json first.json
        tail -c +200001 $SAMPLES/many.pcap >>a.pcap
        until ! cmp -s r.json first.json; do sleep 0.1; done
        kill -INT $reader; wait $reader
        $TT a.pcap -o whole.json
        cmp r.json whole.json
        refuses cmp -s first.json whole.json
        grep -q '"connections":2000' r.json
        """)
    #expect(result.status == 0, "\(result.text)")
  }

  @Test(arguments: ["", "--every 100ms"])
  func thePipesEndIsTheEnd(_ option: String) throws {
    let result = try Shell(scratch: scratch).run(
      Shell.prelude + """
        (head -c 100000 $SAMPLES/many.pcap; sleep 1; tail -c +100001 $SAMPLES/many.pcap) |
          $TT - --follow \(option) -o r.csv
        $TT - -o whole.csv <$SAMPLES/many.pcap
        cmp r.csv whole.csv
        """)
    #expect(result.status == 0, "\(result.text)")
  }

  @Test func whatIsWrittenAnewNeedsAFile() throws {
    let result = try Program().run("Samples/http.pcapng", "--every", "1s")
    #expect(result.status == 64)
    #expect(result.errors.contains("name a file with -o"))
  }

  @Test(
    arguments: [
      ("10s", 10_000_000_000), ("500ms", 500_000_000), ("2min", 120_000_000_000),
      ("3", nil),
      ("1d", 86_400_000_000_000), ("0s", nil), ("-1s", nil), ("s", nil),
      ("99999999999999999h", nil),
    ] as [(String, Int64?)])
  func anIntervalHasAUnit(_ text: String, _ nanoseconds: Int64?) {
    #expect(DurationArgument(argument: text)?.nanoseconds == nanoseconds)
  }
}
