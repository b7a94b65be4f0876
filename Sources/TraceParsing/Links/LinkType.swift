/// A link type as capture files number it (LINKTYPE_, tcpdump.org/linktypes.html).
struct LinkType: BitwiseCopyable, Hashable {
  let rawValue: UInt16

  var layer: LinkLayer {
    switch rawValue {
    case 0, 108: .loopback
    case 1: .ethernet
    case 6: .tokenRing
    case 7: .arcnet
    case 8: .slip
    case 9, 50: .ppp
    case 10: .fddi
    // 12 and 14 are what DLT_RAW was on the writing system, 101 its name in files.
    case 12, 14, 101, 228, 229: .ip
    case 51: .pppoe
    case 100: .llc
    case 104: .ciscoHDLC
    case 105: .wlan
    case 107: .frameRelay
    case 109: .ipsecInterface
    case 113: .linuxSLL
    case 117: .packetFilterLog
    case 119, 163: .prism
    case 122: .fibreChannel
    case 127: .radiotap
    case 129: .arcnetLinux
    case 138: .fireWire
    case 166: .pppDaemon
    case 178: .juniperEthernet
    case 192: .ppi
    case 204: .pppWithDirection
    case 205: .hdlcWithDirection
    case 206: .frameRelayWithDirection
    case 219: .mpls
    case 226: .solarisIPNet
    case 239: .nflog
    case 240: .ethernetAfter4
    case 241: .ethernetAfter12
    case 242: .ipOverInfiniBand
    case 258: .packetTap
    case 274: .ethernetWithPreamble
    case 276: .linuxSLL2
    case 281, 283: .switchTag4
    case 282: .ethernetAfter4
    case 284: .switchTag8
    default: .unknown
    }
  }

  var isUnknown: Bool { layer == .unknown }

  /// The name without its prefix; the number where none is known here.
  var name: String {
    switch rawValue {
    case 0: "NULL"
    case 1: "ETHERNET"
    case 6: "IEEE802_5"
    case 7: "ARCNET_BSD"
    case 8: "SLIP"
    case 9: "PPP"
    case 10: "FDDI"
    case 12, 14, 101: "RAW"
    case 50: "PPP_HDLC"
    case 51: "PPP_ETHER"
    case 100: "ATM_RFC1483"
    case 104: "C_HDLC"
    case 105: "IEEE802_11"
    case 107: "FRELAY"
    case 108: "LOOP"
    case 109: "ENC"
    case 113: "LINUX_SLL"
    case 117: "PFLOG"
    case 119: "IEEE802_11_PRISM"
    case 122: "IP_OVER_FC"
    case 127: "IEEE802_11_RADIOTAP"
    case 129: "ARCNET_LINUX"
    case 138: "APPLE_IP_OVER_IEEE1394"
    case 143: "DOCSIS"
    case 147: "USER0"
    case 163: "IEEE802_11_AVS"
    case 149: "USER2"
    case 166: "PPP_PPPD"
    case 178: "JUNIPER_ETHER"
    case 187: "BLUETOOTH_HCI_H4"
    case 189: "USB_LINUX"
    case 192: "PPI"
    case 195: "IEEE802_15_4_WITHFCS"
    case 201: "BLUETOOTH_HCI_H4_WITH_PHDR"
    case 204: "PPP_WITH_DIR"
    case 205: "C_HDLC_WITH_DIR"
    case 206: "FRELAY_WITH_DIR"
    case 219: "MPLS"
    case 220: "USB_LINUX_MMAPPED"
    case 226: "IPNET"
    case 227: "CAN_SOCKETCAN"
    case 228: "IPV4"
    case 229: "IPV6"
    case 231: "DBUS"
    case 239: "NFLOG"
    case 240: "NETANALYZER"
    case 241: "NETANALYZER_TRANSPARENT"
    case 242: "IPOIB"
    case 249: "USBPCAP"
    case 253: "NETLINK"
    case 258: "PKTAP"
    case 266: "USB_DARWIN"
    case 274: "ETHERNET_MPACKET"
    case 276: "LINUX_SLL2"
    case 281: "DSA_TAG_BRCM"
    case 282: "DSA_TAG_BRCM_PREPEND"
    case 283: "DSA_TAG_DSA"
    case 284: "DSA_TAG_EDSA"
    default: "\(rawValue)"
    }
  }
}
