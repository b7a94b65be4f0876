import Foundation
import TraceParsing

/// Pieces of captures as text: a JSON object a line.
enum PieceLines {
  /// A section may have many interfaces.
  static let longest = 16 << 20

  static func text(_ piece: CapturePiece) throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(piece) else {
      throw Failure(.inputOutput, "\(piece.input): its name cannot be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// - Parameter number: Of the line, from 1.
  static func piece(_ line: [UInt8], number: Int, of name: String) throws(Failure) -> CapturePiece {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let piece = try? decoder.decode(CapturePiece.self, from: Data(line)), piece.isPlausible
    else {
      throw Failure(
        .badInput,
        "\(name): line \(number) is no piece of a capture; tcptimeline pieces writes them")
    }
    return piece
  }
}
