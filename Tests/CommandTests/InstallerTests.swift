import Foundation
import TestSupport
import Testing

/// The installer in the archive of `make dist`.
@Suite struct InstallerTests {
  private let scratch: Scratch
  private let prefix: String

  /// An archive as `Packaging/dist.sh` lays it out.
  init() throws {
    scratch = try Scratch()
    prefix = scratch.path("prefix")
    let files = FileManager.default
    for folder in [
      "bin", "share/man/man1", "lib/systemd/system", "docs", "Samples/ci", "Samples/nightly",
    ] {
      try files.createDirectory(
        at: scratch.folder.appendingPathComponent("archive/" + folder),
        withIntermediateDirectories: true)
    }
    for name in [
      "share/man/man1/tcptimeline.1", "lib/systemd/system/tcptimeline.timer", "docs/a.md",
      "Samples/ci/a.yml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE",
    ] { try scratch.write(Array("\(name)\n".utf8), "archive/" + name) }
    try scratch.write(
      Array("ExecStart=/usr/local/bin/tcptimeline snapshot\n".utf8),
      "archive/lib/systemd/system/tcptimeline.service")
    try scratch.write(
      Array("* * * * * root /usr/local/bin/tcptimeline snapshot\n".utf8),
      "archive/Samples/nightly/a.cron")
    try scratch.write(Array("#!/bin/sh\necho tcptimeline 1.2.3\n".utf8), "archive/bin/tcptimeline")
    try files.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: scratch.path("archive/bin/tcptimeline"))
    try files.copyItem(
      at: Repository.root.appendingPathComponent("Packaging/install.sh"),
      to: scratch.folder.appendingPathComponent("archive/install.sh"))
    _ = try shell(
      "cd archive && find . -type f -printf '%P\\0' | xargs -0 sha256sum > ../s && mv ../s SHA256SUMS"
    )
  }

  private func shell(_ script: String) throws -> Program.Result {
    var shell = Program(folder: scratch.folder)
    shell.program = URL(fileURLWithPath: "/bin/sh")
    return try shell.run("-c", script)
  }

  private func installed() throws -> [String] {
    (try FileManager.default.subpathsOfDirectory(atPath: prefix)).filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(
        atPath: prefix + "/" + path, isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }

  @Test func whatIsInstalledIsRemovedAgain() throws {
    let result = try shell("archive/install.sh \(prefix)")
    #expect(
      result.text == """
        tcptimeline 1.2.3
        installed in \(prefix): bin/tcptimeline, man pages and completions in share, the manual in \
        share/doc/tcptimeline

        """)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      try String(
        contentsOfFile: prefix + "/share/doc/tcptimeline/Samples/nightly/a.cron", encoding: .utf8)
        == "* * * * * root \(prefix)/bin/tcptimeline snapshot\n")
    #expect(result.errors == "install.sh: \(prefix)/bin is not in your PATH\n")
    let doc = "share/doc/tcptimeline/"
    // Units are the system's, and this prefix is not.
    #expect(
      try installed()
        == [
          "bin/tcptimeline", doc + "CHANGELOG.md", doc + "CONTRIBUTING.md", doc + "LICENSE",
          doc + "README.md", doc + "SECURITY.md", doc + "Samples/ci/a.yml",
          doc + "Samples/nightly/a.cron", doc + "docs/a.md",
          "share/man/man1/tcptimeline.1",
        ].sorted())
    #expect(FileManager.default.isExecutableFile(atPath: prefix + "/bin/tcptimeline"))
    #expect(try shell("archive/install.sh \(prefix) --uninstall").status == 0)
    #expect(try installed().isEmpty)
  }

  @Test(arguments: ["--help", "PREFIX again", "PREFIX --uninstal", "''"])
  func whatIsNotUnderstoodInstallsNothing(_ words: String) throws {
    let words = words.replacing("PREFIX", with: prefix)
    let result = try shell("archive/install.sh \(words)")
    #expect(result.status == 64 && result.errors.contains("usage: install.sh"))
    #expect(!FileManager.default.fileExists(atPath: prefix))
  }

  /// Units, cron lines, workflows: in a package nothing is in /usr/local.
  @Test func whatThePackageInstallsNamesTheProgramWhereItIs() throws {
    let root = scratch.path("root")
    let result = try shell("'\(Repository.root.path)/Packaging/system.sh' \(root) /usr")
    #expect(result.status == 0, "\(result.errors)")
    var named: Set<String> = []
    for path in try FileManager.default.subpathsOfDirectory(atPath: root)
    where !path.hasSuffix(".md") {
      guard let text = try? String(contentsOfFile: root + "/" + path, encoding: .utf8) else {
        continue
      }
      for found in text.matches(of: #/[\w\/.-]*bin\/tcptimeline\b/#) {
        #expect(found.output == "/usr/bin/tcptimeline", "\(path)")
        named.insert(String(path.split(separator: "/").last ?? ""))
      }
    }
    #expect(
      named == [
        "tcptimeline-nightly.service", "tcptimeline-snapshot.service", "tcptimeline.cron",
      ])
  }

  @Test func whatIsDamagedIsNotInstalled() throws {
    try scratch.write(Array("other\n".utf8), "archive/docs/a.md")
    let result = try shell("archive/install.sh \(prefix)")
    #expect(result.status != 0 && result.text.contains("docs/a.md"))
    #expect(!FileManager.default.fileExists(atPath: prefix))
  }
}
