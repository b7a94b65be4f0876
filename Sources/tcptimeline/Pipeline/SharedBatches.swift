import Support
import TCPModel
import TraceParsing

/// Batches of a capture on their way from whichever thread reads to all threads that take from them.
///
/// There is no reader among the threads: whoever has little to do reads the next batch, so that none waits for long,
/// whatever the flows of each are.
///
/// Unchecked: the numbers are guarded by the monitor. A batch is written by who reads while all others are done
/// with it, and looked at by all once it is counted as filled; the monitor orders the two.
final class SharedBatches: @unchecked Sendable {
  /// More of them even out for longer that a thread is behind.
  private static let most = 16
  /// How many a thread wants to have before it; then it rather takes its own segments.
  private static let ahead = 3

  private final class Slot {
    @exclusivity(unchecked) var batch: SegmentBatch

    init(threads: Int) { batch = SegmentBatch(sharedBy: threads) }
  }

  private let monitor = Monitor()
  private let slots: [Slot]
  /// So many were filled.
  private var filled = 0
  /// How many each share is done with.
  private var done: [Int]
  private var isBeingRead = false
  private var isOver = false

  init(threads: Int) {
    slots = (0..<SharedBatches.most).map { _ in Slot(threads: threads) }
    done = Array(repeating: 0, count: threads)
  }

  /// Takes part until there is nothing left.
  ///
  /// - Parameters:
  ///   - shares: Those of this thread.
  ///   - read: Fills a batch; false at the end. One thread at a time is in there.
  ///   - consume: Gets the segments of a share, and those for all.
  func run(
    _ shares: [FlowShare], read: (inout SegmentBatch) -> Bool,
    _ consume: (FlowShare, borrowing SegmentBatch, SegmentPayloads) -> Void
  ) {
    var own = SegmentBatch()
    var number = 0
    while let slot = slot(number, read) {
      for share in shares {
        var place = SegmentBatch.Place()
        while own.take(from: slot.batch, for: share, at: &place) {
          consume(share, own, slot.batch.payloads)
        }
      }
      number += 1
      monitor.lock()
      for share in shares { done[share.number] = number }
      monitor.wakeAll()
      monitor.unlock()
    }
  }

  /// The batch of that number, read by this thread if need be; nil behind the last one.
  private func slot(_ number: Int, _ read: (inout SegmentBatch) -> Bool) -> Slot? {
    monitor.lock()
    defer { monitor.unlock() }
    while true {
      let isWanted = !isOver && filled - number < SharedBatches.ahead
      let hasRoom = filled - (done.min() ?? 0) < slots.count
      if isWanted, hasRoom, !isBeingRead {
        isBeingRead = true
        let slot = slots[filled % slots.count]
        monitor.unlock()
        let isMore = read(&slot.batch)
        monitor.lock()
        isBeingRead = false
        if isMore { filled += 1 } else { isOver = true }
        monitor.wakeAll()
      } else if number < filled {
        return slots[number % slots.count]
      } else if isOver {
        return nil
      } else {
        monitor.wait()
      }
    }
  }
}
