import TCPModel

/// What numbers frames stand for, for those that mostly come in the order of the frames: a sorted list takes less
/// than half the memory of a dictionary, and none of its hashes.
public struct FrameNumbers: Sendable {
  private struct Entry: BitwiseCopyable, Sendable {
    var place: FramePlace
    var number: Int32
  }

  private var entries: [Entry] = []

  /// - Parameter count: As many are at hand.
  public init(_ count: Int, _ entry: (Int) -> (place: FramePlace, number: Int32)?) {
    entries.reserveCapacity(count)
    var isSorted = true
    for index in 0..<count {
      guard let (place, number) = entry(index) else { continue }
      let new = Entry(place: place, number: number)
      if let last = entries.last, Self.isBefore(new, last) { isSorted = false }
      entries.append(new)
    }
    if !isSorted { entries.sort(by: Self.isBefore) }
  }

  private static func isBefore(_ one: Entry, _ other: Entry) -> Bool {
    (one.place.capture, one.place.frame, one.number)
      < (other.place.capture, other.place.frame, other.number)
  }

  /// The greatest one of a frame.
  public subscript(place: FramePlace) -> Int32? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      let other = entries[middle].place
      if (other.capture, other.frame) <= (place.capture, place.frame) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low > 0, entries[low - 1].place == place else { return nil }
    return entries[low - 1].number
  }
}
