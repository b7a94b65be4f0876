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
      "bin", "share/man/man1", "lib/systemd/system", "docs", "Samples/ci",
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
    #expect(result.status == 0 && result.text == "tcptimeline 1.2.3\n", "\(result.errors)")
    #expect(result.errors == "install.sh: \(prefix)/bin is not in your PATH\n")
    let doc = "share/doc/tcptimeline/"
    // Units are the system's, and this prefix is not.
    #expect(
      try installed()
        == [
          "bin/tcptimeline", doc + "CHANGELOG.md", doc + "CONTRIBUTING.md", doc + "LICENSE",
          doc + "README.md", doc + "SECURITY.md", doc + "Samples/ci/a.yml", doc + "docs/a.md",
          "share/man/man1/tcptimeline.1",
        ].sorted())
    #expect(FileManager.default.isExecutableFile(atPath: prefix + "/bin/tcptimeline"))
    #expect(try shell("archive/install.sh --uninstall \(prefix)").status == 0)
    #expect(try installed().isEmpty)
  }

  @Test func whatIsDamagedIsNotInstalled() throws {
    try scratch.write(Array("other\n".utf8), "archive/docs/a.md")
    let result = try shell("archive/install.sh \(prefix)")
    #expect(result.status != 0 && result.text.contains("docs/a.md"))
    #expect(!FileManager.default.fileExists(atPath: prefix))
  }

  @Test func anUnknownOptionIsNoPrefix() throws {
    #expect(try shell("archive/install.sh --help").status == 64)
  }
}
