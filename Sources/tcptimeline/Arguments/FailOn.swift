import ArgumentParser
import Support
import TCPModel

/// What `--fail-on` takes: a kind of finding, or how serious one has to be at least.
enum FailOn: Equatable, CustomStringConvertible {
  case kind(FindingKind)
  case severity(Finding.Severity)

  static let severities: [Finding.Severity] = [.error, .warning]

  init?(_ name: String) {
    if let kind = FindingKind(rawValue: name) {
      self = .kind(kind)
    } else if let severity = Self.severities.first(where: { $0.rawValue == name }) {
      self = .severity(severity)
    } else {
      return nil
    }
  }

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

  /// What is wrong with it where only those kinds can be found; nil if it may apply.
  func isNever(among kinds: [FindingKind]) -> String? {
    guard case .kind(let kind) = self, !kinds.contains(kind) else { return nil }
    let names = kinds.map(\.rawValue).joined(separator: ", ")
    let (others, these) =
      FindingKind.ofCaptures.contains(kind)
      ? ("captures", "snapshots") : ("snapshots over time", "captures")
    return "--fail-on \(kind.rawValue): only \(others) show that; \(these) show \(names)"
  }
}

/// Offers what the command can find.
struct FailOnArgument<Use: ReportUse>: ExpressibleByArgument {
  var condition: FailOn

  init(_ condition: FailOn) { self.condition = condition }

  init?(argument: String) {
    guard let condition = FailOn(argument) else { return nil }
    self.condition = condition
  }

  static var allValueStrings: [String] {
    Use.kinds.map(\.rawValue) + FailOn.severities.map(\.rawValue)
  }

  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
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

  /// Refuses what these inputs can never show.
  func check(among kinds: [FindingKind]) throws(Failure) {
    for condition in self {
      if let reason = condition.isNever(among: kinds) { throw Failure(.usage, reason) }
    }
  }
}
