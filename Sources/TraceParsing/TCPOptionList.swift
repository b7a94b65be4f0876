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

extension TCPOptions {
  /// Decodes the options between two offsets, which lie inside `bytes`.
  ///
  /// kind (1), and but for kinds 0 and 1: length of the whole option (1), value
  @inline(__always)
  mutating func decode(_ bytes: RawSpan, from start: Int, to end: Int) {
    // Most segments carry two NOPs and the time stamps, nothing else (RFC 7323 appendix A).
    if end &- start == 12, bytes.uint32(at: start) == 0x0101_080A {
      kinds = .timestamps
      timestampValue = bytes.uint32(at: start &+ 4)
      timestampEcho = bytes.uint32(at: start &+ 8)
      return
    }
    decodeList(bytes, from: start, to: end)
  }

  @inline(never)
  private mutating func decodeList(_ bytes: RawSpan, from start: Int, to end: Int) {
    var position = start
    while position < end {
      let kind = bytes.uint8(at: position)
      if kind == OptionKind.end { return }
      if kind == OptionKind.noOperation {
        position += 1
        continue
      }
      guard position + 2 <= end else {
        kinds.insert(.malformed)
        return
      }
      let length = Int(bytes.uint8(at: position + 1))
      guard length >= 2, position + length <= end else {
        kinds.insert(.malformed)
        return
      }
      decodeOption(kind, length, bytes, at: position + 2)
      position += length
    }
  }

  /// An option whose length does not fit its kind is passed over; the first of a kind counts.
  private mutating func decodeOption(_ kind: UInt8, _ length: Int, _ bytes: RawSpan, at value: Int)
  {
    switch (kind, length) {
    case (OptionKind.mss, 4):
      guard kinds.insert(.mss).inserted else { return }
      mss = bytes.uint16(at: value)
    case (OptionKind.windowScale, 3):
      guard kinds.insert(.windowScale).inserted else { return }
      windowScale = bytes.uint8(at: value)
    case (OptionKind.sackPermitted, 2):
      kinds.insert(.sackPermitted)
    case (OptionKind.sack, 10), (OptionKind.sack, 18), (OptionKind.sack, 26), (OptionKind.sack, 34):
      guard kinds.insert(.sack).inserted else { return }
      sackCount = UInt8(length / 8)
      for index in 0..<(length / 8) {
        sack[index] = SACKBlock(
          left: SequenceNumber(bytes.uint32(at: value + 8 * index)),
          right: SequenceNumber(bytes.uint32(at: value + 8 * index + 4)))
      }
    case (OptionKind.timestamps, 10):
      guard kinds.insert(.timestamps).inserted else { return }
      timestampValue = bytes.uint32(at: value)
      timestampEcho = bytes.uint32(at: value + 4)
    case (OptionKind.fastOpen, _):
      guard kinds.insert(.fastOpen).inserted else { return }
      fastOpenCookieLength = UInt8(length - 2)
    case (OptionKind.experiment1, 4...), (OptionKind.experiment2, 4...):
      // Experiments share a kind and begin with an identifier (RFC 6994); RFC 7413 4.1.1.
      guard bytes.uint16(at: value) == 0xF989, kinds.insert(.fastOpen).inserted else { return }
      fastOpenCookieLength = UInt8(length - 4)
    case (OptionKind.multipath, _): kinds.insert(.multipath)
    case (OptionKind.md5, 18): kinds.insert(.md5)
    case (OptionKind.authentication, _): kinds.insert(.authentication)
    case (OptionKind.userTimeout, 4): kinds.insert(.userTimeout)
    case (OptionKind.mss, _), (OptionKind.windowScale, _), (OptionKind.sackPermitted, _),
      (OptionKind.sack, _), (OptionKind.timestamps, _), (OptionKind.md5, _),
      (OptionKind.userTimeout, _):
      kinds.insert(.malformed)
    default: break
    }
  }
}
