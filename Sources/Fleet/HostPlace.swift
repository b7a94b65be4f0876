/// Where the host stands in a path: `{host}` once, `*` for anything but `/`, everything else as it is.
/// It matches the end of a path, from the beginning of a name on: `{host}/*`, `*_{host}_*.txt`.
public struct HostPlace: Sendable, Hashable {
  private enum Part: Hashable {
    case host, any
    case text([UInt8])
  }

  private static let mark = "{host}"
  public let text: String
  private let parts: [Part]
  /// How many names of the path it speaks of.
  private let names: Int

  /// nil for one without `{host}`, or with several.
  public init?(_ text: String) {
    let around = text.split(separator: Self.mark, omittingEmptySubsequences: false)
    guard around.count == 2 else { return nil }
    self.text = text
    names = text.split(separator: "/", omittingEmptySubsequences: false).count
    parts = Self.parts(around[0]) + [.host] + Self.parts(around[1])
  }

  private static func parts(_ text: Substring) -> [Part] {
    var parts: [Part] = []
    for (index, piece) in text.split(separator: "*", omittingEmptySubsequences: false).enumerated()
    {
      if index > 0, parts.last != .any { parts.append(.any) }
      if !piece.isEmpty { parts.append(.text(Array(piece.utf8))) }
    }
    return parts
  }

  /// The host's name in a path; nil where it does not match. Of several the shortest first part wins.
  public func host(in path: String) -> String? {
    let all = path.split(separator: "/", omittingEmptySubsequences: false)
    guard all.count >= names else { return nil }
    let end = Array(all.suffix(names).joined(separator: "/").utf8)
    guard let found = match(parts[...], end, 0), !found.isEmpty else { return nil }
    return String(decoding: end[found], as: UTF8.self)
  }

  /// The range of the host; an empty one where the rest matches without it.
  private func match(_ parts: ArraySlice<Part>, _ path: [UInt8], _ start: Int) -> Range<Int>? {
    guard let part = parts.first else { return start == path.count ? start..<start : nil }
    let rest = parts.dropFirst()
    switch part {
    case .text(let text):
      guard path[start...].starts(with: text) else { return nil }
      return match(rest, path, start + text.count)
    case .host, .any:
      var end = part == .host ? start + 1 : start
      while end <= path.count, path[start..<end].last != UInt8(ascii: "/") {
        if let found = match(rest, path, end) { return part == .host ? start..<end : found }
        end += 1
      }
      return nil
    }
  }
}
