import TCPModel

/// Bytes that the application does not read. In CLOSE_WAIT the end of the stream waits in the queue as
/// one byte; what leaks is another finding's matter.
enum ReceiveQueueStuckRule: StuckQueueRule {
  static let kind = FindingKind.receiveQueueStuck
  static let key = "night.receive_queue_stuck"

  static func judge(_ night: NightFindings) -> [StuckSockets] {
    StuckSockets.queues(in: night) { entry in
      entry.isListener || entry.stay.state == .closeWait ? nil : entry.receiveQueue.longest
    }
  }
}
