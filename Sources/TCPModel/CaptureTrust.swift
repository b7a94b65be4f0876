/// How far what a capture seems to show can be believed.
public struct CaptureTrust: Sendable, Hashable {
  public enum Verdict: String, Sendable, Comparable {
    case sound, care, unsound

    public static func < (left: Verdict, right: Verdict) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .sound: 0
      case .care: 1
      case .unsound: 2
      }
    }
  }

  /// Whether a segment that is missing was lost, or only not captured.
  public private(set) var loss = Verdict.sound
  /// Whether times and their order are those of the network.
  public private(set) var timing = Verdict.sound
  public private(set) var reasons: [String] = []
  /// What of them no finding tells.
  public private(set) var remarks: [Wording] = []

  public init() {}

  /// - Parameter remark: The same for people, where no finding tells it.
  public mutating func note(loss verdict: Verdict, _ reason: String, _ remark: Wording? = nil) {
    loss = max(loss, verdict)
    reasons.append(reason)
    if let remark { remarks.append(remark) }
  }

  public mutating func note(timing verdict: Verdict, _ reason: String, _ remark: Wording? = nil) {
    timing = max(timing, verdict)
    reasons.append(reason)
    if let remark { remarks.append(remark) }
  }
}
