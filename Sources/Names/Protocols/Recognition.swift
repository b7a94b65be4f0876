import TCPModel

/// What the first bytes of one direction tell.
enum Recognition: Equatable {
  /// More bytes may tell.
  case undecided
  /// None of the known ones.
  case unknown
  case found(Application)
  /// `220`: a mail or a file server; the client's first word will tell.
  case greeting
}
