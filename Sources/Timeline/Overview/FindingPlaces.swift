import Support
import TCPModel

extension Finding {
  /// `(connections 4, 7; frame 12)`; of many the first few.
  public func places(_ texts: Texts) -> String {
    let parts = [
      Self.list("place.connections", connections.map(Int64.init), texts),
      Self.list("place.frames", frames, texts),
    ].compactMap(\.self)
    guard let first = parts.first else { return "" }
    let list =
      parts.count > 1 ? texts("place.both", ["before": first, "after": parts[1]]) : first
    return texts("place.list", ["list": list])
  }

  private static func list(_ key: String, _ numbers: [Int64], _ texts: Texts) -> String? {
    guard !numbers.isEmpty else { return nil }
    var list = numbers.prefix(5).map(String.init).joined(separator: ", ")
    if numbers.count > 5 {
      list = texts("list.more", ["list": list, "count": Quantity.count(numbers.count - 5)])
    }
    return texts.counted(key, Int64(numbers.count), ["list": list])
  }
}
