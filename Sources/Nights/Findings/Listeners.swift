import Support
import TCPModel

extension ListenerTally {
  /// By port.
  var inOrder: [Record] {
    records.values.sorted { left, right in
      let (left, right) = (left.report.local, right.report.local)
      return left.port != right.port ? left.port < right.port : left.precedes(right)
    }
  }
}

extension ListenerTally.Record {
  func subject(_ night: NightFindings) -> NightSubject {
    NightSubject(process: night.process(process), local: report.local)
  }

  func owner(_ night: NightFindings, or other: String) -> Wording.Value {
    NightFindings.owner(night.process(process), other)
  }
}
