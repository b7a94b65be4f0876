import CPcap
import Glibc
import TCPModel

/// Which frames are wanted, in tcpdump's language (pcap-filter(7)): libpcap compiles it, once for each
/// link type of the capture, and its programs are run on the frames as they lie in the file.
///
/// A class, for the reader alone: without one the decoder tests a pointer a frame, and no more.
final class FrameFilter {
  private let expression: String
  /// By link type.
  private var programs: [LinkType: Program] = [:]
  /// The frames of a capture mostly have the link type of the one before.
  private var last: (type: LinkType, program: Program)?
  /// Why frames of a link type cannot be asked; ends the reading.
  private(set) var failure: CaptureError?

  init(_ expression: String) {
    self.expression = expression
  }

  func accepts(_ frame: FrameBytes, _ type: LinkType) -> Bool {
    guard let program = program(for: type) else { return false }
    return frame.captured.withUnsafeBytes { bytes in
      var header = pcap_pkthdr()
      header.caplen = UInt32(truncatingIfNeeded: bytes.count)
      header.len = UInt32(truncatingIfNeeded: frame.wireLength)
      // A frame without bytes has no address.
      guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return false }
      return pcap_offline_filter(program.code, &header, base) != 0
    }
  }

  private func program(for type: LinkType) -> Program? {
    if let last, last.type == type { return last.program }
    if failure != nil { return nil }
    let program: Program
    do {
      program = if let known = programs[type] { known } else { try Program(expression, for: type) }
    } catch {
      failure = error
      return nil
    }
    programs[type] = program
    last = (type, program)
    return program
  }

  /// Compiled for one link type.
  private final class Program {
    let code: UnsafeMutablePointer<bpf_program>

    init(_ expression: String, for type: LinkType) throws(CaptureError) {
      code = .allocate(capacity: 1)
      code.initialize(to: bpf_program())
      if let message = Self.compile(expression, for: type, into: code) {
        throw CaptureError(
          .badFilter, .linkType, offset: 0, "--filter: \(message) (link type \(type.numberAndName))"
        )
      }
    }

    deinit {
      pcap_freecode(code)
      code.deallocate()
    }

    /// - Returns: libpcap's own message where it fails.
    private static func compile(
      _ expression: String, for type: LinkType, into code: UnsafeMutablePointer<bpf_program>
    ) -> String? {
      // From a file's header libpcap makes of a LINKTYPE_ what it calls it itself.
      var header = [UInt32](repeating: 0, count: 6)
      header[0] = 0xA1B2_C3D4
      header[1] = 2 | 4 << 16
      // A snap length; programs do not depend on it.
      header[4] = 262_144
      header[5] = UInt32(type.rawValue)
      let length = header.count * MemoryLayout<UInt32>.size
      return header.withUnsafeMutableBytes { bytes -> String? in
        guard let file = fmemopen(bytes.baseAddress, length, "r") else {
          return String(cString: strerror(errno))
        }
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = pcap_fopen_offline(file, &message) else {
          fclose(file)
          return text(message)
        }
        defer { pcap_close(handle) }
        if pcap_compile(handle, code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 { return nil }
        return String(cString: pcap_geterr(handle))
      }
    }

    private static func text(_ message: [CChar]) -> String {
      String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
