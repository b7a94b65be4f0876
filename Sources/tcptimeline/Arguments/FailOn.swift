import ArgumentParser
import Support
import TCPModel

/// What `--fail-on` takes: a kind of finding, or how serious one has to be at least.
enum FailOn: Equatable, ExpressibleByArgument, CustomStringConvertible {
  case kind(FindingKind)
  case severity(Finding.Severity)

  static let severities: [Finding.Severity] = [.error, .warning]

  init?(argument: String) {
    if let kind = FindingKind(rawValue: argument) {
      self = .kind(kind)
    } else if let severity = Self.severities.first(where: { $0.rawValue == argument }) {
      self = .severity(severity)
    } else {
      return nil
    }
  }

  static var allValueStrings: [String] {
    FindingKind.allCases.map(\.rawValue) + severities.map(\.rawValue)
  }

  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }

  var description: String {
    switch self {
    case .kind(let kind): kind.rawValue
    case .severity(let severity): severity.rawValue
    }
  }

  func applies(to finding: Finding) -> Bool {
    switch self {
    case .kind(let kind): finding.kind == kind
    case .severity(let severity): finding.severity <= severity
    }
  }
}

extension [FailOn] {
  /// Ends the program with status 1 when one of the findings is meant, and says which.
  func check(_ findings: [Finding]) throws {
    for finding in findings {
      guard let condition = first(where: { $0.applies(to: finding) }) else { continue }
      let kind = condition == .kind(finding.kind) ? "" : "\(finding.kind.rawValue): "
      Failure.say("--fail-on \(condition): \(kind)\(finding.text)")
      throw ExitCode(1)
    }
  }
}
