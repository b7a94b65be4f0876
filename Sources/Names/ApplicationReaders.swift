import TCPModel

/// What is spoken over the connections of a capture, by the first bytes of each direction.
///
/// The tracker keeps one number a connection, its `State`, and shows payload while `wants` says so. Most
/// connections are decided by the first segment of each direction, where it lies; only the others take a
/// reader, which keeps at most 16 KiB of each direction that it could not read yet.
public struct ApplicationReaders: ~Copyable {
  /// How far a connection has been read.
  ///
  /// The two lowest bits: a direction (1 low, 2 high) tells nothing. Both: nothing more is wanted, and
  /// the rest is the number of the facts plus one. The highest bit: the rest is a reader's number.
  public struct State: BitwiseCopyable, Sendable {
    @usableFromInline var value: UInt32 = 0

    @inlinable
    public init() {}

    /// Whether the next payload may tell something.
    @inlinable @inline(__always)
    public var wantsPayload: Bool { value & 3 != 3 }

    /// There is a reader.
    @inlinable @inline(__always)
    public var isReading: Bool { value >> 31 != 0 }

    /// Whether a direction, of which these are the first bytes, tells nothing; then it is not asked
    /// again. Nothing that is known begins with four zero bytes. In doubt it may tell something.
    @inlinable @inline(__always)
    public mutating func dismisses(_ bytes: UnsafeRawBufferPointer, from end: End) -> Bool {
      guard bytes.count >= 4, value & 0x8000_0000 == 0,
        bytes.loadUnaligned(as: UInt32.self) == 0
      else { return false }
      value |= end == .low ? 1 : 2
      return true
    }

    /// No byte of either direction was looked at.
    public var isUntouched: Bool { value == 0 }

    fileprivate static let reading: UInt32 = 1 << 31
    fileprivate var reader: Int? {
      value & State.reading != 0 ? Int(value & ~State.reading) >> 2 : nil
    }
    fileprivate var facts: Int? {
      value & State.reading == 0 && value & 3 == 3 && value > 3 ? Int(value >> 2) - 1 : nil
    }

    fileprivate static func reading(_ reader: Int) -> UInt32 {
      reading | UInt32(truncatingIfNeeded: reader << 2)
    }
    fileprivate static func told(_ facts: Int?) -> UInt32 {
      3 | UInt32(truncatingIfNeeded: (facts ?? -1) + 1) << 2
    }
  }

  /// How TLS stands.
  public enum TLSStage: BitwiseCopyable, Sendable {
    case none
    case handshake
    case over(ServerDue)
  }

  /// The payload of one segment.
  public struct Payload {
    /// What was captured of it.
    public var bytes: UnsafeRawBufferPointer
    /// Bytes that were sent.
    public var length: UInt32
    /// Of its first byte.
    public var sequence: UInt32
    /// Of the direction's first byte; nil where its SYN was not captured.
    public var origin: UInt32?
    public var from: End
    /// From the connection's first segment.
    public var at: Nanoseconds
    public var frame: Int64
    public var time: Timestamp
    public var key: FlowKey

    public init(
      _ bytes: UnsafeRawBufferPointer, length: UInt32, sequence: UInt32, origin: UInt32?,
      from: End, at: Nanoseconds, frame: Int64, time: Timestamp, key: FlowKey
    ) {
      self.bytes = bytes
      self.length = length
      self.sequence = sequence
      self.origin = origin
      self.from = from
      self.at = at
      self.frame = frame
      self.time = time
      self.key = key
    }
  }

  private let options: ReadingOptions
  /// In memory of its own, because many may be reading for a while, and few later.
  private final class Reading {
    var reader: ConnectionReader

    init(_ options: ReadingOptions) {
      reader = ConnectionReader(options)
    }
  }

  /// The tracker knows each by its number here.
  private var readings: [Reading?] = []
  private var free: [Int] = []
  private var facts = FactStore()
  private var kinds = ClientKinds()
  /// What name servers answered over TCP.
  public private(set) var answers = DNSAnswers()

  public init(_ options: ReadingOptions = ReadingOptions()) {
    self.options = options
  }

  /// - Parameter client: As far as is known now.
  @inline(never)
  public mutating func take(
    _ payload: Payload, client: End, _ state: inout State
  ) -> TLSStage {
    guard payload.length > 0 else { return .none }
    if let number = state.reader {
      return read(payload, number, client: client, &state)
    }
    let direction: UInt32 = payload.from == .low ? 1 : 2
    guard state.value & direction == 0 else { return .none }
    if payload.origin == nil || payload.origin == payload.sequence {
      // Nothing was captured of it: the port alone may tell.
      if payload.bytes.isEmpty { return .none }
      let recognition = FirstBytes.recognise(
        payload.bytes.bytes, segmentLength: Int(payload.length))
      if recognition == .unknown || recognition == .undecided && payload.isCut {
        state.value |= direction
        return .none
      }
    } else if let origin = payload.origin,
      Int32(bitPattern: payload.sequence &- origin) < 0 || payload.bytes.isEmpty
    {
      return .none
    }
    let reading = Reading(options)
    if state.value & 3 != 0 { reading.reader.leaveOut(payload.from.other) }
    let number = free.popLast() ?? readings.count
    if number == readings.count { readings.append(reading) } else { readings[number] = reading }
    state.value = State.reading(number)
    return read(payload, number, client: client, &state)
  }

  private mutating func read(
    _ payload: Payload, _ number: Int, client: End, _ state: inout State
  ) -> TLSStage {
    guard let reading = readings[number] else { return .none }
    let standing = reading.reader.take(
      payload.bytes.bytes, length: payload.length, sequence: payload.sequence,
      origin: payload.origin, from: payload.from, Arrival(at: payload.at, frame: payload.frame))
    if standing.hasAnswers {
      for answer in reading.reader.takeAnswers() {
        answers.add(
          answer.message, client: payload.key[answer.to].address, at: payload.time)
      }
    }
    if standing.isOver { finish(&state, client: client) }
    if let due = standing.due { return .over(due) }
    return standing.isInHandshake && !standing.isOver ? .handshake : .none
  }

  /// No more payload comes: the reader, if there is one, gives way to what it found.
  ///
  /// - Returns: Whether it tells of trouble: a response was cut short, a handshake ended by an alert.
  @discardableResult
  public mutating func finish(_ state: inout State, client: End) -> Bool {
    guard let number = state.reader, let reading = readings[number] else { return false }
    let told = reading.reader.facts(client: client, &kinds)
    readings[number] = nil
    free.append(number)
    state.value = State.told(told.map { facts.append($0) })
    return told?.troubles.isEmpty == false
  }

  /// Nobody will ask what a connection's bytes tell. What is told already stays.
  public mutating func drop(_ state: State) {
    guard let number = state.reader, readings[number] != nil else { return }
    readings[number] = nil
    free.append(number)
  }

  /// What a connection's bytes tell; nil where they tell nothing.
  public func facts(_ state: State, client: End) -> ApplicationFacts? {
    if let number = state.reader {
      // What is remembered is not shared: several threads ask.
      var kinds = ClientKinds()
      var reader = readings[number]?.reader
      return reader?.facts(client: client, &kinds) ?? nil
    }
    return state.facts.flatMap { facts[$0] }
  }
}

extension ApplicationReaders.Payload {
  /// Less was captured than was sent.
  fileprivate var isCut: Bool { bytes.count < Int(length) }
}
