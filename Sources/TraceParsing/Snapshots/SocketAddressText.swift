import Support
import TCPModel

/// The `Address:Port` token of an `ss` row.
///
///     10.0.0.1:22  10.0.0.1%lo:53  *:22  [::1]:22  [fe80::1]%eth0:22  [fe80::1%eth0]:22  :::22
///
/// The port is what stands behind the last colon: a number, `*` or a service name.
struct SocketAddressText {
  var address: IPAddress
  /// 0 for `*`, and for a service name.
  var port: UInt16
  var isIPv4Mapped: Bool
  var service: UnsafeRawBufferPointer?
  var interface: UnsafeRawBufferPointer?

  @inline(__always)
  init?(_ token: UnsafeRawBufferPointer) {
    var colon = token.count - 1
    while colon >= 0, token[colon] != UInt8(ascii: ":") { colon -= 1 }
    guard colon > 0, colon < token.count - 1 else { return nil }
    guard let port = SocketAddressText.port(token, from: colon + 1) else { return nil }
    self.port = port.number
    if port.isName { service = UnsafeRawBufferPointer(rebasing: token[(colon + 1)...]) }
    isIPv4Mapped = false
    var host = UnsafeRawBufferPointer(rebasing: token[..<colon])
    // Nine in ten addresses are IPv4, and this is the hot path.
    if let address = IPAddress.ipv4(host) {
      self.address = IPAddress(ipv4: address)
      return
    }
    if let percent = host.firstIndex(of: UInt8(ascii: "%")) {
      var name = UnsafeRawBufferPointer(rebasing: host[(percent + 1)...])
      if name.last == UInt8(ascii: "]") { name = UnsafeRawBufferPointer(rebasing: name.dropLast()) }
      if name.isEmpty { return nil }
      interface = name
      host = UnsafeRawBufferPointer(rebasing: host[..<percent])
    }
    if host.first == UInt8(ascii: "[") {
      host = UnsafeRawBufferPointer(rebasing: host.dropFirst())
      if host.last == UInt8(ascii: "]") { host = UnsafeRawBufferPointer(rebasing: host.dropLast()) }
    }
    if host.count == 1, host[0] == UInt8(ascii: "*") {
      address = IPAddress(ipv6: 0, 0)
      return
    }
    guard let address = IPAddress(host) else { return nil }
    if let mapped = address.ipv4Mapped {
      self.address = mapped
      isIPv4Mapped = true
    } else {
      self.address = address
    }
  }

  @inline(__always)
  private static func port(
    _ token: UnsafeRawBufferPointer, from start: Int
  ) -> (number: UInt16, isName: Bool)? {
    if token[start] == UInt8(ascii: "*") { return token.count == start + 1 ? (0, false) : nil }
    var number: UInt32 = 0
    for index in start..<token.count {
      let digit = token[index] &- 0x30
      guard digit < 10 else { return isServiceName(token, from: start) ? (0, true) : nil }
      number = number &* 10 &+ UInt32(digit)
      guard number <= 0xFFFF else { return nil }
    }
    return (UInt16(truncatingIfNeeded: number), false)
  }

  /// RFC 6335 5.1 allows letters, digits and `-`; the table itself has `_`, `+`, `.` and `/`.
  private static func isServiceName(_ token: UnsafeRawBufferPointer, from start: Int) -> Bool {
    var hasLetter = false
    for byte in token[start...] {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
        hasLetter = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "/"):
        break
      default: return false
      }
    }
    return hasLetter
  }
}

extension IPAddress {
  /// The IPv4 address inside an IPv4-mapped one (RFC 4291 2.5.5.2).
  var ipv4Mapped: IPAddress? {
    guard isIPv6, upper == 0, lower >> 32 == 0xFFFF else { return nil }
    return IPAddress(ipv4: UInt32(truncatingIfNeeded: lower))
  }
}
