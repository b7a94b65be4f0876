import Foundation
import TestSupport
import Testing

/// What `tcptimeline snapshot` leaves in its folder.
@Suite struct SnapshotCommandTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
  }

  private func save(_ options: String...) throws {
    let result = try Program().run(["snapshot", "-o", scratch.folder.path] + options)
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test(arguments: ["none", "zstd"])
  func filesAndTheirFirstLinesNameTheHost(compression: String) throws {
    try save("--host", "web9", "--compress", compression)
    let ending = compression == "zstd" ? ".txt.zst" : ".txt"
    let names = try scratch.names()
    #expect(!names.isEmpty)
    for name in names {
      #expect(name.contains("_web9_") && name.hasSuffix(ending), "\(name)")
      let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path(name))
      let permissions = attributes[.posixPermissions] as? Int ?? 0o777
      #expect(permissions & ~0o640 == 0, "\(name)")
    }
    let hosts = try Program().run("nightly", scratch.folder.path, "--list-hosts")
    #expect(hosts.text.hasPrefix("{\"host\":\"web9\",\"host_basis\":\"line\""))
    if compression == "none" {
      let text = String(decoding: try scratch.read(names[0]), as: UTF8.self)
      #expect(text.hasPrefix("# host: web9\n"))
    }
    #expect(try Program().run("nightly", scratch.folder.path).status == 0)
  }

  @Test func theSystemsNameIsUsedWithoutAnother() throws {
    try save()
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, 255)
    let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let kept = host.map {
      $0.isASCII && ($0.isLetter || $0.isNumber || ".-".contains($0)) ? $0 : "-"
    }
    #expect(try scratch.names().allSatisfy { $0.contains("_\(String(kept))_") })
  }

  @Test func onlyThisHostsOldSnapshotsAreRemoved() throws {
    let stays = [
      "1600000000.000_web8_ss-tanoipem.txt", "1600000000.000_ss.txt", "notes.txt",
      "1600000000.000_web9_ss-tanoipem.txt.gz", "1600000000_web9_ss-tanoipem.txt",
      "x1600000000.000_web9_ss-tanoipem.txt", "9999999999.000_web9_proc-net-tcp.txt",
    ]
    let goes = [
      "1600000000.000_web9_ss-tanoipem.txt", "1600000000.000_web9_ss-tanoipem.txt.zst",
      "1600000000.000_web9_proc-net-tcp6.txt", "1600000000.000_proc-net-tcp.txt",
    ]
    for name in stays + goes { try scratch.write(Array("x".utf8), name) }
    // A folder of that name is nobody's snapshot.
    let folder = "1600000001.000_web9_ss-tanoipem.txt"
    try FileManager.default.createDirectory(
      atPath: scratch.path(folder), withIntermediateDirectories: false)
    try save("--host", "web9", "--keep", "14d")
    let names = Set(try scratch.names())
    #expect(names.isSuperset(of: stays + [folder]))
    #expect(names.isDisjoint(with: goes))
    #expect(names.count > stays.count + 1)
  }

  @Test(arguments: [
    ["--host", ""], ["--host", "a/b"], ["--host", "42"], ["--host", ".x"], ["--keep", "0d"],
    ["--keep", "14"],
    ["--compress", "xz"],
  ])
  func wrongOptions(options: [String]) throws {
    let result = try Program().run(["snapshot", "-o", scratch.folder.path] + options)
    #expect(result.status == 64)
    #expect(try scratch.names().isEmpty)
  }
}
