import Foundation
import TestSupport
import Testing

/// Every command of every page runs as it stands, in a folder that has what a reader would bring.
@Suite struct ManualTests {
  @Test(arguments: Manual.pages)
  func everyBlockRuns(page: String) throws {
    for block in Manual.blocks("sh", of: try Manual.text(of: page)) {
      let result = try Reader().run(block)
      #expect(result.status == 0, "\(page):\n\(block)\n\(result.text)")
    }
  }

  /// Those in the middle of a sentence or a table, too.
  @Test(arguments: Manual.pages.filter { $0 != "CHANGELOG.md" })
  func everyCommandInASentenceRuns(page: String) throws {
    let text = Manual.withoutBlocks(try Manual.text(of: page))
    let reader = try Reader()
    for command in text.matches(of: /`(tcptimeline [^`\n]*)`/).map({ String($0.output.1) }) {
      // A subcommand's mere name, and what has places for the reader's own.
      let isName = command.split(separator: " ").count == 2 && !command.contains(".")
      if isName || command.contains(/\b[A-Z]{3,}\b|\[/) { continue }
      let result = try reader.run(command)
      #expect(result.status == 0, "\(page): \(command)\n\(result.text)")
    }
  }

  @Test func thereAreCommands() throws {
    let blocks = try Manual.pages.flatMap { Manual.blocks("sh", of: try Manual.text(of: $0)) }
    #expect(blocks.count > 120)
  }

  /// A command that is wrong is noticed: the reader's folder forgives nothing.
  @Test(arguments: [
    "tcptimeline Samples/textbok.pcap", "tcptimeline Samples/textbook.pcap --no-such-option",
    "tcptimeline explain no-such-lesson\ntcptimeline explain", "make no-such-target",
    "Benchmarks/no-such.sh", "no-such-program", "pip install ./integrations/no-such",
    "tcptimeline Samples/no-such.pcap | jq",
  ])
  func aBrokenCommandFails(command: String) throws {
    #expect(try Reader().run(command).status != 0)
  }

  /// What a page shows of a file is that file.
  @Test(arguments: [
    ("docs/lessons.md", "text", "docs/examples/late-data.txt"),
    ("docs/templates.md", "mustache", "docs/examples/short/report.md.mustache"),
    ("docs/library.md", "swift", "Examples/Connections/Package.swift"),
    ("docs/library.md", "swift", "Examples/Connections/Sources/connections/main.swift"),
  ])
  func whatIsShownOfAFileIsInIt(page: String, language: String, file: String) throws {
    let shown = Manual.blocks(language, of: try Manual.text(of: page))
    #expect(shown.contains { $0 + "\n" == (try? Manual.text(of: file)) })
  }
}

/// A folder with the samples, captures under the names that pages give them, and stand-ins for programs
/// that a test must not run or a machine may lack.
private struct Reader {
  private let scratch: Scratch

  /// What a reader has, and the sample it is.
  private static let captures = [
    "capture.pcap": "both-ends/nat-client.pcap", "own.pcap": "both-ends/nat-client.pcap",
    "growing.pcap": "textbook.pcap", "trace-0001.pcapng": "http.pcapng",
    "trace-0002.pcapng": "ipv6.pcapng", "client.pcap": "both-ends/nat-client.pcap",
    "server.pcap": "both-ends/nat-server.pcap", "a.pcap": "both-ends/nat-client.pcap",
    "b.pcap": "both-ends/nat-server.pcap", "yesterday.pcap": "http.pcapng",
    "today.pcap": "many.pcap", "var/captures/one.pcap": "refused.pcap",
    "mnt/captures/one.pcap": "http.pcapng", "mnt/captures/two.pcap": "many.pcap",
  ]

  private static let standIns = [
    // A report on what grows ends when the reader has enough of it.
    "tcptimeline": """
    case " $* " in
    *" --every "*) exec timeout --preserve-status --signal=INT 3 "$TT" "$@" ;;
    *) exec "$TT" "$@" ;;
    esac
    """,
    "make": #"exec /usr/bin/make --dry-run -C "$ROOT" "$@" > /dev/null"#,
    "sudo": #"exec "$@""#,
    // To the file that is asked for, or to standard output.
    "tcpdump": """
    all=$*; file=-
    while [ $# -gt 0 ]; do if [ "$1" = -w ]; then file=$2; fi; shift; done
    if [ "$file" = - ]; then exec cat "$SAMPLES/textbook.pcap"; fi
    cp "$SAMPLES/textbook.pcap" "$file"
    case " $all " in *" -U "*) exec sleep 30 ;; esac
    """,
    "tar": """
    folder=tcptimeline-1-linux-x86_64
    mkdir -p $folder/bin
    ln -s "$TT" $folder/bin/tcptimeline
    ln -s "$SAMPLES" $folder/Samples
    ln -s /bin/true $folder/install.sh
    test -x "$ROOT/Packaging/install.sh"
    """,
    "swift": "true", "apt-get": "true", "sha256sum": "true", "python3": "true",
    "podman": existing, "pip": existing, "spark-submit": existing,
  ]

  /// Files of the repository among the arguments are there.
  private static let existing = """
    for a; do case $a in *integrations/* | Packaging/*) test -e "$ROOT/$a" || exit 1 ;; esac; done
    """

  /// What a machine may lack.
  private static let spares = [
    "jq": "cat > /dev/null", "rsvg-convert": "true", "hostname": "echo web1",
  ]

  init() throws {
    scratch = try Scratch()
    let files = FileManager.default
    for folder in [
      "bin", "var/captures", "mnt/captures", "mnt/fleet", "docs", ".ci", "Benchmarks", "Templates",
    ] {
      try files.createDirectory(
        atPath: scratch.path(folder), withIntermediateDirectories: true)
    }
    for folder in ["gallery", "mistakes", "both-ends", "why", "findings"] {
      try files.createDirectory(
        atPath: scratch.path("docs/" + folder), withIntermediateDirectories: true)
    }
    for link in ["Samples", "docs/examples"] {
      try files.createSymbolicLink(
        at: scratch.folder.appendingPathComponent(link),
        withDestinationURL: Repository.root.appendingPathComponent(link))
    }
    for (name, sample) in Self.captures {
      try files.copyItem(atPath: Repository.sample(sample), toPath: scratch.path(name))
    }
    try files.copyItem(
      atPath: Repository.sample("nightly/snapshots"), toPath: scratch.path("snapshots"))
    // What is copied in it must not come into the repository.
    try files.copyItem(
      at: Repository.root.appendingPathComponent("Templates/texts.en.txt"),
      to: scratch.folder.appendingPathComponent("Templates/texts.en.txt"))
    for host in ["web1", "web2"] {
      try files.copyItem(
        atPath: Repository.sample("nightly/snapshots"), toPath: scratch.path("mnt/fleet/" + host))
    }
    var programs = Self.standIns
    for (name, script) in Self.spares
    where !files.isExecutableFile(atPath: "/usr/bin/" + name) { programs[name] = script }
    for (name, script) in programs { try executable("bin/" + name, script) }
    // Scripts of the repository that take long.
    for name in [".ci/run", "Benchmarks/peers.sh"]
    where files.isExecutableFile(atPath: Repository.root.appendingPathComponent(name).path) {
      try executable(name, "true")
    }
  }

  private func executable(_ name: String, _ script: String) throws {
    try scratch.write(Array("#!/bin/bash\n\(script)\n".utf8), name)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: scratch.path(name))
  }

  /// The machine's folders are those of the scratch one.
  func run(_ commands: String) throws -> (status: Int32, text: String) {
    let own = commands.replacing("/mnt/", with: "mnt/")
      .replacing("/var/captures", with: "var/captures")
    return try Shell(scratch: scratch).run(
      "set -e -o pipefail\nexport PATH=\"$PWD/bin:$PATH\" HOME=\"$PWD\"\n"
        + "export ROOT=\"\(Repository.root.path)\"\n" + own + "\n")
  }
}
