import Support
import TCPModel

/// One kind of finding about a night: where it is seen, its sentence and the numbers behind it. A new
/// kind is a case of `FindingKind`, a rule in a file of its own, a line in `NightRules`, and a
/// section of docs/findings.md.
protocol NightRule: SendableMetatype {
  /// What the rule sees in one place.
  associatedtype Sight

  static var kind: FindingKind { get }

  /// In the order to tell them.
  static func judge(_ night: NightFindings) -> [Sight]

  static func severity(_ sight: Sight, _ night: NightFindings) -> Finding.Severity

  /// Whose sockets they are.
  static func subject(_ sight: Sight, _ night: NightFindings) -> NightSubject

  static func sentence(_ sight: Sight, _ night: NightFindings) -> Wording

  /// The numbers of the sentence.
  static func evidence(_ sight: Sight, _ night: NightFindings) -> [Finding.Evidence]
}

extension NightRule {
  static func severity(_ sight: Sight, _ night: NightFindings) -> Finding.Severity { .warning }

  static func findings(in night: NightFindings) -> [Finding] {
    judge(night).map { sight in
      Finding(
        kind, severity(sight, night), subject(sight, night), sentence(sight, night),
        evidence(sight, night))
    }
  }
}

extension Finding {
  init(
    _ kind: FindingKind, _ severity: Severity, _ subject: NightSubject, _ wording: Wording,
    _ evidence: [Evidence]
  ) {
    self.init(
      kind: kind, severity: severity, connections: [], frames: [], wording: wording,
      evidence: subject.evidence + evidence)
  }
}

/// The process and the ends of the sockets that a finding is about, as far as they have one of each.
struct NightSubject {
  var process: ProcessName?
  var local: Endpoint?
  var peer: String?

  var evidence: [Finding.Evidence] {
    var evidence: [Finding.Evidence] = []
    if let process {
      evidence.append(Finding.Evidence("process", .text(process.name)))
      evidence.append(Finding.Evidence("pid", .number(Int64(process.pid))))
    }
    if let local { evidence.append(Finding.Evidence("local", .text(local.description))) }
    if let peer { evidence.append(Finding.Evidence("peer", .text(peer))) }
    return evidence
  }
}
