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
        "missing value for '-o <file>' (-o <file> Write to this file, - for standard output)"
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
          + " (--format <name> The kind of output; else the file's ending decides)"
      ),
      (
        ["a.pcap", "--connection", "x"],
        "the value 'x' is invalid for '--connection <id>'"
          + " (--connection <id> Only this connection; a number or a range (3-7))"
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
        "a lesson is not written as zeek; choose svg, png, pdf, md, html, mermaid or text"
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
