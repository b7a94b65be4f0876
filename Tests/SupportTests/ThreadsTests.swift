import Support
import Testing

@Suite struct ThreadsTests {
  /// Unchecked: the semaphores and the monitor of each test order all use of it.
  private final class Slot: @unchecked Sendable {
    var value = 0
  }

  @Test func aThreadTakesWhatASemaphoreHandsOver() throws {
    let (filled, emptied) = (Semaphore(0), Semaphore(1))
    let (slot, sum) = (Slot(), Slot())
    let thread = try #require(
      WorkerThread {
        for _ in 1...1000 {
          filled.wait()
          sum.value += slot.value
          emptied.post()
        }
      })
    for number in 1...1000 {
      emptied.wait()
      slot.value = number
      filled.post()
    }
    thread.join()
    #expect(sum.value == 500_500)
  }

  @Test func aMonitorGuardsAndSignals() throws {
    let monitor = Monitor()
    let slot = Slot()
    let threads = try (0..<4).map { _ in
      try #require(
        WorkerThread {
          for _ in 0..<1000 {
            monitor.lock()
            slot.value += 1
            monitor.unlock()
            monitor.wakeAll()
          }
        })
    }
    monitor.lock()
    while slot.value < 4000 { monitor.wait() }
    monitor.unlock()
    for thread in threads { thread.join() }
    #expect(slot.value == 4000)
  }

  @Test func everyNumberIsCalledOnce() {
    let slots = (0..<100).map { _ in Slot() }
    concurrently(slots.count) { slots[$0].value += 1 }
    #expect(slots.allSatisfy { $0.value == 1 })
  }

  /// On as many threads as there are numbers, however few the processors are.
  @Test func callsSideBySideMayWaitForEachOther() {
    let arrived = Semaphore(0)
    let slots = (0..<20).map { _ in Slot() }
    sideBySide(slots.count) { numbers in
      for number in numbers {
        slots[number].value += 1
        if number == 7 {
          for _ in 1..<slots.count { arrived.wait() }
        } else {
          arrived.post()
        }
      }
    }
    #expect(slots.allSatisfy { $0.value == 1 })
  }

  @Test func theMonotonicClockGoesOnWhileItSleeps() {
    let start = SystemClock.monotonic
    SystemClock.sleep(until: start + 2_000_000)
    #expect(SystemClock.monotonic >= start + 2_000_000)
  }
}
