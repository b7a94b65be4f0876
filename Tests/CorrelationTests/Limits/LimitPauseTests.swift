import TCPModel
import TestSupport
import Testing

@testable import Correlation

/// Pauses in which nothing was under way are nobody's repair of losses.
@Suite struct LimitPauseTests {
  /// Captured at the client: requests, and answers 20 ms later, from a host whose packets to everybody share a
  /// counter.
  private func answers(then rest: (_ request: Int, _ answer: Int, _ id: Int) -> String) throws
    -> TransferLimits
  {
    var text = """
      0    > S 0 <mss 1460>
      20   < S. 0 ack 1 id 100 <mss 1460>
      20.1 > . 1 ack 1

      """
    for count in 0..<10 {
      let (request, answer) = (1 + 100 * count, 1 + 128 * count)
      let at = 30 + 150 * count
      text += """
        \(at)       > P. \(request):\(request + 100)(100) ack \(answer)
        \(at + 20)  < P. \(answer):\(answer + 128)(128) ack \(request + 100) id \(101 + count)
        \(at + 57) > . \(request + 100) ack \(answer + 128)

        """
    }
    let one = analyse(text + rest(1001, 1281, 110))
    return try #require(one.summary.limits.server)
  }

  private func repair(_ limits: TransferLimits) -> Nanoseconds {
    limits.times[.timeout] + limits.times[.recovery] + limits.times[.tailProbe]
      + limits.times[.loss]
  }

  @Test func anAnswerAfterAPauseIsNoRepair() throws {
    let limits = try answers { request, answer, id in
      """
      4000   > P. \(request):\(request + 100)(100) ack \(answer)
      4020.6 < P. \(answer):\(answer + 72)(72) ack \(request + 100) id \(id + 51)
      4021   > . \(request + 100) ack \(answer + 72)
      """
    }
    #expect(repair(limits) == 0, "\(limits.times)")
  }

  @Test func aFINAfterAPauseIsNoRepair() throws {
    let limits = try answers { request, answer, id in
      """
      1900 < F. \(answer) ack \(request) id \(id + 6)
      1901 > . \(request) ack \(answer + 1)
      """
    }
    #expect(repair(limits) == 0, "\(limits.times)")
  }

  /// As a bad merge of two files leaves it: the packets of before once more, minutes later.
  @Test func copiesOfLongAgoAreNoRepair() throws {
    let limits = try answers { request, answer, id in
      """
      111400 < P. \(answer - 128):\(answer)(128) ack \(request) id \(id)
      111401 > . \(request) ack \(answer)
      """
    }
    #expect(repair(limits) == 0, "\(limits.times)")
  }
}
