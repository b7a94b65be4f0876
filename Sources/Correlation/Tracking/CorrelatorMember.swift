/// A correlator on its way between threads: one at a time has it.
final class CorrelatorMember {
  var flows: FlowCorrelator

  init(_ flows: consuming FlowCorrelator) {
    self.flows = flows
  }
}
