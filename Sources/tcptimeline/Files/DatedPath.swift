import Support
import TCPModel

/// A path with the night's date in it: `nightly-%Y-%m-%d.html`.
enum DatedPath {
  /// Whether a path asks for a date.
  static func isDated(_ path: String) -> Bool {
    pieces(path).contains { isConversion($0) }
  }

  /// The path for a time (UTC), as strftime(3) has `%Y %m %d %F %H %M %S`. Any other `%` stays.
  static func path(_ path: String, at time: Timestamp) -> String {
    let text = time.rfc3339
    func part(_ from: Int, _ length: Int) -> Substring { text.dropFirst(from).prefix(length) }
    return pieces(path).map { piece in
      switch piece {
      case "%Y": String(part(0, 4))
      case "%m": String(part(5, 2))
      case "%d": String(part(8, 2))
      case "%F": String(part(0, 10))
      case "%H": String(part(11, 2))
      case "%M": String(part(14, 2))
      case "%S": String(part(17, 2))
      default: piece
      }
    }
    .joined()
  }

  private static func isConversion(_ piece: String) -> Bool {
    piece.count == 2 && piece.first == "%" && "YmdFHMS".contains(piece.last ?? " ")
  }

  /// Conversions, and what stands between them.
  private static func pieces(_ path: String) -> [String] {
    var pieces: [String] = [""]
    var rest = path[...]
    while let first = rest.first {
      let pair = String(rest.prefix(2))
      if isConversion(pair) {
        pieces += [pair, ""]
        rest = rest.dropFirst(2)
      } else {
        pieces[pieces.count - 1].append(first)
        rest = rest.dropFirst()
      }
    }
    return pieces
  }
}
