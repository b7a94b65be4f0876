import TCPModel

/// One kind of finding about single connections: when it is there, its sentence and the numbers behind
/// it, what follows from it, and what a glance must not overlook. CONTRIBUTING.md says what else a new kind
/// needs.
protocol FindingRule: SendableMetatype {
  static var kind: FindingKind { get }
  /// How serious it is, unless a sighting says otherwise.
  static var severity: Finding.Severity { get }

  /// nil where a connection has nothing of it, and where what was captured cannot tell.
  static func judge(_ connection: ConnectionSummary, _ context: FindingContext) -> Sighting?

  /// One sentence about all connections with it at one place.
  static func sentence(_ group: FindingGroup) -> Wording

  /// The numbers of the sentence, beyond those that every group has.
  static func evidence(_ group: FindingGroup) -> Evidence

  /// What is nothing of its own in a connection with this: one cause, one finding.
  static var explains: Set<FindingKind> { get }

  /// Whether `judge` may see it in the connection of this record, which is smooth: it ended as usual,
  /// nothing was counted, nothing was sent again. Asked when a record is packed, so that only those
  /// connections are described that have to be. In doubt it may.
  ///
  /// - Parameter span: From its first to its last segment.
  static func mayBe(inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds) -> Bool
}

extension FindingRule {
  static var explains: Set<FindingKind> { [] }

  /// A smooth connection has nothing of most kinds.
  @inline(__always)
  static func mayBe(
    inSmooth record: UnsafePointer<ConnectionRecord>, _ span: Nanoseconds
  ) -> Bool { false }
}
