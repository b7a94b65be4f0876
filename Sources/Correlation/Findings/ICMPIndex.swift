import Support
import TCPModel

/// The ICMP errors of a capture, by the flow that they are about.
public struct ICMPIndex: Sendable {
  private var messages: [FlowKey: [ICMPMessage]] = [:]

  public init(_ messages: [ICMPMessage] = []) {
    for message in messages {
      self.messages[
        FlowKey(source: message.source, destination: message.destination), default: []
      ].append(message)
    }
  }

  public var isEmpty: Bool { messages.isEmpty }

  /// Those that belong to a connection: later ones on the same ports have their own.
  public func messages(about connection: ConnectionSummary) -> [ICMPMessage] {
    if messages.isEmpty { return [] }
    let flow = messages[FlowKey(source: connection.client, destination: connection.server)] ?? []
    return flow.filter { message in
      message.time >= connection.start
        && connection.nextUseOfPorts.map { message.time < $0 } ?? true
    }
  }

  /// Whether any is about the addresses and ports of a connection.
  func mayBe(about attempt: OpeningAttempt) -> Bool {
    messages[FlowKey(source: attempt.client, destination: attempt.server)] != nil
  }

  /// As events of the connection, in their place among the others.
  public func add(to connection: inout Connection) {
    let summary = connection.summary
    for message in messages(about: summary) {
      let event = Event(
        at: message.time.since(summary.start), frame: message.frame,
        from: message.source == summary.client ? .server : .client, kind: .icmp,
        wording: message.wording)
      let place = connection.events?.firstIndex { $0.at > event.at } ?? connection.events?.count
      if let place { connection.events?.insert(event, at: place) }
    }
  }
}

extension ICMPMessage {
  /// With the size of packets where it says one.
  fileprivate var wording: Wording {
    let (sender, name) = (Wording.Value.text(sender.description), Wording.Value.text(name))
    guard case .packetTooBig(let mtu) = kind, mtu > 0 else {
      return Wording("event.icmp", ["sender": sender, "icmp": name])
    }
    return Wording(
      "event.icmp.mtu", ["sender": sender, "icmp": name, "bytes": .digits(mtu)])
  }
}
