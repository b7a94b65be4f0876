import TCPModel

/// The way of one segment between two points, in the first point's time.
public struct PathFlight: Sendable {
  public let sent: FramePlace
  public let sentAt: Nanoseconds
  /// nil where it was lost.
  public let arrived: FramePlace?
  public let arrivedAt: Nanoseconds
  public let from: Side
  /// Sequence space, by the first point's numbers.
  public let sequence: UInt32
  public let length: UInt32
  public let acknowledgment: UInt32
  public let payload: UInt32
  /// As in the header.
  public let window: UInt16
  public let flags: TCPFlags

  init(_ packet: Packet, arrived: Packet?, from: Side) {
    sent = packet.place
    sentAt = packet.time
    self.arrived = arrived?.place
    arrivedAt = arrived?.time ?? packet.time
    self.from = from
    sequence = packet.sequence
    length = packet.length
    acknowledgment = packet.acknowledgment
    payload = packet.payload
    window = packet.window
    flags = packet.flags
  }
}

/// The ways of a connection's segments between two points.
public struct PathFlights: Sendable {
  public let from: Int
  public let to: Int
  public let all: [PathFlight]
}
