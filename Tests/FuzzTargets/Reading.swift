import Correlation
import Names
import TCPModel
import TraceParsing

extension FuzzTarget {
  /// What was counted adds up; an input that gives nothing says so.
  func outcome(_ info: CaptureInfo, segments: Int64) -> Outcome {
    let skipped = info.skipped.values.reduce(0, +)
    guard segments == info.tcpSegments, info.frames <= skipped + segments else {
      fault("\(info.frames) frames, \(segments) segments, skipped \(info.skipped)")
    }
    if let first = info.firstTime, let last = info.lastTime, last < first {
      fault("the last time is before the first")
    }
    if !info.warnings.isEmpty { return .damaged }
    if info.frames == 0 {
      // A capture without a packet is its header and no more.
      guard info.format != .pcap || info.compression != .none || info.bytes <= 24 else {
        fault("\(info.bytes) bytes of a capture give nothing and no word")
      }
      return .empty
    }
    return .read
  }

  func refused(_ error: CaptureError) -> Outcome {
    guard !error.message.isEmpty, !error.message.contains("\n") else {
      fault("a refusal of no line or more than one: \(error.message)")
    }
    return .refused
  }

  func readCapture(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    let file = InputFile()
    file.replace(by: bytes)
    do throws(CaptureError) {
      var reader = try CaptureReader(path: file.path)
      var batch = SegmentBatch()
      var segments: Int64 = 0
      while try reader.read(into: &batch) {
        segments += Int64(batch.count)
        // A position must lead back to where it was taken.
        let position = reader.position
        try reader.seek(to: position)
        guard reader.position.byteOffset == position.byteOffset else {
          fault("a position of \(position.byteOffset) leads to \(reader.position.byteOffset)")
        }
      }
      return outcome(reader.info, segments: segments)
    } catch {
      return refused(error)
    }
  }

  func correlate(_ capture: [UInt8]) -> Outcome {
    let file = InputFile()
    file.replace(by: capture)
    return correlate { () throws(CaptureError) in try CaptureReader(path: file.path) }
  }

  func readJournal(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    let file = InputFile()
    file.replace(by: bytes)
    return correlate { () throws(CaptureError) in try CaptureReader(journals: [file.path]) }
  }

  /// The journal of a whole capture; nil where it cannot be read.
  public static func journal(of path: String) -> [UInt8]? {
    guard let piece = try? CaptureReader.pieces(of: path, size: .max).first,
      var writer = try? JournalWriter(piece, path: path)
    else { return nil }
    var bytes: [UInt8] = []
    while let next = try? writer.next() { bytes += next }
    return bytes
  }

  private func correlate(_ open: () throws(CaptureError) -> CaptureReader) -> Outcome {
    do throws(CaptureError) {
      var correlator = Correlator()
      let reading = try CaptureWalk.read(open()) { correlator.ingest($0, $1) }
      correlator.finish()
      for index in 0..<correlator.count {
        guard correlator.connection(at: index).summary.id == index + 1 else {
          fault("connection \(index + 1) has another number")
        }
      }
      if self == .journal {
        // What was counted is whatever the journal says.
        return reading.info.warnings.isEmpty ? .read : .damaged
      }
      return outcome(reading.info, segments: reading.segments)
    } catch {
      return refused(error)
    }
  }
}

/// What one walk through a capture gives beside its segments.
struct CaptureWalk {
  var info: CaptureInfo
  var segments: Int64 = 0
  var names: [IPAddress: String] = [:]
  var icmp: [ICMPMessage] = []
  var answers = DNSAnswers()

  static func read(
    _ path: String, _ consume: (Span<Segment>, SegmentPayloads) -> Void
  ) throws(CaptureError) -> CaptureWalk {
    try read(CaptureReader(path: path), consume)
  }

  static func read(
    _ opened: consuming CaptureReader, _ consume: (Span<Segment>, SegmentPayloads) -> Void
  ) throws(CaptureError) -> CaptureWalk {
    var reader = opened
    var batch = SegmentBatch()
    var walk = CaptureWalk(info: reader.info)
    while try reader.read(into: &batch) {
      walk.segments += Int64(batch.count)
      for datagram in batch.datagrams {
        walk.answers.addDatagram(
          datagram.bytes.span.bytes, client: datagram.destination, at: datagram.time)
      }
      consume(batch.span, batch.payloads)
    }
    walk.info = reader.info
    walk.info.path = "capture"
    walk.names = reader.names
    walk.icmp = reader.icmp
    return walk
  }
}
