import Support
import TCPModel

/// Frames that the capturing host dropped before they were written.
enum InterfaceDropsRule {
  static func finding(_ capture: CaptureInfo) -> Finding? {
    guard let drops = capture.interfaceDrops, drops > 0 else { return nil }
    var evidence = Evidence()
    evidence.add("path", capture.path)
    evidence.add("interface_drops", drops)
    return Finding(
      kind: .captureDrops, severity: .warning, connections: [], frames: [],
      text:
        "The capture lost \(Quantity.counted(drops, "frame")) before they were written; what looks "
        + "missing may only not have been captured.",
      evidence: evidence.items)
  }
}
