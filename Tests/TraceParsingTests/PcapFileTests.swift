import Support
import TCPModel
import TestSupport
import Testing

@testable import TraceParsing

@Suite struct PcapFileTests {
  private let syn = PacketBuilder(sequence: 7, payload: [1, 2, 3]).ethernet

  @Test func decodesASYNOverEthernet() throws {
    var capture = PcapBuilder()
    capture.add(syn, fraction: 250_000)
    let reading = try Reading(capture.file)
    let segment = try #require(reading.segments.first)
    #expect(segment.source.description == "10.0.0.1:40000")
    #expect(segment.destination.description == "10.0.0.2:80")
    #expect(segment.time.rfc3339 == "2023-11-14T22:13:20.250000000Z")
    #expect(segment.frame == 1)
    #expect(segment.sequence.rawValue == 7)
    #expect(segment.flags == .syn)
    #expect(segment.payloadLength == 3)
    #expect(segment.ipLength == 43)
    #expect(segment.window == 64_240)
    #expect(reading.info.linkTypes == ["ETHERNET"])
    #expect(reading.info.frames == 1)
    #expect(reading.info.tcpSegments == 1)
    #expect(reading.info.bytes == Int64(capture.file.count))
    #expect(!reading.info.isTruncated)
    #expect(reading.info.warnings.isEmpty)
  }

  @Test(arguments: [0xA1B2_C3D4, 0xA1B2_3C4D, 0xA1B2_CD34], [false, true])
  func readsEveryVariantInBothByteOrders(magic: Int, isBig: Bool) throws {
    var capture = PcapBuilder(magic: magic, isBig: isBig)
    capture.add(syn, fraction: 5000)
    capture.add(syn, seconds: 1_700_000_001)
    let reading = try Reading(capture.file)
    let nanoseconds: Int64 = magic == 0xA1B2_3C4D ? 5000 : 5_000_000
    #expect(
      reading.segments.map(\.time.nanoseconds)
        == [1_700_000_000_000_000_000 + nanoseconds, 1_700_000_001_000_000_000])
    #expect(reading.segments.map(\.frame) == [1, 2])
  }

  @Test func takesTheLinkTypeFromTheLow16Bits() throws {
    // Upper bits: a frame check sequence of two 16-bit words follows each frame.
    var capture = PcapBuilder(linkType: 0x2400_0001)
    capture.add(syn)
    let reading = try Reading(capture.file)
    #expect(reading.info.linkTypes == ["ETHERNET"])
    #expect(reading.segments.count == 1)
  }

  @Test func countsSecondsWithoutASignSoThatTimesPass2038() throws {
    var capture = PcapBuilder()
    capture.add(syn, seconds: 0xFFFF_FFFF, fraction: 1)
    let reading = try Reading(capture.file)
    #expect(reading.info.firstTime?.rfc3339 == "2106-02-07T06:28:15.000001000Z")
  }

  @Test func addsAFractionAboveOneSecondAsItIs() throws {
    var capture = PcapBuilder()
    capture.add(syn, seconds: 10, fraction: 2_147_483_648)
    let reading = try Reading(capture.file)
    #expect(reading.info.firstTime?.nanoseconds == 2_157_483_648_000)
  }

  @Test func countsATimeOfASecondAndMoreOnceAFrame() throws {
    var capture = PcapBuilder()
    for _ in 0..<5 { capture.add(syn, fraction: 1_000_000) }
    // Each record is looked at in part before it is there as a whole.
    let reading = try Reading(capture.file, windowCapacity: syn.count + 20)
    #expect(reading.segments.count == 5)
    #expect(reading.info.invalidTimes == 5)
  }

  @Test func damageHasNoTime() throws {
    var capture = PcapBuilder()
    capture.add(syn)
    capture.add(syn, fraction: 1_000_000, captured: 0x7000_0000)
    let reading = try Reading(capture.file)
    #expect(reading.info.isTruncated)
    #expect(reading.info.invalidTimes == 0)
    #expect(reading.info.warnings.count == 1)
  }

  @Test func keepsWhatCameBeforeARecordThatIsCutOff() throws {
    var capture = PcapBuilder()
    capture.add(syn)
    let whole = capture.file.count
    capture.add(syn)
    let reading = try Reading(Array(capture.file.dropLast(20)))
    #expect(reading.info.frames == 1)
    #expect(reading.info.isTruncated)
    #expect(
      reading.info.warnings == [
        "the file ends inside a record (byte offset \(whole): 73 bytes needed, 53 there); "
          + "kept 1 frame before it"
      ])
  }

  @Test func keepsWhatCameBeforeARecordOf4GiB() throws {
    var capture = PcapBuilder()
    capture.add(syn)
    let whole = capture.file.count
    capture.add(syn, captured: 0xFFFF_FFFF)
    let reading = try Reading(capture.file)
    #expect(reading.info.frames == 1)
    #expect(reading.info.isTruncated)
    #expect(
      reading.info.warnings == [
        "a record claims 4294967295 bytes, more than the 262144 that any capture holds "
          + "(byte offset \(whole)); kept 1 frame before it"
      ])
  }

  @Test func aSnapLengthDoesNotChangeThePayload() throws {
    var capture = PcapBuilder(snapLength: 54)
    let frame = PacketBuilder(payload: [UInt8](repeating: 1, count: 1000)).ethernet
    capture.add(Array(frame.prefix(54)), original: frame.count)
    let segment = try #require(try Reading(capture.file).segments.first)
    #expect(segment.payloadLength == 1000)
    #expect(!segment.isHeaderDamaged)
  }

  @Test func readsTheLengthsOfOldFilesInEitherOrder() throws {
    var capture = PcapBuilder(minorVersion: 3)
    capture.add(syn, captured: syn.count + 100, original: syn.count)
    capture.add(syn)
    let reading = try Reading(capture.file)
    #expect(reading.segments.map(\.payloadLength) == [3, 3])
  }

  @Test func moreCapturedThanSentCountsAsSent() throws {
    var capture = PcapBuilder()
    capture.add(syn + [9, 9, 9], original: syn.count)
    capture.add(syn)
    #expect(try Reading(capture.file).segments.map(\.payloadLength) == [3, 3])
  }

  @Test func anEmptyCaptureIsACapture() throws {
    let reading = try Reading(PcapBuilder().file)
    #expect(reading.info.frames == 0)
    #expect(reading.info.firstTime == nil)
    #expect(reading.info.lastTime == nil)
    #expect(!reading.info.isTruncated)
  }
}
