import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

/// A capture of one frame, of whatever link type, with a segment of two bytes in it.
enum LinkFrame {
  static func read(linkType: Int, _ frame: [UInt8]) throws -> Reading {
    var capture = PcapBuilder(linkType: linkType)
    capture.add(frame)
    return try Reading(capture.file)
  }

  static func expectSegment(
    linkType: Int, _ frame: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let reading = try read(linkType: linkType, frame)
    #expect(
      reading.segments.map(\.payloadLength) == [2], "\(reading.info.skipped)",
      sourceLocation: sourceLocation)
    #expect(reading.info.linkTypes.allSatisfy { Int($0) == nil }, sourceLocation: sourceLocation)
  }
}
