import ArgumentParser
import Glibc
import Rendering
import TraceParsing

/// `tcptimeline fragment PIECES -o FOLDER`: reads pieces of captures, each into a journal.
struct FragmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fragment",
    abstract: "Read pieces of captures, and keep of each what a report needs as a journal.",
    usage: "tcptimeline fragment PIECES [--only 3-7] -o FOLDER",
    discussion: """
      EXAMPLES:
        tcptimeline fragment pieces.jsonl -o journals
        tcptimeline fragment pieces.jsonl --only 3-7 -o journals
        sed -n 3p pieces.jsonl | tcptimeline fragment - -o journals

      A journal appears when it is whole, under the numbers of its input and piece; one that is there is
      written anew.
      """)

  @Argument(
    help: ArgumentHelp(
      "What tcptimeline pieces wrote, or some lines of it; - for standard input.",
      valueName: "pieces"),
    completion: .file())
  var pieces: String

  @Option(help: ArgumentHelp("Only these lines; a number or a range (3-7).", valueName: "lines"))
  var only: [IDRange] = []

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("Write into this folder, which is made if need be.", valueName: "dir"),
    completion: .directory)
  var output: String

  func run() throws {
    let lines = try readLines()
    try OutputFolder.make(output)
    for (number, piece) in lines { try write(piece, line: number) }
  }

  private func readLines() throws(Failure) -> [(Int, CapturePiece)] {
    let (descriptor, name) = try TextFile.open(pieces)
    defer { close(descriptor) }
    var reader = LineReader(descriptor: descriptor, name: name, limit: PieceLines.longest)
    var found: [(Int, CapturePiece)] = []
    var number = 0
    while let line = try reader.next() {
      number += 1
      guard only.isEmpty || only.contains(where: { $0.ids.contains(number) }) else { continue }
      found.append((number, try PieceLines.piece(line ?? [], number: number, of: name)))
    }
    guard !found.isEmpty else {
      throw Failure(
        .badInput,
        number == 0
          ? "\(name): no pieces; tcptimeline pieces writes them"
          : "\(name): has \(number) lines, none of which is asked for")
    }
    return found
  }

  private func write(_ piece: CapturePiece, line: Int) throws(Failure) {
    let folder = output.hasSuffix("/") ? output : output + "/"
    let input = try InputFiles.file(piece.input)
    // Holds what was said over the connections.
    var file = try OutputFile.open(
      path: folder + JournalFiles.name(of: piece),
      sparing: ProtectedFiles([input.identity].compactMap(\.self), paths: []),
      mode: OutputFile.privateMode)
    var bytes = ByteWriter(descriptor: file.descriptor)
    do throws(CaptureError) {
      var journal = try JournalWriter(piece, path: input.path)
      while let next = try journal.next() {
        bytes.append(next)
        if bytes.failure != nil { break }
      }
    } catch {
      throw Failure(error, in: input.name)
    }
    try file.finish(&bytes)
    try file.commit()
  }
}
