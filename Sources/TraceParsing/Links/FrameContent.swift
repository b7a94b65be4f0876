/// What a frame turned out to hold. The names go into `CaptureInfo.skipped` and are stable.
enum FrameContent: UInt8, BitwiseCopyable, CaseIterable {
  /// At least one TCP segment: not skipped.
  case tcp
  case arp
  case udp
  case icmp
  /// Another protocol on top of IP.
  case otherIPProtocol
  /// An IP packet encrypted by IPsec (ESP).
  case encryptedIP
  /// A protocol that is not IP.
  case nonIP
  /// A type of frame that is not known: it may carry anything.
  case unknownEtherType
  case macSecurityEncrypted
  /// A part of a fragmented IP packet that did not complete it.
  case ipFragment
  /// An IP header whose version or lengths are impossible.
  case badIPHeader
  /// The captured bytes end before the TCP header's flags.
  case cutBeforeTCP
  /// A Wi-Fi frame that carries no data: management, control, a null frame.
  case wlanWithoutData
  case wlanEncrypted
  /// A part of a frame that was split on the air or in its tunnel.
  case wlanFragment
  /// Compressed, and so much was inflated already that it must be an attack.
  case overInflationBudget
  /// More headers inside headers than anything real has.
  case tooManyHeaders
  /// The interface has a link type that is not decoded.
  case unknownLinkType
  /// The filter does not want it.
  case filteredOut
  /// A record that Wireshark numbers as a frame, but that is no packet.
  case notAPacket

  var name: String {
    switch self {
    case .tcp: "tcp"
    case .arp: "arp"
    case .udp: "udp"
    case .icmp: "icmp"
    case .otherIPProtocol: "other_ip_protocol"
    case .encryptedIP: "esp"
    case .nonIP: "non_ip"
    case .unknownEtherType: "unknown_ether_type"
    case .macSecurityEncrypted: "macsec_encrypted"
    case .ipFragment: "ip_fragment"
    case .badIPHeader: "bad_ip_header"
    case .cutBeforeTCP: "cut_before_tcp"
    case .wlanWithoutData: "wlan_without_data"
    case .wlanEncrypted: "wlan_encrypted"
    case .wlanFragment: "wlan_fragment"
    case .overInflationBudget: "over_inflation_budget"
    case .tooManyHeaders: "too_many_headers"
    case .unknownLinkType: "unknown_link_type"
    case .filteredOut: "filtered_out"
    case .notAPacket: "not_a_packet"
    }
  }
}
