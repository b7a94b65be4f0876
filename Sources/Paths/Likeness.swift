/// Whether a segment at one point can be a segment at the other one.
struct Likeness {
  var keepsTimestamps: Bool
  var keepsIdentification: Bool
  /// Ranges may be cut or merged on the way, and the acknowledgments with them.
  var isSegmented: Bool
  /// Nothing arrives sooner than it was sent; `.min` where times cannot be compared.
  var zero: Int64
  /// The least time seen between them, which decides between several.
  var floor: Int64

  /// By what is written in them.
  ///
  /// - Parameter isMerged: The second one holds more than the first: its time stamp may be another's.
  func isAlike(_ one: Packet, _ other: Packet, isMerged: Bool = false) -> Bool {
    guard one.kind == other.kind else { return false }
    if keepsTimestamps, !isMerged, one.marks.contains(.hasTimestamp),
      other.marks.contains(.hasTimestamp),
      one.timestamp != other.timestamp
    {
      return false
    }
    if keepsIdentification, one.identification != other.identification,
      one.hasSameRange(as: other)
    {
      return false
    }
    return one.acknowledgment == other.acknowledgment || isSegmented && one.length > 0
  }

  /// - Parameter isAlone: No other segment could be meant.
  func mayBe(_ send: Packet, _ arrival: Packet, isAlone: Bool) -> Bool {
    let least = isAlone ? zero : floor
    guard least == .min || arrival.time &- send.time >= least else { return false }
    return isAlike(send, arrival, isMerged: isSegmented && !arrival.isWithin(send))
  }
}
