/// What is fuzzed: each takes bytes of anybody's invention on one way into the program.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// Captures: read, gone back and forth in.
  case pcap, pcapng
  /// Frames of any link type, headers in headers, into the correlator.
  case links
  /// Segments of one connection, valid but in any order, into the correlator and the details.
  case segments
  /// gzip, zstd and lz4.
  case compressed
  /// Socket snapshots.
  case ss, proc
  /// Mustache templates of a user.
  case template
  /// From a capture's bytes to SVG, Markdown, HTML, Mermaid, PlantUML and JSON.
  case report

  public enum Outcome: String, CaseIterable, Sendable {
    case read
    /// With a warning that something is damaged.
    case damaged
    /// With one line that says why.
    case refused
  }

  /// Whatever the bytes are, this neither traps nor hangs, and what is counted adds up.
  public func run(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    switch self {
    case .pcap, .pcapng, .compressed: readCapture(bytes)
    case .links: correlate(LinkScript(bytes).capture)
    case .segments: report(SegmentScript(bytes).capture)
    case .ss, .proc: readSnapshot(bytes)
    case .template: renderTemplate(bytes)
    case .report: report(Array(bytes))
    }
  }

  /// Changes an input so that it stays one of its kind, where the kind has a structure.
  ///
  /// - Parameter change: Changes some bytes; the fuzzer's own way, or a random one.
  public func mutate(
    _ bytes: [UInt8], limit: Int, seed: UInt64, _ change: ([UInt8], Int) -> [UInt8]
  ) -> [UInt8] {
    var random = SplitMix(state: seed)
    switch self {
    case .pcap, .report:
      if var records = PcapRecords(bytes), random.next() % 8 != 0 {
        return Array(records.changed(&random, change).prefix(limit))
      }
    case .pcapng:
      if var blocks = PcapNGBlocks(bytes), random.next() % 8 != 0 {
        return Array(blocks.changed(&random, change).prefix(limit))
      }
    case .links, .segments, .compressed, .ss, .proc, .template: break
    }
    return change(bytes, limit)
  }
}

/// A small generator with a state that can be printed (SplitMix64).
public struct SplitMix: RandomNumberGenerator, Sendable {
  public var state: UInt64

  public init(state: UInt64) { self.state = state }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
