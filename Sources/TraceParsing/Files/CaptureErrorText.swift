// The words for each way in which a file is not a capture.

extension CaptureError {
  static let formats = "tcptimeline reads pcap, pcapng and socket snapshots"

  /// The file begins with something else, or with too little.
  static func notACapture(_ bytes: RawSpan) -> CaptureError {
    if bytes.byteCount == 0 {
      return CaptureError(
        .notACapture, .file, offset: 0, needed: 4, available: 0,
        "this file is empty (byte offset 0); \(formats)")
    }
    let known = bytes.withUnsafeBytes { ForeignFormat($0) }
    if let known {
      var error = CaptureError(.notACapture, .file, offset: 0, known.sentence)
      error.format = known.name
      return error
    }
    var start = ""
    for index in 0..<min(4, bytes.byteCount) {
      let byte = bytes.uint8(at: index)
      start += (byte < 16 ? " 0" : " ") + String(byte, radix: 16)
    }
    return CaptureError(
      .notACapture, .file, offset: 0, needed: 4, available: Int64(bytes.byteCount),
      "this is not a capture: it begins with\(start) (byte offset 0); \(formats)")
  }

  static func cutHeader(_ available: Int) -> CaptureError {
    CaptureError(
      .notACapture, .pcapHeader, offset: 0, needed: Int64(PcapFile.headerLength),
      available: Int64(available),
      "the pcap header is cut off (byte offset 0: \(PcapFile.headerLength) bytes needed, "
        + "\(available) there)")
  }

  static func cutSection(_ needed: Int, _ available: Int) -> CaptureError {
    CaptureError(
      .notACapture, .pcapngBlock, offset: 0, needed: Int64(needed), available: Int64(available),
      "the pcapng section header is cut off (byte offset 0: \(needed) bytes needed, "
        + "\(available) there)")
  }

  static func unknownVersion(_ major: UInt16) -> CaptureError {
    CaptureError(
      .notACapture, .pcapHeader, offset: 4,
      "pcap version \(major) is not known (byte offset 4); tcptimeline reads version 2")
  }

  /// No interface of the capture can be decoded. The offset is that of the pcap header's field;
  /// a pcapng file describes each interface in a block of its own.
  static func unknownLinkTypes(_ types: [LinkType], offset: Int64?) -> CaptureError {
    let numbers = types.filter(\.isUnknown).map(\.numberAndName)
    let place = offset.map { " (byte offset \($0))" } ?? ""
    if numbers.isEmpty {
      return CaptureError(
        .notACapture, .linkType, offset: offset ?? 0,
        "every frame says that it is of another link type, none of which is decoded")
    }
    return CaptureError(
      .notACapture, .linkType, offset: offset ?? 0,
      numbers.count == 1
        ? "link type \(numbers[0]) is not decoded\(place)"
        : "link types \(numbers.joined(separator: ", ")) are not decoded\(place)")
  }
}

extension LinkType {
  /// `189 (USB_LINUX)`, or the number alone.
  var numberAndName: String {
    name == "\(rawValue)" ? name : "\(rawValue) (\(name))"
  }
}

extension PcapNGFile.Damage {
  var text: String {
    switch self {
    case .zeros: "the file holds zeros where a block should begin"
    case .impossibleLength(let length):
      "a block claims a length of \(length) bytes, which must be at least 12 and a multiple of 4"
    case .tooLong(let length):
      "a block claims a length of \(length) bytes, more than the "
        + "\(PcapNGFile.maximumBlockLength) that any writer makes"
    case .lengthsDiffer(let first, let second):
      "a block claims a length of \(first) bytes at its beginning and \(second) at its end"
    case .tooManyInterfaces:
      "a section describes more than \(PcapNGFile.maximumInterfaces) interfaces"
    case .shortBody(let length): "a block's body of \(length) bytes is shorter than its header"
    case .unknownInterface(let number): "a packet names interface \(number), which is not described"
    case .noSection: "the file does not begin with a section header"
    case .unknownByteOrder(let mark):
      "a section header has the unknown byte-order mark 0x\(String(mark, radix: 16))"
    case .unknownVersion(let major): "pcapng version \(major) is not known"
    case .packetTooLong(let length): "a packet claims \(length) bytes, more than its block holds"
    }
  }

  /// The length at fault, where there is one.
  var needed: Int64? {
    switch self {
    case .impossibleLength(let length), .tooLong(let length), .packetTooLong(let length),
      .lengthsDiffer(let length, _):
      Int64(length)
    case .shortBody(let length): Int64(length)
    case .zeros, .unknownInterface, .tooManyInterfaces, .noSection, .unknownByteOrder,
      .unknownVersion:
      nil
    }
  }
}
