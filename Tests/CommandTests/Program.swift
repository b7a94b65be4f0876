import Foundation
import Testing

/// The built program, run as a user runs it.
struct Program {
  struct Result {
    var status: Int32
    var output: [UInt8]
    var errors: String

    var text: String { String(decoding: output, as: UTF8.self) }
  }

  var environment: [String: String] = [:]
  var folder: URL = Repository.root
  var input: [UInt8]?

  /// Beside the test bundle, which on Linux is the running program itself.
  static let path: URL = {
    let test = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return test.deletingLastPathComponent().appendingPathComponent("tcptimeline")
  }()

  /// Output goes through files: a pipe would stop the program when it is full.
  func run(_ arguments: String..., output path: String? = nil) throws -> Result {
    try run(arguments, output: path)
  }

  func run(_ arguments: [String], output path: String? = nil) throws -> Result {
    let scratch = try Scratch()
    let output = path ?? scratch.path("output")
    let errors = scratch.path("errors")
    if path == nil { try scratch.write([], "output") }
    try scratch.write([], "errors")
    let process = Process()
    process.executableURL = Program.path
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    if let input {
      // A pipe, as `tcpdump -w - | tcptimeline -` makes it.
      let pipe = Pipe()
      process.standardInput = pipe
      try process.run()
      Thread.detachNewThread {
        try? pipe.fileHandleForWriting.write(contentsOf: Data(input))
        try? pipe.fileHandleForWriting.close()
      }
    } else {
      process.standardInput = FileHandle.nullDevice
      try process.run()
    }
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus,
      output: path == nil ? try scratch.read("output") : [],
      errors: String(decoding: try scratch.read("errors"), as: UTF8.self))
  }
}

/// Where the package lies.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let samples = root.appendingPathComponent("Samples")
}

/// A folder for one test, removed with it.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("tcptimeline-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: folder.appendingPathComponent(name))
    return path(name)
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// Everything in the folder, hidden files too.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }
}
