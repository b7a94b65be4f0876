/// Other names in place of the real ones: the same one every time, and names of one domain are in one
/// domain still.
///
/// A label depends on the key and on all that stands behind it.
public struct NamePseudonyms: Sendable {
  private let key: (UInt64, UInt64)

  /// - Parameter secret: Whoever knows it can try names.
  public init(secret: some Collection<UInt8>) {
    key = (
      SipHash.hash(secret, key: (0x7463_7074_696D_656C, 0x696E_6520_6E61_6D30)),
      SipHash.hash(secret, key: (0x7463_7074_696D_656C, 0x696E_6520_6E61_6D31))
    )
  }

  public func pseudonym(of name: String) -> String {
    let name = name.lowercased()
    var labels: [String] = []
    var rest = name[...]
    while !rest.isEmpty {
      labels.append(label(for: rest))
      guard let dot = rest.firstIndex(of: ".") else { break }
      rest = rest[rest.index(after: dot)...]
    }
    return labels.joined(separator: ".") + ".example"
  }

  private func label(for rest: Substring) -> String {
    "n" + String(SipHash.hash(rest.utf8, key: key) >> 32, radix: 16).zeroPadded(to: 8)
  }
}
