import Foundation

/// Where the package lies.
public enum Repository {
  public static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  public static let samples = root.appendingPathComponent("Samples")

  /// The path of one of `Samples/`.
  public static func sample(_ name: String) -> String { samples.appendingPathComponent(name).path }

  /// The captures among the samples, by name.
  public static func captures() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: samples.path)
      .filter { $0.hasSuffix(".pcap") || $0.hasSuffix(".pcapng") }.sorted()
  }
}

/// What is too large for the repository, in folders that the environment names.
public enum Outside {
  /// Captures with what other programs say of them, `NAME.expected.json`.
  public static let corpus = ProcessInfo.processInfo.environment["TCPTIMELINE_CORPUS"]
  /// Recordings of real kernels, each with its `truth.json`.
  public static let recordings = ProcessInfo.processInfo.environment["TCPTIMELINE_RECORDINGS"]
}

/// A folder for one test, removed with it.
public final class Scratch {
  public let folder: URL

  public init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("tcptimeline-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  public func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  @discardableResult
  public func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: folder.appendingPathComponent(name))
    return path(name)
  }

  public func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// Everything in the folder, hidden files too.
  public func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }
}
