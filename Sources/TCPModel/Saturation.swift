/// Times of a damaged capture lie anywhere between 1677 and 2262: what is reckoned from them stays at
/// the end of the range where it would leave it.
extension Nanoseconds {
  public func plus(_ other: Nanoseconds) -> Nanoseconds {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  public func less(_ other: Nanoseconds) -> Nanoseconds {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
