import Support
import TCPModel

/// What is kept of a host's connection until its other end is looked for: 88 bytes.
struct FleetSocket {
  var local: Endpoint
  var remote: Endpoint
  /// In the list of process names.
  var process: Int32
  /// Bits by state.
  var states: UInt16
  var last: TCPState?
  /// The last state was seen at two instants at least.
  var hasStayed: Bool
  var firstSeen: Int64
  var lastSeen: Int64

  static let noProcess: Int32 = -1

  init(_ socket: SocketLifecycle, process: Int32) {
    local = socket.local
    remote = socket.remote
    self.process = process
    states = socket.states.reduce(0) { $0 | ($1.state.map { 1 << UInt16($0.rawValue) } ?? 0) }
    last = socket.states.last?.state
    hasStayed = socket.states.last.map { $0.lastSeen > $0.firstSeen } ?? false
    firstSeen = socket.firstSeen?.nanoseconds ?? 0
    lastSeen = socket.lastSeen?.nanoseconds ?? 0
  }

  func was(in state: TCPState) -> Bool { states & (1 << UInt16(state.rawValue)) != 0 }
}

/// Process names, each once.
struct ProcessNames {
  private(set) var names: [String] = []
  private var places: [String: Int32] = [:]

  mutating func place(of name: String) -> Int32 {
    if let place = places[name] { return place }
    let place = Int32(clamping: names.count)
    names.append(name)
    places[name] = place
    return place
  }

  subscript(place: Int32) -> String? {
    names.indices.contains(Int(place)) ? names[Int(place)] : nil
  }
}
