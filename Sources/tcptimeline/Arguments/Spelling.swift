/// What somebody meant who mistyped a word.
enum Spelling {
  /// The word most like it; nil where none is close, or it is there.
  static func nearest(to word: String, among words: [String]) -> String? {
    guard !words.contains(word), word.utf8.count <= longest else { return nil }
    let typed = Array(word.lowercased().replacing("-", with: "_").unicodeScalars)
    // A third of the letters may be wrong.
    let limit = max(1, typed.count / 3)
    return
      words
      .map { ($0, distance(typed, Array($0.replacing("-", with: "_").unicodeScalars))) }
      .filter { $0.1 <= limit }
      .min { $0.1 < $1.1 }?.0
  }

  private static let longest = 40

  /// Letters to add, leave out, replace or exchange with the next one.
  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var rows = [Array(0...right.count)]
    for row in 1...max(1, left.count) where row <= left.count {
      var line = [row]
      for column in 1...max(1, right.count) where column <= right.count {
        let isSame = left[row - 1] == right[column - 1]
        var best = min(
          rows[row - 1][column] + 1, line[column - 1] + 1,
          rows[row - 1][column - 1] + (isSame ? 0 : 1))
        if row > 1, column > 1, left[row - 1] == right[column - 2],
          left[row - 2] == right[column - 1]
        {
          best = min(best, rows[row - 2][column - 2] + 1)
        }
        line.append(best)
      }
      rows.append(line)
    }
    return rows[left.count][right.count]
  }
}
