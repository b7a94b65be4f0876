import Foundation
import TestSupport
import Testing

@testable import tcptimeline

/// Inputs that can be read once, and inputs that change while they are read twice.
@Suite struct PipeTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  /// Files and pipes have other names, which reports show.
  @Test(arguments: ["csv", "json", "svg", "md", "html", "zeek", "mermaid"])
  func aPipeByNameGivesWhatTheFileGives(_ format: String) throws {
    let result = try Shell(scratch: scratch).run(
      Shell.prelude + """
        cp $SAMPLES/http.pcapng a.pcapng; mkdir want got fifo
        $TT a.pcapng --format \(format) -o want/r
        timeout 20 $TT <(cat a.pcapng) --format \(format) -o got/r
        mkfifo f; cat a.pcapng >f & timeout 20 $TT f --format \(format) -o fifo/r
        test -s want/r
        case \(format) in csv|zeek|mermaid) cmp want/r got/r; cmp want/r fifo/r;; esac
        test $(wc -l <want/r) = $(wc -l <got/r); test $(wc -l <want/r) = $(wc -l <fifo/r)
        """)
    #expect(result.status == 0, "\(result.text)")
  }

  @Test func theKeyOfAnonymizingComesFromTheWholeCapture() throws {
    let result = try Shell(scratch: scratch).run(
      Shell.prelude + """
        cp $SAMPLES/refused.pcap a.pcap; head -c 24 a.pcap >empty.pcap
        head -c -1 a.pcap >b.pcap; printf 'x' >>b.pcap
        run() { $TT "$@" --anonymize --format csv -o -; }
        run a.pcap >a; run <(cat a.pcap) >pipe; cmp a pipe
        run empty.pcap a.pcap >first; run empty.pcap b.pcap >other; refuses cmp -s first other
        run - <a.pcap >standard; cmp a standard; cat a.pcap | run - >piped; cmp a piped
        """)
    #expect(result.status == 0, "\(result.text)")
  }

  @Test func anInputThatCannotBeReadMakesNoKey() throws {
    let result = try Program().run("/no/such.pcap", "--anonymize", "--format", "csv")
    #expect(result.status == 66)
    #expect(result.output.isEmpty)
  }

  @Test func wordsThatAreNotKnownAreNotQuotedUnderOtherNames() throws {
    let snapshot = try scratch.write(
      Array("ESTAB 0 0 192.0.2.1:443 198.51.100.7:50000 odd:(192.0.2.99)\n".utf8),
      "2026-09-01T03:00Z.txt")
    let plain = try Program().run(snapshot, "--format", "json")
    #expect(plain.text.contains("192.0.2.99"))
    let result = try Program().run(snapshot, "--format", "json", "--anonymize")
    #expect(!result.text.contains("192.0.2.99") && !result.errors.contains("192.0.2.99"))
  }

  /// A person has seen enough.
  @Test(arguments: ["text", "svg"])
  func anInterruptedPipeIsReported(_ format: String) throws {
    let result = try Shell(scratch: scratch).run(
      Shell.prelude + """
        mkfifo f
        env --default-signal=INT $TT - --format \(format) -o r <f & reader=$!
        (head -c 200000 $SAMPLES/many.pcap; sleep 0.5; kill -INT $reader; exec sleep 30) >f &
        wait $reader; kill %2
        head -c 200000 $SAMPLES/many.pcap | $TT - --format \(format) -o whole
        cmp r whole
        """)
    #expect(result.status == 0, "\(result.text)")
  }

  /// tcpdump and its reader get the same Ctrl-C, and what tcpdump still holds comes after it.
  @Test(arguments: ["text", "svg"])
  func whatComesOnlyAfterTheInterruptIsReported(_ format: String) throws {
    let result = try Shell(scratch: scratch).run(
      Shell.prelude + """
        mkfifo f
        env --default-signal=INT $TT - --format \(format) -o r <f & reader=$!
        (sleep 0.5; kill -INT $reader; sleep 0.2; cat $SAMPLES/refused.pcap) >f &
        wait $reader
        $TT - --format \(format) -o whole <$SAMPLES/refused.pcap
        sed 's/^\\S* //' r >a; sed 's/^\\S* //' whole >b; cmp a b
        """)
    #expect(result.status == 0, "\(result.text)")
  }

  @Test func aPipeThatBringsNothingIsSaid() throws {
    let result = try Shell(scratch: scratch).run(
      Shell.prelude + """
        mkfifo f
        env --default-signal=INT $TT - -o r.svg <f & reader=$!
        (sleep 0.5; kill -INT $reader; sleep 3) >f &
        wait $reader || echo status $?
        test ! -e r.svg
        """)
    #expect(result.text.contains("-: standard input ended before anything came"), "\(result.text)")
    #expect(result.text.contains("status 65"), "\(result.text)")
  }

  // MARK: Changes

  private func file(_ bytes: [UInt8]) throws -> InputCapture {
    InputCapture(name: "a", path: try scratch.write(bytes, "a"), size: Int64(bytes.count))
  }

  private func rewrite(_ bytes: [UInt8]) throws {
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.path("a")))
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  }

  @Test func whatGrowsIsNoChange() throws {
    var file = UnchangedFile(try file(Array(1...100)))
    try file.opened()
    try rewrite(Array(1...200))
    try file.opened()
    try file.read()
  }

  @Test(arguments: [Array(2...101), Array(1...50), Array(2...201), []] as [[UInt8]])
  func whatIsWrittenAnewIsAChange(_ bytes: [UInt8]) throws {
    var file = UnchangedFile(try file(Array(1...100)))
    try file.opened()
    try rewrite(bytes)
    #expect(throws: Failure.self) { try file.read() }
    #expect(throws: Failure.self) { try file.opened() }
  }

  @Test func anotherFileUnderTheNameIsAChangeOnlyWhereItIsReadAgain() throws {
    var file = UnchangedFile(try file(Array(1...100)))
    try file.opened()
    // Renamed into place: a file made after the removal might get the number of the one before.
    try scratch.write(Array(1...100), "b")
    #expect(rename(scratch.path("b"), scratch.path("a")) == 0)
    try file.read()
    #expect(throws: Failure.self) { try file.opened() }
  }
}
