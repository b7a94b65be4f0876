/// Keeps a ladder to a number of rows: its beginning, its end, and between them what changes a
/// state and the longest silences; the rest becomes lines that say what was left out.
enum LadderLimit {
  private static let mostSilences = 3

  static func limited(_ rows: [LadderRow], to limit: Int) -> [LadderRow] {
    guard rows.count > limit else { return rows }
    var head = limit * 3 / 5
    var tail = limit - head
    // Essential rows in the middle cost two rows each: their own and another line for the gap.
    var middle: [Int] = []
    let silences = silences(rows)
    while true {
      let essential = (head..<(rows.count - tail)).filter { rows[$0].isEssential }
      // A SYN, a FIN or an RST rather than an ACK that changes a state.
      let flagged = essential.filter { rows[$0].isFlagged }
      let others = essential.filter { !rows[$0].isFlagged }
      // With what ended them.
      let ends = silences.filter { $0 >= head && $0 < rows.count - tail }.prefix(mostSilences)
        .flatMap { [$0, min($0 + 1, rows.count - tail - 1)] }
      middle = Set((flagged + ends + others).prefix((limit + 2) / 4)).sorted()
      if head + tail + 2 * middle.count + 1 <= limit || head + tail <= limit / 3 { break }
      if head >= tail { head -= 1 } else { tail -= 1 }
    }
    var limited = Array(rows[..<head])
    var next = head
    for index in middle + [rows.count - tail] {
      // A single row takes no more room than the line that says it was left out.
      if index - next > 1 {
        limited.append(omission(of: rows[next..<index]))
      } else {
        limited += rows[next..<index]
      }
      if index < rows.count - tail { limited.append(rows[index]) }
      next = index + 1
    }
    return limited + rows[(rows.count - tail)...]
  }

  /// What the time went by with: those of a tenth of it and more, the longest first.
  private static func silences(_ rows: [LadderRow]) -> [Int] {
    let span = rows[rows.count - 1].end.less(rows[0].start)
    return rows.indices.compactMap { index in
      rows[index].silence.map { (index: index, length: $0) }
    }.filter { $0.length >= span / 10 }
      .sorted { ($1.length, $0.index) < ($0.length, $1.index) }.map(\.index)
  }

  private static func omission(of rows: ArraySlice<LadderRow>) -> LadderRow {
    var tally = LadderTally()
    var start = rows[rows.startIndex].start
    var end = rows[rows.startIndex].end
    for row in rows {
      tally.add(row.tally)
      start = min(start, row.start)
      end = max(end, row.end)
    }
    return LadderRow(
      .omission(Omission(tally: tally)), from: rows[rows.startIndex].from, start: start, end: end)
  }
}
