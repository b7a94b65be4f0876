import TCPModel

/// Who speaks QUIC with whom, by the outside of its datagrams.
struct QUICTally {
  /// Flows kept; a capture full of forged ones must not cost memory.
  private static let limit = 1 << 16
  private static let port: UInt16 = 443

  private var places: [FlowKey: Int] = [:]
  /// In the order of their first datagrams.
  private(set) var flows: [QUICFlow] = []
  /// Datagrams of flows beyond those kept.
  private(set) var omitted: Int64 = 0

  /// Takes the payload of a datagram if it is of QUIC.
  ///
  /// RFC 9000 17: the second bit of each packet is 1. The first one is 1 as long as the handshake lasts;
  /// then version (4) and the connection IDs with their lengths follow, which tell QUIC on any port.
  /// Later packets say nothing: they count on port 443, and in flows that are known.
  mutating func note(
    _ bytes: FrameBytes, from source: Endpoint, to destination: Endpoint, at time: Timestamp
  ) {
    guard Self.mayBe(bytes) else { return }
    let isLong = bytes.uint8(at: 0) & 0x80 != 0
    if isLong, !Self.hasLongHeader(bytes) { return }
    if !isLong, flows.isEmpty, source.port != Self.port, destination.port != Self.port { return }
    let key = FlowKey(source: source, destination: destination)
    if let place = places[key] {
      flows[place].add(Int64(bytes.wireLength), at: time)
      return
    }
    let isServer = source.port == Self.port || destination.port == Self.port
    guard isLong || isServer else { return }
    guard flows.count < Self.limit else {
      omitted &+= 1
      return
    }
    // On other ports the first one that speaks is the client.
    let isAnswer = source.port == Self.port && destination.port != Self.port
    var flow =
      isAnswer
      ? QUICFlow(client: destination, server: source, at: time)
      : QUICFlow(client: source, server: destination, at: time)
    flow.add(Int64(bytes.wireLength), at: time)
    places[key] = flows.count
    flows.append(flow)
  }

  /// Whether a datagram with this payload can be of QUIC.
  static func mayBe(_ bytes: FrameBytes) -> Bool {
    bytes.byteCount > 0 && bytes.uint8(at: 0) & 0x40 != 0
  }

  /// RFC 9000 17.2, RFC 9369: first byte | version (4) | length (1) and destination ID | length (1) and
  /// source ID; an ID has at most 20 bytes.
  private static func hasLongHeader(_ bytes: FrameBytes) -> Bool {
    guard bytes.byteCount >= 7 else { return false }
    let version = bytes.uint32(at: 1)
    guard version == 1 || version == 0x6B33_43CF || version >> 8 == 0xFF_0000 else { return false }
    let length = Int(bytes.uint8(at: 5))
    guard length <= 20, bytes.byteCount > 6 + length else { return false }
    return bytes.uint8(at: 6 + length) <= 20
  }
}
