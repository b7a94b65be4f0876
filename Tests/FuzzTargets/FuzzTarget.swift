/// What is fuzzed: each takes bytes of anybody's invention on one way into the program.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// Captures: read, gone back and forth in.
  case pcap, pcapng
  /// What is kept of a piece of a capture.
  case journal
  /// Frames of any link type into the correlator.
  case links
  /// Headers in headers in headers, of valid lengths, into the correlator.
  case tunnels
  /// Segments of one connection, valid but in any order, into every format.
  case segments
  /// Trains of data and their acknowledgments, for what limits a transfer.
  case transfers
  /// Bytes of streams and of answers of name servers, for what is spoken.
  case names
  /// The same connections from two capture points.
  case paths
  /// gzip, zstd and lz4.
  case compressed
  /// Socket snapshots.
  case ss, proc
  /// A series of them, as one night.
  case night
  /// Sockets beside a capture.
  case sockets
  /// Mustache templates of a user.
  case template
  /// The file that nights are kept in.
  case history
  /// From a capture's bytes to every format.
  case report
  /// The same under other addresses.
  case anonymized

  public enum Outcome: String, CaseIterable, Sendable {
    case read
    /// With a warning that something is damaged.
    case damaged
    /// There is nothing in it, which the report says.
    case empty
    /// With one line that says why.
    case refused
  }

  /// Whatever the bytes are, this neither traps nor hangs, and what is counted adds up.
  public func run(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    switch self {
    case .pcap, .pcapng, .compressed: readCapture(bytes)
    case .journal: readJournal(bytes)
    case .links: correlate(LinkScript(bytes).capture)
    case .tunnels: correlate(TunnelScript(bytes).capture)
    case .segments: report(SegmentScript(bytes).capture)
    case .transfers: report(TransferScript(bytes).capture)
    case .names: report(StreamScript(bytes).capture)
    case .paths: joinPaths(Parts(bytes))
    case .ss, .proc: readSnapshot(bytes)
    case .night: reportNight(Parts(bytes))
    case .sockets: joinSockets(Parts(bytes))
    case .template: renderTemplate(bytes)
    case .history: openHistory(bytes)
    case .report: report(Array(bytes))
    case .anonymized: reportAnonymized(SegmentScript(bytes).capture)
    }
  }

  /// Changes an input so that it stays one of its kind, where the kind has a structure.
  ///
  /// - Parameter change: Changes some bytes; the fuzzer's own way, or a random one.
  public func mutate(
    _ bytes: [UInt8], limit: Int, seed: UInt64, _ change: ([UInt8], Int) -> [UInt8]
  ) -> [UInt8] {
    var random = SplitMix(state: seed)
    let changed: [UInt8]
    switch self {
    case .pcap, .pcapng, .report:
      changed = changedFile(bytes, &random, change)
    case .journal: changed = JournalParts(bytes)?.changed(&random, change) ?? change(bytes, limit)
    case .paths, .night, .sockets:
      var parts = Parts(bytes.isEmpty ? [0] : bytes).files
      let place = Int.random(in: 0..<parts.count, using: &random)
      if random.next() % 16 == 0 {
        parts.append(parts[place])
      } else {
        parts[place] = changedFile(parts[place], &random, change)
      }
      changed = Parts.joined(parts)
    case .segments, .transfers, .anonymized, .names, .links, .tunnels, .compressed, .ss, .proc,
      .template, .history:
      return change(bytes, limit)
    }
    return Array(changed.prefix(limit))
  }

  private func changedFile(
    _ bytes: [UInt8], _ random: inout SplitMix, _ change: ([UInt8], Int) -> [UInt8]
  ) -> [UInt8] {
    if random.next() % 8 != 0 {
      if var records = PcapRecords(bytes) { return records.changed(&random, change) }
      if var blocks = PcapNGBlocks(bytes) { return blocks.changed(&random, change) }
    }
    return change(bytes, bytes.count + 64)
  }
}

/// Several files as one input, with a mark between them.
public struct Parts {
  /// What no file of ours holds.
  private static let mark: [UInt8] = [0, 255] + Array("PART".utf8) + [255, 0]
  private static let most = 8
  var files: [[UInt8]]

  init(_ bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    var start = 0
    files = []
    var place = 0
    while place + Self.mark.count <= bytes.count, files.count + 1 < Self.most {
      if bytes[place] == 0, bytes[place + 1] == 255,
        bytes[place..<place + Self.mark.count].elementsEqual(Self.mark)
      {
        files.append(Array(bytes[start..<place]))
        place += Self.mark.count
        start = place
      } else {
        place += 1
      }
    }
    files.append(Array(bytes[start...]))
  }

  public static func joined(_ files: [[UInt8]]) -> [UInt8] { Array(files.joined(separator: mark)) }
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
