import TCPModel
import TestSupport

@testable import TraceParsing

/// What a test looks at after reading a capture to its end.
struct Reading {
  var segments: [Segment] = []
  var info: CaptureInfo
  var names: [IPAddress: String]

  /// Reads bytes through a file, as every capture is.
  init(_ content: [UInt8], windowCapacity: Int = InputWindow.defaultCapacity) throws {
    let scratch = try Scratch()
    try self.init(path: scratch.write(content, "capture"), windowCapacity: windowCapacity)
  }

  init(path: String, windowCapacity: Int = InputWindow.defaultCapacity) throws {
    var reader = try CaptureReader(path: path, windowCapacity: windowCapacity)
    var batch = SegmentBatch()
    while try reader.read(into: &batch) {
      let span = batch.span
      for index in span.indices { segments.append(span[index]) }
    }
    info = reader.info
    names = reader.names
  }
}
