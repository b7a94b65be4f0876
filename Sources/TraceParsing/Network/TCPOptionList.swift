import TCPModel

/// Option kinds (IANA, TCP parameters).
private enum OptionKind {
  static let end: UInt8 = 0
  static let noOperation: UInt8 = 1
  static let mss: UInt8 = 2
  static let windowScale: UInt8 = 3
  static let sackPermitted: UInt8 = 4
  static let sack: UInt8 = 5
  static let timestamps: UInt8 = 8
  static let md5: UInt8 = 19
  static let userTimeout: UInt8 = 28
  static let authentication: UInt8 = 29
  static let multipath: UInt8 = 30
  static let fastOpen: UInt8 = 34
  static let experiment1: UInt8 = 253
  static let experiment2: UInt8 = 254
}

extension TCPOptions.Kinds {
  @inline(always)
  fileprivate static var ofLinuxSYN: TCPOptions.Kinds {
    TCPOptions.Kinds(
      rawValue: mss.rawValue | sackPermitted.rawValue | timestamps.rawValue | windowScale.rawValue)
  }
}

extension TCPOptions {
  /// Decodes a list of options: kind (1), and but for kinds 0 and 1 the whole option's length (1)
  /// and its value.
  @inline(always)
  mutating func decode(_ list: RawSpan) {
    // Most segments carry two NOPs and the time stamps, nothing else (RFC 7323 appendix A).
    if list.byteCount == 12, list.uint32(at: 0) == 0x0101_080A {
      kinds = .timestamps
      timestampValue = list.uint32(at: 4)
      timestampEcho = list.uint32(at: 8)
      return
    }
    // The SYNs of Linux: 20 instructions instead of 440.
    if list.byteCount == 20, list.uint32(at: 0) & 0xFFFF_0000 == 0x0204_0000,
      list.uint32(at: 4) == 0x0402_080A, list.uint32(at: 16) & 0xFFFF_FF00 == 0x0103_0300
    {
      kinds = .ofLinuxSYN
      mss = list.uint16(at: 2)
      timestampValue = list.uint32(at: 8)
      timestampEcho = list.uint32(at: 12)
      windowScale = list.uint8(at: 19)
      return
    }
    decodeList(list)
  }

  @inline(never)
  private mutating func decodeList(_ list: RawSpan) {
    var rest = list
    while rest.byteCount > 0 {
      let kind = rest.uint8(at: 0)
      if kind == OptionKind.end { return }
      if kind == OptionKind.noOperation {
        rest = rest.dropping(1)
        continue
      }
      let length = rest.byteCount >= 2 ? Int(rest.uint8(at: 1)) : 0
      guard length >= 2, length <= rest.byteCount else {
        kinds.insert(.malformed)
        return
      }
      decodeOption(kind, rest.extracting(first: length).dropping(2))
      rest = rest.dropping(length)
    }
  }

  /// An option whose length does not fit its kind is passed over; the first of a kind counts.
  private mutating func decodeOption(_ kind: UInt8, _ value: RawSpan) {
    switch (kind, value.byteCount) {
    case (OptionKind.mss, 2):
      guard kinds.insert(.mss).inserted else { return }
      mss = value.uint16(at: 0)
    case (OptionKind.windowScale, 1):
      guard kinds.insert(.windowScale).inserted else { return }
      windowScale = value.uint8(at: 0)
    case (OptionKind.sackPermitted, 0):
      kinds.insert(.sackPermitted)
    case (OptionKind.sack, 8), (OptionKind.sack, 16), (OptionKind.sack, 24), (OptionKind.sack, 32):
      guard kinds.insert(.sack).inserted else { return }
      sackCount = UInt8(value.byteCount / 8)
      for index in 0..<(value.byteCount / 8) {
        sack[index] = SACKBlock(
          left: SequenceNumber(value.uint32(at: 8 * index)),
          right: SequenceNumber(value.uint32(at: 8 * index + 4)))
      }
    case (OptionKind.timestamps, 8):
      guard kinds.insert(.timestamps).inserted else { return }
      timestampValue = value.uint32(at: 0)
      timestampEcho = value.uint32(at: 4)
    case (OptionKind.fastOpen, let length):
      guard kinds.insert(.fastOpen).inserted else { return }
      fastOpenCookieLength = UInt8(clamping: length)
    case (OptionKind.experiment1, 2...), (OptionKind.experiment2, 2...):
      // Experiments share a kind and begin with an identifier (RFC 6994); RFC 7413 4.1.1.
      guard value.uint16(at: 0) == 0xF989, kinds.insert(.fastOpen).inserted else { return }
      fastOpenCookieLength = UInt8(clamping: value.byteCount - 2)
    case (OptionKind.multipath, _): kinds.insert(.multipath)
    case (OptionKind.md5, 16): kinds.insert(.md5)
    case (OptionKind.authentication, _): kinds.insert(.authentication)
    case (OptionKind.userTimeout, 2): kinds.insert(.userTimeout)
    case (OptionKind.mss, _), (OptionKind.windowScale, _), (OptionKind.sackPermitted, _),
      (OptionKind.sack, _), (OptionKind.timestamps, _), (OptionKind.md5, _),
      (OptionKind.userTimeout, _):
      kinds.insert(.malformed)
    default: break
    }
  }
}
