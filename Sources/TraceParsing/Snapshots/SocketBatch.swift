import Support
import TCPModel

/// Room for the sockets of one call of `SnapshotReader.read(into:)`, used again and again, and the
/// texts they refer to.
///
/// The names outlive the calls and the files: samples of several readers that fill one batch can be
/// compared by their ids.
public struct SocketBatch: ~Copyable {
  /// How many sockets a call brings. A sample is 911 bytes; 32 of them, 29 KB, stay in the first-level
  /// cache until they are counted.
  public static let size = 32

  private let storage: UnsafeMutablePointer<SocketSample>
  public private(set) var count = 0
  public internal(set) var names = SocketNames()

  public init() {
    storage = .allocate(capacity: SocketBatch.size + 1)
  }

  deinit {
    storage.deallocate()
  }

  /// The sockets, in the order of the file.
  public var span: Span<SocketSample> {
    @_lifetime(borrow self)
    get {
      let samples = UnsafeBufferPointer(start: storage, count: count).span
      return _overrideLifetime(samples, borrowing: self)
    }
  }

  var isFull: Bool { count >= SocketBatch.size }

  mutating func removeAll() {
    count = 0
  }

  /// The names that came since the last call.
  mutating func takeAdditions() -> NameAdditions { names.takeAdditions() }

  /// A line closes at most one row, and the reader stops before a line when the batch is full.
  @inline(__always)
  mutating func append(_ sample: borrowing SocketSample) {
    (storage + count).initialize(to: copy sample)
    count += 1
  }
}
