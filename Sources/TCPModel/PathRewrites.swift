/// A value as the client's capture has it and as the server's has it.
public struct Rewrite<Value: Sendable & Hashable>: Sendable, Hashable {
  public var atClient: Value
  public var atServer: Value

  public init(_ atClient: Value, _ atServer: Value) {
    self.atClient = atClient
    self.atServer = atServer
  }
}

/// What the path changed in the segments of a connection; nil or empty where it changed nothing.
public struct PathRewrites: Sendable, Hashable {
  public var clientAddress: Rewrite<IPAddress>?
  public var clientPort: Rewrite<UInt16>?
  public var serverAddress: Rewrite<IPAddress>?
  public var serverPort: Rewrite<UInt16>?
  /// The server's number less the client's, modulo 2^32; by the side whose initial sequence number it is.
  public var isnDelta = PerSide<UInt32?>(both: nil)
  /// By the side that offered it: as sent, as it arrived.
  public var mss = PerSide<Rewrite<UInt16>?>(both: nil)
  public var windowScale = PerSide<Rewrite<UInt8>?>(both: nil)
  /// Options of a SYN that did not arrive with it, by their names in the report.
  public var optionsStripped: [String] = []
  public var optionsAdded: [String] = []
  /// By sender: as sent, as it arrived.
  public var dscp = PerSide<Rewrite<UInt8>?>(both: nil)
  /// ECT marks that were taken away, by sender.
  public var ecnCleared = PerSide<Int64>(both: 0)
  /// Segments that were cut or merged on the path, by sender.
  public var resegmented = PerSide<Int64>(both: 0)
  /// SACK blocks kept the numbers of the other side of a path that changes sequence numbers.
  public var sackNotTranslated = false
  /// Routers that lowered the time to live, by sender; nil where it rose.
  public var hops = PerSide<Int?>(both: nil)

  public init() {}

  /// Whether anything but the time to live differs.
  public var isNothing: Bool {
    var other = self
    other.hops = PerSide(both: nil)
    return other == PathRewrites()
  }
}
