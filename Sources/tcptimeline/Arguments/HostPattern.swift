import Support
import TCPModel

/// Whom `--host` means: an address, a network, or servers by their name, in which `*` stands for any
/// text.
enum HostPattern: Hashable, CustomStringConvertible {
  case addresses(AddressPrefix)
  /// In lower case.
  case name(String)

  init?(_ text: String) {
    if let prefix = AddressPrefix(text) {
      self = .addresses(prefix)
      return
    }
    let isName = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._*".utf8.contains(byte)
    }
    // A name without a letter is an address with a mistake.
    guard isName, text.contains(where: { $0.isLetter || $0 == "*" }) else { return nil }
    self = .name(text.lowercased())
  }

  var description: String {
    switch self {
    case .addresses(let prefix): prefix.description
    case .name(let name): name
    }
  }

  func matches(_ summary: ConnectionSummary) -> Bool {
    switch self {
    case .addresses(let prefix):
      prefix.contains(summary.client.address) || prefix.contains(summary.server.address)
    case .name(let pattern):
      summary.name.map { Self.matches(Array($0.text.lowercased().utf8), Array(pattern.utf8)) }
        ?? false
    }
  }

  func renamed(by pseudonyms: inout AddressPseudonyms) -> HostPattern {
    switch self {
    case .addresses(let prefix): .addresses(prefix.renamed(by: &pseudonyms))
    case .name(let name): .name(Self.renamed(name, by: pseudonyms.names))
    }
  }

  /// A star stays where it stands for whole labels in front, which is where names of a domain differ.
  private static func renamed(_ pattern: String, by pseudonyms: NamePseudonyms) -> String {
    if !pattern.contains("*") { return pseudonyms.pseudonym(of: pattern) }
    guard pattern.hasPrefix("*."), !pattern.dropFirst(2).contains("*") else { return pattern }
    return "*." + pseudonyms.pseudonym(of: String(pattern.dropFirst(2)))
  }

  /// Greedy, going back to the last star only: no pattern takes longer than its length times the name's.
  private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
    var (place, next) = (0, 0)
    var star: (pattern: Int, name: Int)?
    while place < name.count {
      if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
        star = (next, place)
        next += 1
      } else if next < pattern.count, pattern[next] == name[place] {
        next += 1
        place += 1
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        next = last.pattern + 1
        place = last.name + 1
      } else {
        return false
      }
    }
    return pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
