import TCPModel

extension AddressPseudonyms {
  /// Of `host[:port]` (RFC 3986 3.2), where the host is a name or an address; the port stays.
  public func pseudonym(ofAuthority authority: String) -> String {
    if let host = pseudonym(ofAddress: authority) { return host }
    let colon = authority.lastIndex(of: ":") ?? authority.endIndex
    let host = String(authority[..<colon])
    return (pseudonym(ofAddress: host) ?? names.pseudonym(of: host)) + authority[colon...]
  }

  /// nil where it is none.
  private func pseudonym(ofAddress text: String) -> String? {
    let isBracketed = text.first == "[" && text.last == "]"
    guard let address = IPAddress(isBracketed ? String(text.dropFirst().dropLast()) : text) else {
      return nil
    }
    var addresses = self
    let other = addresses.pseudonym(of: address).description
    return isBracketed ? "[" + other + "]" : other
  }
}
