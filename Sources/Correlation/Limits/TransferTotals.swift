import TCPModel

/// What held back all transfers, and whose side they took their time for.
struct TransferTotals: BitwiseCopyable {
  var times = LimitTimes()
  var blame = Blame()

  /// - Parameter transfer: Finished.
  mutating func add(_ transfer: UnsafeMutablePointer<TransferRecord>) {
    // Of an end that sent nothing all are 0.
    times += transfer.sender(.low).pointee.times
    times += transfer.sender(.high).pointee.times
    let isLowClient = transfer.sender(.high).pointee.bits.contains(.isServer)
    blame.client &+= isLowClient ? transfer.pointee.blame.low : transfer.pointee.blame.high
    blame.server &+= isLowClient ? transfer.pointee.blame.high : transfer.pointee.blame.low
    blame.network &+= transfer.pointee.blame.network
    blame.unknown &+= transfer.pointee.blame.unknown
  }

  mutating func add(_ other: TransferTotals) {
    times += other.times
    blame += other.blame
  }
}
