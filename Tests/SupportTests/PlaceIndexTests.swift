import Support
import TestSupport
import Testing

@Suite struct PlaceIndexTests {
  /// Held against a dictionary, with hashes so few that most collide.
  @Test(arguments: [UInt32(3), 64, .max])
  func findsWhatADictionaryFinds(hashes: UInt32) {
    var random = SeededGenerator(seed: SeededGenerator.seed)
    var index = PlaceIndex(slots: 4)
    var keys: [Int] = []
    var known: [Int: Int] = [:]
    func hash(_ key: Int) -> UInt32 { UInt32(key) &* 0x9E37_79B9 % hashes }
    for _ in 0..<2_000 {
      let key = random.number(0...300)
      let place = index.place(of: hash(key)) { keys[$0] == key }
      #expect(place == known[key], "seed \(SeededGenerator.seed)")
      switch place {
      case nil:
        index.insert(hash(key), at: keys.count)
        known[key] = keys.count
        keys.append(key)
      case .some(let place) where random.once(in: 2):
        // As a table without gaps does it: the last one takes the free place.
        let last = keys.removeLast()
        index.remove(hash(key), at: place)
        known[key] = nil
        if place < keys.count {
          index.move(hash(last), from: keys.count, to: place)
          keys[place] = last
          known[last] = place
        }
      case .some: continue
      }
    }
  }
}
