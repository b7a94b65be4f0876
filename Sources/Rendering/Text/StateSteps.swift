import TCPModel

/// Both ends' state changes as one list in the order of time; what happens to both at one frame is
/// one step.
struct StateSteps {
  struct Step {
    var at: Nanoseconds?
    /// In parentheses where it is one of the far end's capture.
    var frame: String
    var states: PerSide<StateChange?>
  }

  private(set) var steps: [Step] = []

  init(_ states: PerSide<[StateChange]>) {
    var client = states.client[...]
    var server = states.server[...]
    while let side = StateSteps.next(client.first, server.first) {
      guard let change = side == .client ? client.popFirst() : server.popFirst() else { return }
      var step = Step(at: change.at, frame: change.frameName, states: PerSide(both: nil))
      step.states[side] = change
      let other = side == .client ? server.first : client.first
      if let other, other.at == change.at, other.frameName == change.frameName {
        step.states[side.peer] = other
        if side == .client { server.removeFirst() } else { client.removeFirst() }
      }
      steps.append(step)
    }
  }

  /// The side whose change comes first; a starting state has no time and comes before all.
  private static func next(_ client: StateChange?, _ server: StateChange?) -> Side? {
    guard let client else { return server == nil ? nil : .server }
    guard let server else { return .client }
    return (client.at ?? .min) <= (server.at ?? .min) ? .client : .server
  }
}

extension StateChange {
  fileprivate var frameName: String {
    guard let frame else { return "" }
    return isSeenFarOnly ? "(\(frame))" : "\(frame)"
  }
}
