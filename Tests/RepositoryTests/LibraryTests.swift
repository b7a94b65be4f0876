import Foundation
import TestSupport
import Testing

/// What a user of the library gets: documentation without a warning, an example that compiles.
@Suite struct LibraryTests {
  @Test func documentationAndExampleBuild() throws {
    let scratch = try Scratch()
    try scratch.write([], "log")
    let log = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.path("log")))
    // Beside the running tests lie the modules they were built with.
    let build = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["docs/library.sh", build.path, scratch.path("archive")]
    process.currentDirectoryURL = Repository.root
    process.standardOutput = log
    process.standardError = log
    try process.run()
    process.waitUntilExit()
    let output = String(decoding: try scratch.read("log"), as: UTF8.self)
    #expect(process.terminationStatus == 0, "\(output)")
    let page = scratch.path("archive/data/documentation/tcptimeline/capture.json")
    #expect(FileManager.default.fileExists(atPath: page))
  }
}
