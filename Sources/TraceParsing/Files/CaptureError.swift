/// Why a capture could not be read. A damaged packet is data and never comes here; only a file
/// (or a pipe) of which nothing can be used, or that fails while it is read, does.
public struct CaptureError: Error, Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// There is no such file, or it may not be opened.
    case cannotOpen
    /// The bytes are not a capture that can be read.
    case notACapture
    /// Reading failed midway.
    case readFailed
    /// What `CaptureReader` was asked to filter by is no expression that libpcap takes, or not for
    /// frames of this link type.
    case badFilter
  }

  /// The part of the file that was being read.
  public enum Layer: String, Sendable, Hashable {
    case file
    case compression
    case pcapHeader = "pcap header"
    case pcapRecord = "pcap record"
    case pcapngBlock = "pcapng block"
    case linkType = "link type"
    /// What was kept of a piece of a capture.
    case journal
  }

  public var kind: Kind
  public var layer: Layer
  /// Bytes from the beginning of the (inflated) file.
  public var offset: Int64
  /// Bytes the layer needs at `offset`; nil where no length is at fault.
  public var needed: Int64?
  /// Bytes there are at `offset`; nil where no length is at fault.
  public var available: Int64?
  /// One line without the file's name: what is wrong, and where.
  public var message: String
  /// What the file seems to be instead ("a zip archive"); nil where nothing is known.
  public var format: String?

  init(
    _ kind: Kind, _ layer: Layer, offset: Int64, needed: Int64? = nil, available: Int64? = nil,
    _ message: String
  ) {
    self.kind = kind
    self.layer = layer
    self.offset = offset
    self.needed = needed
    self.available = available
    self.message = message
  }
}

extension CaptureError: CustomStringConvertible {
  public var description: String { message }
}
