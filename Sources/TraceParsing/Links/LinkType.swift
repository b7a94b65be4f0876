/// A link type as capture files number it (LINKTYPE_, tcpdump.org/linktypes.html).
struct LinkType: BitwiseCopyable, Hashable {
  let rawValue: UInt16

  var layer: LinkLayer {
    switch rawValue {
    case 0, 108: .loopback
    case 1: .ethernet
    case 6: .tokenRing
    case 7: .arcnet
    case 9, 50: .ppp
    case 10: .fddi
    // 12 and 14 are what DLT_RAW was on the writing system, 101 its name in files.
    case 12, 14, 101, 228, 229: .ip
    case 51: .pppoe
    case 104: .ciscoHDLC
    case 105: .wlan
    case 107: .frameRelay
    case 113: .linuxSLL
    case 119, 163: .prism
    case 127: .radiotap
    case 129: .arcnetLinux
    case 178: .juniperEthernet
    case 192: .ppi
    case 239: .nflog
    case 242: .ipOverInfiniBand
    case 276: .linuxSLL2
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
    case 104: "C_HDLC"
    case 105: "IEEE802_11"
    case 107: "FRELAY"
    case 108: "LOOP"
    case 113: "LINUX_SLL"
    case 119: "IEEE802_11_PRISM"
    case 122: "IP_OVER_FC"
    case 127: "IEEE802_11_RADIOTAP"
    case 129: "ARCNET_LINUX"
    case 143: "DOCSIS"
    case 147: "USER0"
    case 163: "IEEE802_11_AVS"
    case 178: "JUNIPER_ETHER"
    case 187: "BLUETOOTH_HCI_H4"
    case 189: "USB_LINUX"
    case 192: "PPI"
    case 195: "IEEE802_15_4_WITHFCS"
    case 201: "BLUETOOTH_HCI_H4_WITH_PHDR"
    case 220: "USB_LINUX_MMAPPED"
    case 227: "CAN_SOCKETCAN"
    case 228: "IPV4"
    case 229: "IPV6"
    case 231: "DBUS"
    case 239: "NFLOG"
    case 242: "IPOIB"
    case 249: "USBPCAP"
    case 253: "NETLINK"
    case 276: "LINUX_SLL2"
    default: "\(rawValue)"
    }
  }
}
