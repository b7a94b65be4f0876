import Foundation
import TestSupport
import Testing

/// `pieces`, `fragment` and `merge`: what comes out is what one machine writes, byte for byte.
@Suite struct PieceCommandTests {
  private let seed = SeededGenerator.seed

  private func merged(
    _ captures: [String], size: Int, _ options: [String], _ random: inout SeededGenerator
  ) throws -> (pieces: Int, Program.Result) {
    let scratch = try Scratch()
    let list = scratch.path("pieces")
    let listed = try Program().run(["pieces", "--size", "\(size)", "-o", list] + captures)
    #expect(listed.status == 0, "\(listed.errors)")
    let lines = String(decoding: try scratch.read("pieces"), as: UTF8.self)
      .split(separator: "\n").count
    // By two machines, in any order.
    let order = (1...lines).shuffled(using: &random)
    let cut = random.number(0...lines)
    for part in [order[..<cut], order[cut...]] where !part.isEmpty {
      let chosen = part.flatMap { ["--only", "\($0)"] }
      let done = try Program().run(
        ["fragment", list, "-o", scratch.path("journals")] + chosen)
      #expect(done.status == 0, "\(done.errors)")
    }
    return (lines, try Program().run(["merge", scratch.path("journals"), "-o", "-"] + options))
  }

  @Test(arguments: [1, 2, 7, 64])
  func theReportIsThatOfOneMachine(pieces: Int) throws {
    var random = SeededGenerator(seed: seed &+ UInt64(pieces))
    let captures = ["many.pcap", "http.pcapng", "retransmissions.pcap"].map(Repository.sample)
    let bytes = try captures.map {
      try FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int ?? 0
    }
    for options in [["--format", "json", "--segments"], ["--format", "csv"]] {
      let expected = try Program().run(captures + ["-o", "-"] + options)
      let size = max(1, bytes.reduce(0, +) / pieces)
      let (count, found) = try merged(
        captures, size: random.number(max(1, size / 2)...size + 1), options, &random)
      #expect(count >= pieces)
      #expect(found.status == expected.status, "seed \(seed): \(found.errors)")
      #expect(found.errors == expected.errors, "seed \(seed)")
      #expect(found.output == expected.output, "seed \(seed), \(count) pieces, \(options)")
    }
  }

  @Test func everyFormatIsWrittenOfJournals() throws {
    var random = SeededGenerator(seed: seed)
    let capture = [Repository.sample("half-close.pcapng")]
    for format in ["svg", "md", "ndjson", "text", "mermaid", "zeek"] {
      let options = ["--format", format]
      let expected = try Program().run(capture + ["-o", "-"] + options)
      let (_, found) = try merged(capture, size: 500, options, &random)
      #expect(found.output == expected.output && !found.output.isEmpty, "seed \(seed), \(format)")
    }
  }

  @Test func aCompressedCaptureIsOnePiece() throws {
    let scratch = try Scratch()
    let shell = try Shell(scratch: scratch).run(
      Shell.prelude + """
        gzip -nc "$SAMPLES/many.pcap" > many.pcap.gz
        "$TT" pieces many.pcap.gz --size 1K -o pieces
        [ "$(wc -l < pieces)" = 1 ]
        "$TT" fragment - -o journals < pieces
        "$TT" merge journals -o merged.json
        "$TT" many.pcap.gz -o whole.json
        cmp merged.json whole.json
        """)
    #expect(shell.status == 0, "\(shell.text)")
  }

  @Test func whatIsMissingDoubledOrChangedIsRefused() throws {
    let scratch = try Scratch()
    let shell = try Shell(scratch: scratch).run(
      Shell.prelude + """
        cp "$SAMPLES/many.pcap" many.pcap
        "$TT" pieces many.pcap --size 100K -o pieces
        "$TT" fragment pieces -o journals
        cp journals/000001-000003.journal kept
        refuses "$TT" merge journals kept -o x.json
        rm journals/000001-000003.journal
        refuses "$TT" merge journals -o x.json
        refuses "$TT" merge journals/000001-000001.journal many.pcap -o x.json
        printf x >> many.pcap
        refuses "$TT" fragment pieces --only 3 -o journals
        echo '{}' > none
        refuses "$TT" fragment none -o journals
        refuses "$TT" fragment pieces --only 300 -o journals
        refuses "$TT" merge journals --filter tcp
        refuses "$TT" merge journals --anonymize
        refuses "$TT" pieces - < many.pcap
        [ ! -e x.json ] && [ "$(ls journals | wc -l)" = "$(($(wc -l < pieces) - 1))" ]
        """)
    #expect(shell.status == 0, "\(shell.text)")
    let lines = shell.text.split(separator: "\n").map(String.init)
    #expect(lines.count == 9, "\(shell.text)")
    let parts = [
      "are of the same piece; name one", "piece 3 of", "many.pcap: this is no journal of a piece",
      "and had", "line 1 is no piece of a capture", "none of which is asked for", "--filter",
      "TCPTIMELINE_KEY", "copy it to a file first",
    ]
    for (line, part) in zip(lines, parts) { #expect(line.contains(part), "\(line)") }
  }
}
