import TCPModel

/// The way of one segment between two points, in the first point's time.
public struct PathFlight: Sendable {
  public let sent: FramePlace
  public let sentAt: Nanoseconds
  /// nil where it was lost.
  public let arrived: FramePlace?
  public let arrivedAt: Nanoseconds
}
