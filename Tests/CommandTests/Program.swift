import Foundation
import TestSupport
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
  /// Which program.
  var program = Program.path

  /// As `make build` optimises it; nil where nobody says where that is.
  static let optimised = ProcessInfo.processInfo.environment["TCPTIMELINE_OPTIMISED"].map {
    URL(fileURLWithPath: $0)
  }

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
    process.executableURL = program
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
    let result = Result(
      status: process.terminationStatus,
      output: path == nil ? try scratch.read("output") : [],
      errors: String(decoding: try scratch.read("errors"), as: UTF8.self))
    // 1 is what `--fail-on` ends with.
    if result.status == 0 || result.status == 1 {
      MadeJSON.check(arguments, output: result.output, folder: folder)
    }
    return result
  }
}

/// The program inside a script of bash, which has pipes, closed descriptors and signals; `$TT` is its
/// path, and the current folder is the scratch one. Standard error belongs to the text.
struct Shell {
  /// Every command has to succeed; `refuses` does where its command does not.
  static let prelude = "set -e; refuses() { if \"$@\"; then return 1; fi; }\n"

  let scratch: Scratch

  func run(_ script: String) throws -> (status: Int32, text: String) {
    let output = try scratch.write([], "shell-output")
    let process = Process()
    // The threads that start processes here hold signals back, and a child would too.
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["--default-signal", "timeout", "60", "/bin/bash", "-c", script]
    process.currentDirectoryURL = scratch.folder
    process.environment = [
      "PATH": "/usr/bin:/bin", "TT": Program.path.path, "SAMPLES": Repository.samples.path,
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardError = process.standardOutput
    try process.run()
    process.waitUntilExit()
    let text = String(decoding: try scratch.read("shell-output"), as: UTF8.self)
    try FileManager.default.removeItem(atPath: output)
    return (process.terminationStatus, text)
  }
  /// Expects a script to exit with 0 and to leave no hidden file behind.
  ///
  /// - Parameter note: What a failure says before the script's own words.
  func expect(_ script: String, note: String = "", _ location: SourceLocation) throws {
    let result = try run(Self.prelude + "CAPTURE=$SAMPLES/http.pcapng\n" + script)
    #expect(result.status == 0, "\(note)\(result.text)", sourceLocation: location)
    let names = try scratch.names()
    #expect(!names.contains { $0.hasPrefix(".") }, "\(names)", sourceLocation: location)
  }
}
