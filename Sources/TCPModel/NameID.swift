/// The number of a text that many socket samples share.
public struct NameID: RawRepresentable, BitwiseCopyable, Sendable, Hashable {
  public var rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// The number of a list of processes that many socket samples share.
public struct ProcessListID: RawRepresentable, BitwiseCopyable, Sendable, Hashable {
  public var rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
}
