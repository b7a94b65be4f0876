import TCPModel

/// When and in which frame bytes came.
struct Arrival: BitwiseCopyable {
  /// From the connection's first segment.
  var at: Nanoseconds
  var frame: Int64
}

/// How the bytes that a parser is shown came.
struct Shown: BitwiseCopyable {
  /// The first of them, and the last.
  var first: Arrival
  var last: Arrival
  /// What follows them was not captured.
  var isCut = false
}

/// What a parser made of the bytes it was shown.
enum Progress: BitwiseCopyable {
  /// It is done with so many; zero is not allowed.
  case used(Int)
  /// The next so many, from the first one shown on, tell nothing: they need not have been captured.
  case skip(Int64)
  /// It needs more than was shown.
  case needsMore
  /// It wants no more.
  case stop
}
