import TCPModel

/// Bytes that the peer does not acknowledge.
enum SendQueueStuckRule: StuckQueueRule {
  static let kind = FindingKind.sendQueueStuck
  static let key = "night.send_queue_stuck"

  static func judge(_ night: NightFindings) -> [StuckSockets] {
    StuckSockets.queues(in: night) { entry in
      entry.isListener ? nil : entry.sendQueue.longest
    }
  }
}
