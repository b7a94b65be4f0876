/// What was read: one file, or standard input.
public struct CaptureInfo: Sendable, Hashable {
  public enum Format: String, Sendable {
    case pcap, pcapng, ss
    case procNetTCP = "proc_net_tcp"
  }

  /// A frame with an earlier time than the one before it.
  public struct StepBack: BitwiseCopyable, Sendable, Hashable {
    public var size: Nanoseconds
    public var frame: Int64

    public init(size: Nanoseconds, frame: Int64) {
      self.size = size
      self.frame = frame
    }

    /// Several queues of a network card hand their packets on a little out of order.
    public static let jitter: Nanoseconds = 100_000
  }

  public enum Compression: String, Sendable {
    case none, gzip, zstd, lz4
  }

  public var path: String
  public var format: Format
  public var compression: Compression
  /// LINKTYPE names without the prefix, in the order of the interfaces, each once.
  public var linkTypes: [String]
  public var frames: Int64
  public var tcpSegments: Int64
  /// The file's size, or what was read of a pipe.
  public var bytes: Int64
  public var firstTime: Timestamp?
  public var lastTime: Timestamp?
  /// When frames were captured, in the order of time; between two of them lies a long silence.
  public var spans: [WatchedSpan] = []
  /// The file ends inside a record.
  public var isTruncated: Bool
  public var interfaceDrops: Int64?
  /// Frames whose time has a second or more behind the point: what wrote the file did not know the time.
  public var invalidTimes: Int64 = 0
  /// The largest step back between two frames that follow each other; nil where there is none.
  public var stepBack: StepBack?
  /// Frames that hold no TCP segment, or none that could be read: reason to frames.
  public var skipped: [String: Int64]
  /// What somebody may have to do something about.
  public var warnings: [String]
  public var unknownWords = UnknownWords()
  /// How far it can be believed; nil while nobody has judged it.
  public var trust: CaptureTrust?
  /// What people wrote into the capture (pcapng comments), in its order.
  public var comments: [Comment]

  /// Words that only a newer `ss` knows. Nobody can do anything about them.
  public struct UnknownWords: Sendable, Hashable {
    public var count: Int64 = 0
    /// Some of them; they may be addresses.
    public var examples: [String] = []

    public init() {}

    var sentence: String {
      let named = examples.isEmpty ? "" : ": " + examples.joined(separator: " ")
      return "\(count) words are not known\(named)"
    }
  }

  /// `warnings`, and the words that are not known: what a report tells.
  public var remarks: [String] {
    unknownWords.count == 0 ? warnings : warnings + [unknownWords.sentence]
  }

  public struct Comment: Sendable, Hashable {
    /// The frame it belongs to; nil for the capture or an interface.
    public var frame: Int64?
    public var text: String

    public init(frame: Int64?, text: String) {
      self.frame = frame
      self.text = text
    }
  }

  public init(path: String, format: Format) {
    self.path = path
    self.format = format
    compression = .none
    linkTypes = []
    frames = 0
    tcpSegments = 0
    bytes = 0
    isTruncated = false
    skipped = [:]
    warnings = []
    comments = []
  }
}
