import TCPModel

/// The ICMP errors of all points: each once, with how far it came.
public struct PathMessages: Sendable {
  /// In the order of time, told by the first point that saw each: its time on the first point's clock, its
  /// endpoints as the first point knows the connection.
  public private(set) var all: [ICMPMessage] = []
  /// By the connection's first frame at the first point.
  private var fates: [FramePlace: [PathMessage]] = [:]

  public init() {}

  func fates(of place: FramePlace) -> [PathMessage] { fates[place] ?? [] }

  fileprivate struct Key: Hashable {
    var sight: Int32
    var about: Side
    var kind: ICMPMessage.Kind
    var code: UInt8
  }

  /// - Parameter messages: By point, as its captures have them.
  init(_ messages: [[ICMPMessage]], _ join: PathJoin) {
    var groups: [Key: [[ICMPMessage]]] = [:]
    for (point, own) in messages.enumerated() {
      for message in own {
        var message = message
        let place = join.connection(of: message, at: point)
        message.time = join.clock(of: point).corrected(
          message.time, capture: UInt16(truncatingIfNeeded: message.capture), frame: message.frame,
          rank: { Int($0) })
        guard let place else {
          all.append(message)
          continue
        }
        (message.source, message.destination) = place.endpoints
        let key = Key(
          sight: place.sight, about: place.about, kind: message.kind, code: message.code)
        if groups[key] == nil {
          groups[key] = Array(repeating: [], count: messages.count)
        }
        groups[key]?[point].append(message)
      }
    }
    for (key, points) in groups { tell(key, points, join) }
    all.sort { ($0.time, $0.capture, $0.frame) < ($1.time, $1.capture, $1.frame) }
    for place in fates.keys {
      fates[place]?.sort {
        ($0.sights[0].place.capture, $0.sights[0].place.frame)
          < ($1.sights[0].place.capture, $1.sights[0].place.frame)
      }
    }
  }

  /// Of each kind the k-th at one point is the k-th at the other one.
  private mutating func tell(_ key: Key, _ points: [[ICMPMessage]], _ join: PathJoin) {
    let sorted = points.map { $0.sorted { ($0.time, $0.frame) < ($1.time, $1.frame) } }
    let seen = join.pointsOfSight(key.sight)
    // Toward whom the segment came from: past the points that are nearer to that end.
    let way = seen.nearSide == key.about ? seen.points.reversed() : seen.points
    for index in 0..<(sorted.map(\.count).max() ?? 0) {
      let sights = way.filter { index < sorted[$0].count }
      guard let first = sights.min(), let last = way.last else { continue }
      let message = sorted[first][index]
      all.append(message)
      let fate: PathMessage.Fate =
        !sights.contains(last) ? .lost : sights.count == way.count ? .arrived : .madeOnPath
      fates[join.beginning(of: key.sight), default: []].append(
        PathMessage(
          about: key.about, name: message.name, sender: message.sender, fate: fate,
          sights: sights.map {
            PathMessage.Sight(
              point: $0,
              place: FramePlace(
                capture: UInt16(truncatingIfNeeded: sorted[$0][index].capture),
                frame: sorted[$0][index].frame))
          }))
    }
  }
}

extension PathJoin {
  /// Whose an ICMP error is: a connection of the first point, by its own endpoints there.
  fileprivate func connection(
    of message: ICMPMessage, at point: Int
  ) -> (sight: Int32, about: Side, endpoints: (Endpoint, Endpoint))? {
    let key = FlowKey(source: message.source, destination: message.destination)
    guard let number = tables[point].sight(of: key, at: message.time.nanoseconds) else {
      return nil
    }
    var sight = number
    var about: Side =
      message.source == tables[point].sights[number].endpoint(.client) ? .client : .server
    if point > 0 {
      guard let link = links.first(where: { $0.first == 0 && $0.second == point }),
        link.pairing.pairOfSecond[number] >= 0
      else { return nil }
      let pair = link.pairing.pairs[Int(link.pairing.pairOfSecond[number])]
      sight = Int(pair.first)
      if pair.secondIsSwapped { about = about.peer }
    }
    let one = tables[0].sights[sight]
    return (
      Int32(truncatingIfNeeded: sight), about, (one.endpoint(about), one.endpoint(about.peer))
    )
  }

  /// Where a connection of the first point was seen, in the order of the path.
  fileprivate func pointsOfSight(_ number: Int32) -> (points: [Int], nearSide: Side) {
    var points = [0]
    var nearSide = Side.client
    for link in links where link.first == 0 && link.pairing.pairOfFirst[Int(number)] >= 0 {
      points.append(link.second)
      let pair = link.pairing.pairs[Int(link.pairing.pairOfFirst[Int(number)])]
      nearSide = pair.isReversed ? .server : .client
    }
    return (points, nearSide)
  }

  fileprivate func beginning(of number: Int32) -> FramePlace {
    tables[0].sights[Int(number)].firstPlace
  }

  /// What the points' ICMP errors say together.
  public func messages(_ messages: [[ICMPMessage]]) -> PathMessages {
    PathMessages(messages, self)
  }
}
