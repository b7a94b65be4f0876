import ArgumentParser
import Rendering
import TraceParsing

/// `tcptimeline pieces INPUT...`: where captures can be cut for several machines.
struct PiecesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pieces",
    abstract: "List pieces of captures that several machines can read, a JSON object a line.",
    usage: "tcptimeline pieces INPUT... [--size 256M] [-o FILE]",
    discussion: """
      A piece is a range of bytes between two records, with the sections and interfaces of a pcapng
      file that hold there. A compressed capture is one piece.

      EXAMPLES:
        tcptimeline pieces a.pcap b.pcapng --size 256M -o pieces.jsonl
        tcptimeline fragment pieces.jsonl -o journals        on each machine some of them (--only)
        tcptimeline merge journals -o report.json
      """)

  @Argument(
    help: ArgumentHelp("Captures (pcap, pcapng), or folders of them.", valueName: "input"),
    completion: .file())
  var inputs: [String] = []

  @Option(
    help: ArgumentHelp("At most so many bytes a piece, but at least one record.", valueName: "n"))
  var size = ByteCount(256 << 20)

  @Option(
    name: [.customShort("o"), .long], help: .output, completion: .file())
  var output: String?

  func run() throws {
    guard !inputs.isEmpty else {
      throw Failure(.usage, "no input: name a capture (see tcptimeline pieces --help)")
    }
    guard !inputs.contains("-") else {
      throw Failure(.usage, "-: standard input has no pieces; copy it to a file first")
    }
    let files = try InputFiles.sort(inputs, snapshots: [], isReadTwice: false)
    guard files.snapshots.isEmpty else {
      throw Failure(
        .badInput, "\(files.snapshots[0].name): no capture; tcptimeline pieces cuts captures")
    }
    var file = try OutputFile.open(
      path: output, sparing: ProtectedFiles(files.identities, paths: []))
    var lines = ByteWriter(descriptor: file.descriptor)
    for (index, capture) in files.captures.enumerated() {
      for var piece in try pieces(of: capture) {
        piece.input = capture.name
        piece.inputNumber = index + 1
        piece.inputs = files.captures.count
        piece.isFromFolder = capture.isFromFolder
        lines.text(try PieceLines.text(piece) + "\n")
      }
    }
    try file.finish(&lines)
    try file.commit()
  }

  private func pieces(of capture: InputCapture) throws(Failure) -> [CapturePiece] {
    do {
      return try CaptureReader.pieces(of: capture.path, size: size.bytes)
    } catch {
      throw Failure(error, in: capture.name)
    }
  }
}
