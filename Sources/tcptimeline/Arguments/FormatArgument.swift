import ArgumentParser
import Rendering

extension OutputFormat: ExpressibleByArgument {
  public init?(argument: String) { self.init(named: argument) }

  public static var allValueStrings: [String] { all.map(\.name) }

  public static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }

  public var defaultValueDescription: String { name }

  /// What `--format` says, or the ending of the file; text where there is none to ask.
  ///
  /// - Throws: Also where a program that it needs is missing, before anything is read.
  static func chosen(_ format: OutputFormat?, for output: String?) throws(Failure) -> OutputFormat {
    let format = try named(format, for: output)
    if let missing = format.missing?() { throw Failure(.cannotCreate, missing) }
    return format
  }

  private static func named(
    _ format: OutputFormat?, for output: String?
  ) throws(Failure) -> OutputFormat {
    if let format { return format }
    guard let output, !OutputFile.isOpenDescriptor(output) else { return .text }
    if let format = OutputFormat(fileName: output) { return format }
    if let status = FileIdentity.Status(path: output), !status.isRegular { return .text }
    throw Failure(
      .usage,
      "\(output): which kind of output? Name one with --format: "
        + all.map(\.name).joined(separator: ", "))
  }

  /// - Parameter what: That the format does not do, as `a night is not written as`.
  func cannot(
    _ what: String, where holds: (OutputFormat) -> Bool
  ) -> Failure {
    Failure(.usage, "\(what) \(name); choose \(OutputFormat.names(where: holds))")
  }
}
