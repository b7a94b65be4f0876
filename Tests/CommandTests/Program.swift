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
