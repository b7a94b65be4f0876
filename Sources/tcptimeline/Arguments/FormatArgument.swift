import ArgumentParser
import Rendering

/// `--format`. Every format is known; offered are those that the command can write.
struct FormatArgument<Use: ReportUse>: ExpressibleByArgument {
  var format: OutputFormat

  init?(argument: String) {
    guard let format = OutputFormat(named: argument) else { return nil }
    self.format = format
  }

  static var allValueStrings: [String] { OutputFormat.all.filter(Use.takes).map(\.name) }

  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}

extension OutputFormat {
  /// What `--format` says, or the ending of the file; text where there is none to ask.
  ///
  /// - Throws: Also where a program that it needs is missing, before anything is read.
  static func chosen(
    _ format: OutputFormat?, for output: String?, where holds: (OutputFormat) -> Bool
  ) throws(Failure) -> OutputFormat {
    let format = try named(format, for: output, where: holds)
    if let missing = format.missing?() { throw Failure(.cannotCreate, missing) }
    return format
  }

  private static func named(
    _ format: OutputFormat?, for output: String?, where holds: (OutputFormat) -> Bool
  ) throws(Failure) -> OutputFormat {
    if let format { return format }
    guard let output, !OutputFile.isOpenDescriptor(output) else { return .text }
    if let format = OutputFormat(fileName: output) { return format }
    if let status = FileIdentity.Status(path: output), !status.isRegular { return .text }
    throw Failure(
      .usage,
      "\(output): which kind of output? Name one with --format: "
        + all.filter(holds).map(\.name).joined(separator: ", "))
  }

  /// The page about what limited transfers is text, whatever the file is called that has no ending of
  /// another kind.
  static func whyChosen(
    _ format: OutputFormat?, for output: String?
  ) throws(Failure) -> OutputFormat {
    let wanted = format ?? output.flatMap { OutputFormat(fileName: $0) }
    if let wanted, wanted != .text {
      throw wanted.cannot("what limited transfers is not written as", where: OfLimits.takes)
    }
    return .why
  }

  /// - Parameter what: That the format does not do, as `a night is not written as`.
  func cannot(
    _ what: String, where holds: (OutputFormat) -> Bool
  ) -> Failure {
    Failure(.usage, "\(what) \(name); choose \(OutputFormat.names(where: holds))")
  }
}

extension Templates {
  /// The built-in ones, or those that `--templates` puts in their place.
  static func read(_ folder: String?, for format: OutputFormat) throws(Failure) -> Templates {
    if folder != nil, !format.isTemplated {
      throw format.cannot("no template makes", where: \.isTemplated)
    }
    do {
      return try Templates(folder: folder)
    } catch {
      throw Failure(error)
    }
  }
}
