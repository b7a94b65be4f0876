/// A range of a capture's bytes on borders of records, with what reading from there needs to know of what
/// lies before it.
///
/// What only the bytes before it explain (the other fragments of an IP packet) is no part of it: a reader
/// of pieces keeps such frames as they are, for whoever puts the pieces together.
public struct CapturePiece: Codable, Sendable, Hashable {
  /// As it was named.
  public var input: String
  /// Whose place among all inputs this is, from 1.
  public var inputNumber: Int
  public var inputs: Int
  /// Nobody named the file itself: where it is damaged, the others are read all the same.
  public var isFromFolder: Bool
  /// Of the file when its pieces were listed.
  public var size: Int64
  /// From 1.
  public var piece: Int
  public var pieces: Int
  /// Where the first record begins. Behind the header of a pcap file.
  public var offset: Int64
  /// nil to the end of the file, however long that is.
  public var length: Int64?
  public var before: Before

  /// What reading at `offset` needs to know.
  public struct Before: Codable, Sendable, Hashable {
    public var frames: Int64 = 0
    /// Of the frame before, in nanoseconds since 1970.
    public var time: Int64 = 0
    /// Of the section of a pcapng file; nil before the first one, and for pcap.
    public var section: Section?

    public init() {}
  }

  public struct Section: Codable, Sendable, Hashable {
    public var isBigEndian: Bool
    /// Of all sections so far.
    public var interfacesSoFar: Int
    public var interfaces: [Interface]
  }

  public struct Interface: Codable, Sendable, Hashable {
    public var linkType: UInt16
    public var snapLength: UInt32
    public var time: TimeScale
    /// Counted over all sections, from 0.
    public var index: UInt16
  }

  /// Whether these numbers can belong to a piece; they may come from anybody.
  public var isPlausible: Bool {
    let most = CapturePiece.mostPieces
    guard !input.isEmpty, input.utf8.count <= 4096, (1...most).contains(inputs),
      (1...inputs).contains(inputNumber), (1...most).contains(pieces),
      (1...pieces).contains(piece), size >= 0, offset >= 0, length ?? 0 >= 0,
      before.frames >= 0, offset <= Int64.max - (length ?? 0), before.frames <= Int64.max / 2,
      (piece == pieces) == (length == nil)
    else { return false }
    guard let section = before.section else { return true }
    return section.interfaces.count <= PcapNGFile.maximumInterfaces
      && (section.interfaces.count...Int(Int32.max)).contains(section.interfacesSoFar)
      && section.interfaces.allSatisfy(\.time.isPlausible)
  }

  static let mostPieces = 1_000_000
}
