import Foundation
import Testing

/// A wrong command line: status 64 and one line that names the fix.
@Suite struct UsageTests {
  @Test(
    arguments: [
      (
        [],
        "no input: name a capture, a folder of captures, or - for standard input"
          + " (see tcptimeline --help)"
      ),
      (
        ["--formt", "json"],
        "unknown option '--formt'. Did you mean '--format'? (see tcptimeline --help)"
      ),
      (
        ["-o"],
        "missing value for '-o <file>' (-o <file> Write to this file, - for standard output;"
          + " see tcptimeline --help)"
      ),
      (
        ["a.pcap", "-o", "a.xyz"],
        "a.xyz: which kind of output? Name one with --format:"
          + " svg, png, pdf, md, html, json, ndjson, csv, zeek, mermaid, plantuml, perfetto, junit,"
          + " sarif, text, brief"
      ),
      (
        ["a.pcap", "--format", "xml"],
        "the value 'xml' is invalid for '--format <name>'. Please provide one of the following:"
          + " svg, png, pdf, md, html, json, ndjson, csv, zeek, mermaid, plantuml, perfetto, junit,"
          + " sarif, text, brief"
          + " (--format <name> The kind of output; else the file's ending decides;"
          + " see tcptimeline --help)"
      ),
      (
        ["a.pcap", "--format", "jsn"],
        "the value 'jsn' is invalid for '--format <name>'. Did you mean 'json'?"
          + " (--format <name> The kind of output; else the file's ending decides;"
          + " see tcptimeline --help)"
      ),
      (
        ["a.pcap", "--fail-on", "refusd"],
        "the value 'refusd' is invalid for '--fail-on <kind>'. Did you mean 'refused'?"
          + " (--fail-on <kind> Exit with 1 when this finding, or one as serious (error, warning), is"
          + " present; repeatable; see tcptimeline --help)"
      ),
      (
        ["explain", "--theme", "drak"],
        "the value 'drak' is invalid for '--theme <name>'. Did you mean 'dark'?"
          + " (--theme <name> Colours; auto follows the reader's light or dark scheme, css an element"
          + " of the class dark; see tcptimeline explain --help)"
      ),
      (
        ["nightly", "--formt", "json"],
        "unknown option '--formt'. Did you mean '--format'? (see tcptimeline nightly --help)"
      ),
      (
        ["diff", "a.pcap"],
        "missing expected argument '<after>' (<after> The later capture, or a folder of them;"
          + " see tcptimeline diff --help)"
      ),
      (
        ["nightly", "Samples/nightly", "--format", "xml"],
        "the value 'xml' is invalid for '--format <name>'. Please provide one of the following:"
          + " svg, png, pdf, md, html, json, junit, sarif, text"
          + " (--format <name> The kind of output; else the file's ending decides;"
          + " see tcptimeline nightly --help)"
      ),
      (
        ["nightly", "Samples/nightly", "--fail-on", "everything"],
        "the value 'everything' is invalid for '--fail-on <kind>'. Please provide one of the following:"
          + " close_wait_growth, time_wait_near_port_range, syn_received_backlog, accept_queue_full,"
          + " send_queue_stuck, receive_queue_stuck, fin_wait_2_stuck, last_ack_stuck,"
          + " retransmissions_rising, peer_dominates, listener_appeared, listener_vanished, error,"
          + " warning (--fail-on <kind> Exit with 1 when this finding, or one as serious (error,"
          + " warning), is present; repeatable; see tcptimeline nightly --help)"
      ),
      (
        ["why", "Samples/refused.pcap", "-o", "why.svg"],
        "what limited transfers is not written as svg; choose text"
      ),
      (
        ["Samples/refused.pcap", "--why", "--format", "json"],
        "what limited transfers is not written as json; choose text"
      ),
      (
        ["explain", "handshak"],
        "no lesson and no file is called handshak; did you mean handshake? The lessons are"
          + " open-close, handshake, close, half-close, simultaneous, reset, refused, unanswered,"
          + " timeout, fast-retransmit, zero-window, nagle, slow-start, time-wait, keep-alive,"
          + " syn-flood, path-mtu, both-ends"
      ),
      (
        ["a.pcap", "--connection", "x"],
        "the value 'x' is invalid for '--connection <id>'"
          + " (--connection <id> Only this connection; a number or a range (3-7);"
          + " see tcptimeline --help)"
      ),
      (
        ["a.pcap", "--between", "+1"],
        "--between takes two times: --between +0.5 +2 (see tcptimeline --help)"
      ),
      (
        ["a.pcap", "--width", "500"],
        "--width takes a number of pixels from 640 to 2400 (see tcptimeline --help)"
      ),
      (
        ["nightly", "Samples/snapshots", "--format", "csv"],
        "a night is not written as csv; choose svg, png, pdf, md, html, json, junit, sarif or text"
      ),
      (
        ["explain", "-o", "a.zeek"],
        "a lesson is not written as zeek; choose svg, png, pdf, md, html, mermaid, plantuml or text"
      ),
      (
        ["a.pcap", "--segments", "-o", "a.csv"],
        "segments are not listed as csv; choose json or ndjson"
      ),
      (
        ["a.pcap", "--templates", "Templates", "-o", "a.svg"],
        "no template makes svg; choose md or html"
      ),
      (
        ["a.pcap", "--chart", "rtt", "-o", "a.md"],
        "--chart rtt makes an SVG picture, not md; use -o FILE.svg (.md and .html reports hold all"
          + " charts)"
      ),
      (["-", "-"], "-: standard input can be read once; name it once"),
      (
        ["Samples/reset.pcap", "Samples/../Samples/reset.pcap"],
        "Samples/../Samples/reset.pcap: is named twice; name each input once"
      ),
    ] as [([String], String)])
  func oneLineNamesTheFix(_ arguments: [String], _ message: String) throws {
    let result = try Program(input: []).run(arguments)
    #expect(result.status == 64)
    #expect(result.errors == "tcptimeline: \(message)\n")
    #expect(result.output.isEmpty)
  }

  @Test func aMistypedCommandIsNoInput() throws {
    let result = try Program().run("nightyl", "Samples/nightly")
    #expect(result.status == 66)
    #expect(result.errors.hasSuffix("; did you mean the command nightly?\n"))
    let other = try Program().run("night.pcap")
    #expect(other.status == 66 && !other.errors.contains("did you mean"))
  }

  /// What never can be found is no condition.
  @Test(arguments: [
    (
      ["Samples/refused.pcap", "--fail-on", "close_wait_growth"],
      "only snapshots over time show that"
    ),
    (
      ["Samples/nightly", "--fail-on", "refused"],
      "only captures show that; snapshots show close_wait"
    ),
    (["nightly", "Samples/nightly", "--fail-on", "refused"], "only captures show that; snapshots"),
    (["why", "Samples/refused.pcap", "--fail-on", "peer_dominates"], "only snapshots over time"),
  ])
  func aFindingThatTheInputsNeverShow(_ arguments: [String], _ words: String) throws {
    let result = try Program().run(arguments)
    #expect(result.status == 64 && result.output.isEmpty)
    #expect(result.errors.contains(words))
  }

  /// One place says what `-o` is, and the others that several commands take.
  @Test func whatCommandsShareIsSaidInTheSameWords() throws {
    let report = try Program().run("--help").text
    func entry(_ option: String, _ help: String) throws -> String {
      let start = try #require(help.range(of: "\n  \(option)"), "\(option)")
      let rest = help[help.index(after: start.lowerBound)...]
      let lines = rest.split(separator: "\n", omittingEmptySubsequences: false)
      let more = lines.dropFirst().prefix { $0.hasPrefix("      ") }
      // Values are those of the command.
      return ([lines[0]] + more).joined(separator: "\n")
        .replacing(/\s+/, with: " ").split(separator: " (values:")[0].description
    }
    for (command, options) in [
      ("merge", ["-o, ", "--format", "--fail-on", "--templates", "--time", "--host", "--crop"]),
      ("why", ["-o, ", "--format", "--fail-on", "--time", "--host", "--anonymize", "--threads"]),
      ("nightly", ["-o, ", "--format", "--fail-on", "--templates", "--time", "--theme"]),
      ("diff", ["-o, ", "--format", "--threads", "--host", "--by"]),
      ("explain", ["-o, ", "--format", "--theme", "--width", "--transparent", "--lang"]),
      ("pieces", ["-o, "]),
    ] {
      let help = try Program().run(command, "--help").text
      for option in options {
        #expect(try entry(option, help) == entry(option, report), "\(command) \(option)")
      }
    }
  }

  @Test func versionIsOneLine() throws {
    let result = try Program().run("--version")
    #expect(result.status == 0)
    #expect(result.text.hasPrefix("tcptimeline "))
    #expect(result.text.filter(\.isNewline).count == 1)
  }

  @Test func helpShowsOptionsExamplesAndExitStatus() throws {
    let result = try Program().run("--help")
    #expect(result.status == 0)
    for part in ["USAGE: tcptimeline INPUT", "--connection", "EXAMPLES", "EXIT STATUS", "66"] {
      #expect(result.text.contains(part))
    }
  }

  @Test(arguments: ["nightly", "explain", "mcp"])
  func everyCommandHasHelpOfItsOwn(_ command: String) throws {
    let result = try Program().run(command, "--help")
    #expect(result.status == 0)
    #expect(result.text.contains("USAGE: tcptimeline \(command)"))
    #expect(try Program().run("--help").text.contains("tcptimeline \(command)"))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScript(_ shell: String) throws {
    let result = try Program().run("--generate-completion-script", shell)
    #expect(result.status == 0)
    #expect(result.text.contains("tcptimeline"))
  }

  /// Swift reads the command line from there; without it nothing could be told from nothing given.
  @Test(.enabled(if: UsageTests.mayHideProc, "no namespaces may be made here"))
  func withoutProc() throws {
    var hidden = Program()
    hidden.program = URL(fileURLWithPath: "/usr/bin/unshare")
    let result = try hidden.run(
      "-rm", "sh", "-c", "mount -t tmpfs none /proc && exec \"$0\" --version", Program.path.path)
    #expect(result.status == 66)
    #expect(
      result.errors == "tcptimeline: the command line cannot be read: there is no /proc"
        + " (mount -t proc proc /proc)\n")
  }

  private static let mayHideProc: Bool = {
    var namespace = Program()
    namespace.program = URL(fileURLWithPath: "/usr/bin/unshare")
    return (try? namespace.run("-rm", "mount", "-t", "tmpfs", "none", "/proc"))?.status == 0
  }()
}
