import Glibc
import Support
import TraceParsing

/// The journals named on the command line, sorted into the captures that they are of.
struct JournalFiles {
  private static let ending = ".journal"
  /// Those that stand for the captures, and all journals.
  private(set) var inputs = InputFiles()
  private(set) var identities: [FileIdentity] = []

  /// The numbers of the input and of the piece.
  static func name(of piece: CapturePiece) -> String {
    func digits(_ number: Int) -> String { String(number).zeroPadded(to: 6) }
    return digits(piece.inputNumber) + "-" + digits(piece.piece) + ending
  }

  /// - Parameter arguments: Journals in any order, and folders of them.
  init(_ arguments: [String]) throws(Failure) {
    var found: [(path: String, head: JournalHead)] = []
    for path in try JournalFiles.paths(arguments) {
      if let identity = FileIdentity.Status(path: path)?.identity { identities.append(identity) }
      do {
        found.append((path, try JournalHead.read(path)))
      } catch {
        throw Failure(error.kind == .cannotOpen ? .noInput : .badInput, error.message)
      }
    }
    found.sort {
      ($0.head.piece.inputNumber, $0.head.piece.piece, $0.path)
        < ($1.head.piece.inputNumber, $1.head.piece.piece, $1.path)
    }
    guard let first = found.first?.head.piece else {
      throw Failure(.badInput, "no journal; tcptimeline fragment writes them")
    }
    var next = 0
    for number in 1...first.inputs {
      guard next < found.count, found[next].head.piece.inputNumber == number else {
        throw JournalFiles.missing("all pieces of input \(number) of \(first.inputs) are")
      }
      let head = found[next].head
      var capture = InputCapture(
        name: RawPath.shown(head.piece.input), path: found[next].path, size: head.piece.size)
      capture.isFromFolder = head.piece.isFromFolder
      for piece in 1...head.piece.pieces {
        guard next < found.count, found[next].head.piece.inputNumber == number,
          found[next].head.piece.piece == piece
        else {
          if next < found.count, next > 0, found[next].head.piece.inputNumber == number,
            found[next].head.piece.piece == piece - 1
          {
            throw Failure(
              .badInput,
              "\(found[next - 1].path) and \(found[next].path) are of the same piece; name one")
          }
          throw JournalFiles.missing(
            "piece \(piece) of \(head.piece.pieces) of \(capture.name) is")
        }
        guard found[next].head.piece.belongs(with: head.piece) else {
          throw Failure(
            .badInput,
            "\(found[next].path) and \(capture.path) are pieces of different lists of pieces")
        }
        capture.journals.append(found[next].path)
        next += 1
      }
      inputs.captures.append(capture)
    }
    if next < found.count {
      throw Failure(
        .badInput, "\(found[next].path): is of more pieces than \(found[0].path) knows of")
    }
  }

  private static func missing(_ what: String) -> Failure {
    Failure(.badInput, "\(what) missing; make the journals with tcptimeline fragment")
  }

  private static func paths(_ arguments: [String]) throws(Failure) -> [String] {
    var paths: [String] = []
    for argument in arguments {
      guard FileIdentity.Status(path: argument)?.isDirectory == true else {
        paths.append(argument)
        continue
      }
      guard let names = Folder.names(in: argument) else {
        throw Failure(
          .noInput,
          "\(RawPath.shown(argument)): cannot be opened (\(Failure.reason(errno)))")
      }
      let folder = argument.hasSuffix("/") ? argument : argument + "/"
      let journals = names.filter { $0.hasSuffix(ending) && !$0.hasPrefix(".") }
      guard !journals.isEmpty else {
        throw Failure(.badInput, "\(RawPath.shown(argument)): no journal in this folder")
      }
      paths += journals.map { folder + $0 }
    }
    return paths
  }
}

extension CapturePiece {
  /// Whether both are in one list of pieces, and of one input.
  fileprivate func belongs(with other: CapturePiece) -> Bool {
    input == other.input && inputs == other.inputs && pieces == other.pieces && size == other.size
      && isFromFolder == other.isFromFolder
  }
}
