import CLZ4
import CZlib
import CZstd
import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

@Suite struct CompressionTests {
  enum Method: CaseIterable {
    case gzip, zstd, lz4

    var name: CaptureInfo.Compression {
      switch self {
      case .gzip: .gzip
      case .zstd: .zstd
      case .lz4: .lz4
      }
    }

    func compress(_ bytes: [UInt8]) -> [UInt8] {
      var result = [UInt8](repeating: 0, count: bytes.count * 2 + 1000)
      switch self {
      case .gzip: result.removeLast(result.count - deflated(bytes, into: &result, windowBits: 31))
      case .zstd:
        let count = ZSTD_compress(&result, result.count, bytes, bytes.count, 3)
        result.removeLast(result.count - count)
      case .lz4:
        let count = LZ4F_compressFrame(&result, result.count, bytes, bytes.count, nil)
        result.removeLast(result.count - count)
      }
      return result
    }
  }

  /// 2,000 segments, more than the reader's buffers hold at once.
  private func capture() -> [UInt8] {
    var random = SeededGenerator(seed: 1)
    var capture = PcapBuilder()
    for number in 0..<2000 {
      capture.add(PacketBuilder(sequence: number, payload: random.bytes(100...300)).ethernet)
    }
    return capture.file
  }

  @Test(arguments: Method.allCases)
  func readsACompressedCapture(method: Method) throws {
    let compressed = method.compress(capture())
    let reading = try Reading(compressed)
    #expect(reading.segments.map(\.sequence.rawValue) == Array(0..<2000))
    #expect(reading.info.compression == method.name)
    #expect(reading.info.bytes == Int64(compressed.count))
    #expect(!reading.info.isTruncated)
  }

  @Test(arguments: Method.allCases)
  func readsPiecesThatWereCompressedOneByOne(method: Method) throws {
    let whole = capture()
    let compressed = method.compress(Array(whole[..<9999])) + method.compress(Array(whole[9999...]))
    let reading = try Reading(compressed)
    #expect(reading.info.frames == 2000)
    #expect(!reading.info.isTruncated)
  }

  @Test func passesOverPaddingAfterGzip() throws {
    let compressed = Method.gzip.compress(capture()) + [0, 0, 0, 0]
    let reading = try Reading(compressed)
    #expect(reading.info.frames == 2000)
    #expect(!reading.info.isTruncated)
  }

  @Test(arguments: Method.allCases)
  func keepsWhatCameBeforeACut(method: Method) throws {
    let compressed = method.compress(capture())
    let reading = try Reading(Array(compressed.prefix(compressed.count * 3 / 4)))
    #expect((500..<2000).contains(reading.info.frames))
    #expect(reading.info.isTruncated)
    let warning = try #require(reading.info.warnings.first)
    #expect(warning.hasPrefix("the \(method) data end early: the file was cut off (byte offset "))
  }

  @Test func saysThatTheDataAreDamaged() throws {
    var compressed = Method.gzip.compress(capture())
    // The check sum, eight bytes before the end.
    compressed[compressed.count - 8] ^= 1
    let reading = try Reading(compressed)
    #expect(reading.info.frames == 2000)
    #expect(reading.info.isTruncated)
    let warning = try #require(reading.info.warnings.first)
    #expect(warning.hasPrefix("the gzip data are damaged: incorrect data check (byte offset "))
  }

  @Test func aCompressedTextIsNoCapture() throws {
    let error = try #require(throws: CaptureError.self) {
      _ = try Reading(Method.gzip.compress(Array("Dear reader,\n".utf8)))
    }
    #expect(error.message.hasPrefix("this is not a capture: it begins with 44 65 61 72"))
  }

  @Test func aBeginningWithoutTheRestIsNoCapture() throws {
    let error = try #require(throws: CaptureError.self) {
      _ = try Reading(Array(Method.gzip.compress(capture()).prefix(12)))
    }
    #expect(
      error.message
        == "the gzip data end early: the file was cut off (byte offset 12 of the compressed file)")
    #expect(error.kind == .notACapture)
  }

  @Test(arguments: Method.allCases)
  func goesBackToAPosition(method: Method) throws {
    let scratch = try Scratch()
    let path = try scratch.write(method.compress(capture()), "capture")
    var reader = try CaptureReader(path: path)
    var batch = SegmentBatch()
    var positions: [CapturePosition] = []
    repeat { positions.append(reader.position) } while try reader.read(into: &batch)
    for position in [positions[5], positions[2], positions[3]] {
      try reader.seek(to: position)
      #expect(try reader.read(into: &batch))
      #expect(batch.span[0].sequence.rawValue == UInt32(position.frames))
    }
  }

  @Test func inflatesIPPayloadCompression() throws {
    let inner = PacketBuilder(source: "192.168.1.1", payload: [UInt8](repeating: 1, count: 500))
    var data = [UInt8](repeating: 0, count: 2000)
    data.removeLast(data.count - deflated(inner.ipv4, into: &data, windowBits: -15))
    var outer = PacketBuilder()
    outer.transport = 108
    var capture = PcapBuilder(linkType: 101)
    capture.add(outer.ipv4(carrying: [4, 0, 0, 2] + data))
    capture.add(outer.ipv4(carrying: [4, 0, 0, 2] + data.dropLast(5)))
    let reading = try Reading(capture.file)
    #expect(reading.segments.map(\.payloadLength) == [500])
    #expect(reading.info.skipped == ["other_ip_protocol": 1])
  }
}

/// Deflates with zlib; 31 window bits put a gzip wrapper around. The number of bytes written.
private func deflated(_ bytes: [UInt8], into result: inout [UInt8], windowBits: Int32) -> Int {
  var bytes = bytes
  var stream = z_stream()
  let size = Int32(MemoryLayout<z_stream>.size)
  deflateInit2_(
    &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
  let capacity = result.count
  bytes.withUnsafeMutableBufferPointer { source in
    result.withUnsafeMutableBufferPointer { target in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      stream.next_out = target.baseAddress
      stream.avail_out = UInt32(capacity)
      deflate(&stream, Z_FINISH)
    }
  }
  deflateEnd(&stream)
  return capacity - Int(stream.avail_out)
}
