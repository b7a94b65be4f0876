/// How much of what is spoken over a connection is kept.
public struct ReadingOptions: Sendable {
  /// Exchanges kept of a connection; the others are counted.
  public var exchangeLimit: Int
  /// Whether the targets of requests are kept, not their length alone.
  public var keepsPaths: Bool

  public init(exchangeLimit: Int = 64, keepsPaths: Bool = false) {
    self.exchangeLimit = exchangeLimit
    self.keepsPaths = keepsPaths
  }
}
