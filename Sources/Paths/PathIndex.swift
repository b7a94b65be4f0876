import TCPModel

/// Where the connections that are counted begin: those of the first point, and of the others what no
/// point before them has.
public struct PathIndex: Sendable {
  struct Place: Sendable {
    var point: Int
    var sight: Int32
  }

  /// The connections by where they begin: a point's sights are numbered behind those of the points before it.
  private let numbers: FrameNumbers
  private let bases: [Int]
  /// Servers of the first point that other points see connections to, under this name or another one.
  private(set) var reached: Set<IPAddress> = []
  /// By point, connections that no other one has.
  let alone: [[Int32]]

  public var unmatched: [Int] { alone.map(\.count) }

  init(_ tables: [SightTable], _ links: [PointLink]) {
    var (alone, bases) = (Array(repeating: [Int32](), count: tables.count), [0])
    var (point, count) = (0, 0)
    for table in tables {
      count += table.sights.count
      bases.append(count)
    }
    var last: IPAddress?
    for link in links where link.first == 0 {
      for pair in link.pairing.pairs {
        let address = tables[0].sights[Int(pair.first)].endpoint(.server).address
        if address != last { reached.insert(address) }
        last = address
      }
    }
    numbers = FrameNumbers(count) { index in
      while index >= bases[point + 1] { point += 1 }
      let number = index - bases[point]
      if links.contains(where: { $0.second == point && $0.pairing.pairOfSecond[number] >= 0 }) {
        return nil
      }
      if !links.contains(where: { $0.first == point && $0.pairing.pairOfFirst[number] >= 0 }) {
        alone[point].append(Int32(truncatingIfNeeded: number))
      }
      return (tables[point].sights[number].firstPlace, Int32(truncatingIfNeeded: index))
    }
    self.alone = alone
    self.bases = bases
  }

  /// The connection that begins at a frame, as the point has it that tells it.
  subscript(place: FramePlace) -> Place? {
    guard let number = numbers[place], let point = bases.lastIndex(where: { $0 <= number }) else {
      return nil
    }
    return Place(point: point, sight: number - Int32(truncatingIfNeeded: bases[point]))
  }
}
