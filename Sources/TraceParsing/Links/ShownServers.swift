import TCPModel

/// The servers that all threads were told of, as far as each of them keeps these.
struct ShownServers: ~Copyable {
  private var places: UnsafeMutablePointer<Bool>?

  deinit { places?.deallocate() }

  /// Whether a SYN or SYN/ACK shows one that nobody was told of yet, who is told now.
  @inline(__always)
  mutating func isNew(_ flags: TCPFlags, of key: FlowKey, from sender: End) -> Bool {
    let places = self.places ?? begin()
    let place = ServerTag(shownBy: flags, of: key, from: sender).place
    if places[place] { return false }
    places[place] = true
    return true
  }

  /// Whether all threads were told of the server that a SYN or SYN/ACK shows.
  @inline(__always)
  func knows(_ flags: TCPFlags, _ key: FlowKey, _ sender: End) -> Bool {
    guard let places else { return false }
    return places[ServerTag(shownBy: flags, of: key, from: sender).place]
  }

  @inline(never)
  private mutating func begin() -> UnsafeMutablePointer<Bool> {
    let places = UnsafeMutablePointer<Bool>.allocate(capacity: ServerTag.places)
    places.initialize(repeating: false, count: ServerTag.places)
    self.places = places
    return places
  }
}
