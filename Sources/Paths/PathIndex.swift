import TCPModel

/// Where the connections that are counted begin: those of the first point, and of the others what no
/// point before them has.
public struct PathIndex: Sendable {
  struct Place: Sendable {
    var point: UInt8
    var sight: Int32
  }

  private(set) var places: [FramePlace: Place] = [:]
  /// Servers of the first point that other points see connections to, under this name or another one.
  private(set) var reached: Set<IPAddress> = []
  /// By point, connections that no other one has.
  private(set) var alone: [[Int32]]

  public var unmatched: [Int] { alone.map(\.count) }

  init(_ tables: [SightTable], _ links: [PointLink]) {
    alone = Array(repeating: [], count: tables.count)
    places.reserveCapacity(tables[0].sights.count)
    for link in links where link.first == 0 {
      for pair in link.pairing.pairs {
        reached.insert(tables[0].sights[Int(pair.first)].endpoint(.server).address)
      }
    }
    for point in tables.indices {
      for number in tables[point].sights.indices {
        if links.contains(where: {
          $0.second == point && $0.pairing.pairOfSecond[number] >= 0
        }) {
          continue
        }
        if !links.contains(where: { $0.first == point && $0.pairing.pairOfFirst[number] >= 0 }) {
          alone[point].append(Int32(truncatingIfNeeded: number))
        }
        places[tables[point].sights[number].firstPlace] = Place(
          point: UInt8(truncatingIfNeeded: point), sight: Int32(truncatingIfNeeded: number))
      }
    }
  }
}
