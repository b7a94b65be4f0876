/// Which arrival is which copy of the same thing.
enum Assignment {
  /// Copies and arrivals in the order of time; for each arrival its copy, -1 where it is none of them.
  ///
  /// Where every copy can have arrived, each is the earliest arrival left that is no earlier than it could
  /// be. Where some were lost it is from the last arrival backwards that each is the latest copy
  /// possible: a sender repeats what was lost, so the earlier copies are those that are missing.
  ///
  /// - Parameter mayBe: Whether an arrival (second) may be a copy (first).
  static func assign(copies: Int, arrivals: Int, mayBe: (Int, Int) -> Bool) -> [Int] {
    var assigned = Array(repeating: -1, count: arrivals)
    var arrival = 0
    var matched = 0
    for copy in 0..<copies {
      while arrival < arrivals, !mayBe(copy, arrival) { arrival += 1 }
      guard arrival < arrivals else { break }
      assigned[arrival] = copy
      arrival += 1
      matched += 1
    }
    if matched == copies { return assigned }
    assigned = Array(repeating: -1, count: arrivals)
    var next = copies
    for arrival in (0..<arrivals).reversed() {
      var copy = next - 1
      while copy >= 0, !mayBe(copy, arrival) { copy -= 1 }
      guard copy >= 0 else { continue }
      assigned[arrival] = copy
      next = copy
    }
    return assigned
  }
}
