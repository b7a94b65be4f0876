import TCPModel

/// What came into a `SocketNames` from one moment to another.
public struct NameAdditions: Sendable {
  var texts = ByteStrings()
  var lists = ByteStrings()

  public init() {}
}
