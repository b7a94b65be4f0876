import Glibc
import Support
import TCPModel

/// Where the pseudonyms of `--anonymize` come from.
enum Anonymization {
  /// Whoever sets it gets the same pseudonyms for every capture.
  private static let variable = "TCPTIMELINE_KEY"
  private static let pieceSize = 1 << 18

  private static var secret: [UInt8]? {
    guard let value = getenv(variable), value.pointee != 0 else { return nil }
    return Array(String(cString: value).utf8)
  }

  /// Whether standard input has to be kept, because the key is made from it.
  static var readsInput: Bool { secret == nil }

  /// Never with a key that is made from less than everything: an input that cannot be read ends the
  /// run.
  static func pseudonyms(for inputs: [InputFiles]) throws(Failure) -> AddressPseudonyms {
    if let secret { return AddressPseudonyms(secret: secret) }
    var derived = DerivedSecret()
    for files in inputs {
      for input in files.captures + files.snapshots { try append(input, to: &derived) }
    }
    return AddressPseudonyms(secret: derived.secret())
  }

  private static func append(
    _ input: InputCapture, to derived: inout DerivedSecret
  ) throws(Failure) {
    let descriptor = input.path.withPath { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      throw Failure(.noInput, "\(input.name): cannot be opened (\(Failure.reason(errno)))")
    }
    defer { close(descriptor) }
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 16)
    defer { piece.deallocate() }
    while true {
      var count = 0
      while count < pieceSize {
        let step = read(descriptor, piece.baseAddress.map { $0 + count }, pieceSize - count)
        if step == 0 { break }
        if step > 0 {
          count += step
        } else if errno != EINTR {
          throw Failure(.inputOutput, "\(input.name): reading failed (\(Failure.reason(errno)))")
        }
      }
      derived.append(UnsafeRawBufferPointer(rebasing: piece[..<count]))
      if count < pieceSize { return }
    }
  }
}

/// What was asked for by real addresses, in terms of those that the report is about.
extension SelectionOptions {
  mutating func rename(by pseudonyms: AddressPseudonyms) {
    var pseudonyms = pseudonyms
    for index in hosts.indices { hosts[index] = hosts[index].renamed(by: &pseudonyms) }
  }
}

extension NamingArguments {
  mutating func rename(by pseudonyms: AddressPseudonyms) {
    var pseudonyms = pseudonyms
    for index in names.indices {
      names[index].address = pseudonyms.pseudonym(of: names[index].address)
    }
  }
}
