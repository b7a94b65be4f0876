import Glibc
import TraceParsing

/// Called by libFuzzer with bytes of its invention: whatever they are, reading them must neither
/// trap nor hang, and what is counted must add up.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCapture(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard ftruncate(file, 0) == 0, pwrite(file, start, count, 0) == count else { abort() }
  do throws(CaptureError) {
    var reader = try CaptureReader(path: "/proc/self/fd/\(file)")
    var batch = SegmentBatch()
    var segments: Int64 = 0
    while try reader.read(into: &batch) {
      segments += Int64(batch.count)
      try goBackAndForth(&reader)
    }
    let info = reader.info
    let skipped = info.skipped.values.reduce(0, +)
    guard segments == info.tcpSegments, info.frames <= skipped + segments else { abort() }
  } catch {
    guard !error.message.isEmpty, !error.message.contains("\n") else { abort() }
  }
  return 0
}

/// A file without a name, so that the reader takes its usual way.
private let file: Int32 = {
  var template = Array("/tmp/tcptimeline-fuzz.XXXXXX".utf8CString)
  let descriptor = mkstemp(&template)
  unlink(template)
  return descriptor
}()

/// A position must lead back to where it was taken.
private func goBackAndForth(_ reader: inout CaptureReader) throws(CaptureError) {
  let position = reader.position
  try reader.seek(to: position)
  guard reader.position.byteOffset == position.byteOffset else { abort() }
}
