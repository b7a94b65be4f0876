import TCPModel

/// How an interface counts time (if_tsresol and if_tsoffset).
public struct TimeScale: BitwiseCopyable, Sendable, Hashable {
  private enum Unit: BitwiseCopyable, Hashable {
    /// Nanoseconds in one unit.
    case multiple(UInt64)
    /// Units in one nanosecond.
    case fraction(UInt64)
    /// Seconds are units shifted right by this.
    case binary(UInt8)
  }

  private var unit: Unit
  private var offset: Nanoseconds

  /// Microseconds, unless an interface says something else.
  static let microseconds = TimeScale(resolution: 6, offsetSeconds: 0)

  /// `resolution` is if_tsresol: a negative power of 10, or with the highest bit set of 2.
  init(resolution: UInt8, offsetSeconds: Int64) {
    let exponent = resolution & 0x7F
    if resolution & 0x80 != 0 {
      unit = .binary(exponent)
    } else if exponent <= 9 {
      unit = .multiple(TimeScale.powerOfTen(9 - exponent))
    } else {
      // Beyond 10^-28 a 64-bit count is less than a nanosecond.
      unit = .fraction(exponent <= 28 ? TimeScale.powerOfTen(exponent - 9) : .max)
    }
    let (product, overflow) = offsetSeconds.multipliedReportingOverflow(by: 1_000_000_000)
    offset = overflow ? (offsetSeconds < 0 ? .min : .max) : product
  }

  /// Whether it can be counted with; it may come from anybody.
  var isPlausible: Bool { unit != .fraction(0) }

  /// Clamped to what a `Timestamp` holds; parts of a nanosecond are cut off.
  @inline(always)
  func timestamp(_ count: UInt64) -> Timestamp {
    switch unit {
    case .multiple(let factor):
      let (product, overflow) = count.multipliedReportingOverflow(by: factor)
      let nanoseconds = overflow ? Int64.max : Int64(clamping: product)
      return Timestamp(nanoseconds: nanoseconds).advanced(by: offset)
    case .fraction(let divisor):
      return Timestamp(nanoseconds: Int64(clamping: count / divisor)).advanced(by: offset)
    case .binary(let shift):
      let nanoseconds = (UInt128(count) * 1_000_000_000) >> UInt128(shift)
      return Timestamp(nanoseconds: Int64(clamping: nanoseconds)).advanced(by: offset)
    }
  }

  private static func powerOfTen(_ exponent: UInt8) -> UInt64 {
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}

extension TimeScale: Codable {
  private enum Key: String, CodingKey {
    case multiple, fraction, binary, offset
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    offset = try values.decode(Nanoseconds.self, forKey: .offset)
    if let factor = try values.decodeIfPresent(UInt64.self, forKey: .multiple) {
      unit = .multiple(factor)
    } else if let divisor = try values.decodeIfPresent(UInt64.self, forKey: .fraction) {
      unit = .fraction(divisor)
    } else {
      unit = .binary(try values.decode(UInt8.self, forKey: .binary))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(offset, forKey: .offset)
    switch unit {
    case .multiple(let factor): try values.encode(factor, forKey: .multiple)
    case .fraction(let divisor): try values.encode(divisor, forKey: .fraction)
    case .binary(let shift): try values.encode(shift, forKey: .binary)
    }
  }
}

/// An interface of a pcapng section, from its description block.
struct PcapNGInterface: BitwiseCopyable {
  var linkType: LinkType
  var layer: LinkLayer
  /// Bytes kept of a packet; 0 is no limit. Simple packet blocks need it.
  var snapLength: UInt32
  var timeScale: TimeScale
  /// Counted over all sections.
  var index: UInt16

  init(_ type: LinkType, snapLength: UInt32, _ timeScale: TimeScale, index: UInt16) {
    linkType = type
    layer = type.layer
    self.snapLength = snapLength
    self.timeScale = timeScale
    self.index = index
  }

  /// The body of an interface description block, without type and lengths.
  ///
  ///     0   link type (2), reserved (2)
  ///     4   snap length
  ///     8   options
  ///
  /// nil when it is shorter than its fixed part.
  init?(_ body: RawSpan, _ order: ByteOrder, index: Int) {
    guard body.byteCount >= 8 else { return nil }
    linkType = LinkType(rawValue: order.uint16(body, at: 0))
    layer = linkType.layer
    snapLength = order.uint32(body, at: 4)
    self.index = UInt16(clamping: index)
    var resolution: UInt8 = 6
    var offsetSeconds: Int64 = 0
    var options = PcapNGOptions(position: 8)
    while let option = options.next(in: body, order) {
      switch (option.code, option.length) {
      case (9, 1): resolution = body.uint8(at: option.value)
      case (14, 8): offsetSeconds = Int64(bitPattern: order.uint64(body, at: option.value))
      default: break
      }
    }
    timeScale = TimeScale(resolution: resolution, offsetSeconds: offsetSeconds)
  }
}

/// The options at the end of a block: code (2), length (2), value, padding to 4 bytes.
struct PcapNGOptions {
  struct Option {
    var code: UInt16
    var length: Int
    /// Where the value begins.
    var value: Int
  }

  var position: Int

  /// The next option that lies whole in the body; nil at the end of the list.
  mutating func next(in body: RawSpan, _ order: ByteOrder) -> Option? {
    guard position + 4 <= body.byteCount else { return nil }
    let code = order.uint16(body, at: position)
    let length = Int(order.uint16(body, at: position + 2))
    let value = position + 4
    guard code != 0, value + length <= body.byteCount else { return nil }
    position = value + (length + 3) & ~3
    return Option(code: code, length: length, value: value)
  }
}
