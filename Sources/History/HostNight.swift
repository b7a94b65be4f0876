import TCPModel

/// A night and whose it is.
public struct HostNight: Sendable {
  public var report: NightReport
  /// Empty where nothing names the host.
  public var name: String
  /// The report is of no other host: nights that were kept without a name are taken for its own.
  public var isAlone: Bool

  public init(_ report: NightReport, name: String = "", isAlone: Bool = true) {
    self.report = report
    self.name = name
    self.isAlone = isAlone
  }

  /// The two names under which its nights may be kept.
  var names: [String] {
    let name = KeptNight.storable(name)
    return [name, isAlone ? "" : name]
  }
}
