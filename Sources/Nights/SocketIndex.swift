import Support
import TCPModel

/// Where the socket of a key is. The hash is keyed by a secret of this process.
struct SocketIndex {
  private var places = PlaceIndex(slots: 1 << 10)
  private let secret = UInt64.random(in: .min ... .max) | 1

  func find(_ key: SocketKey, _ keyAt: (Int) -> SocketKey) -> Int? {
    places.place(of: hash(key)) { keyAt($0) == key }
  }

  /// Makes room for so many keys in all.
  mutating func reserve(_ keys: Int) { places.reserve(keys) }

  /// The key must not be there yet.
  mutating func insert(_ key: SocketKey, at place: Int) { places.insert(hash(key), at: place) }

  mutating func move(_ key: SocketKey, from place: Int, to newPlace: Int) {
    places.move(hash(key), from: place, to: newPlace)
  }

  mutating func remove(_ key: SocketKey, at place: Int) { places.remove(hash(key), at: place) }

  private func hash(_ key: SocketKey) -> UInt32 {
    FoldedHash.ofEndpoints(key.local, key.remote, secret, and: key.listener)
  }
}
