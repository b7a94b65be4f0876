import Glibc
import TCPModel

/// The texts and process lists that socket samples refer to, each kept once.
///
/// A million sockets belong to a handful of processes and cgroups: a sample holds a number of four
/// bytes, and no `String` is made while reading.
public struct SocketNames: Sendable {
  private var texts = ByteTable()
  private var lists = ByteTable()

  public init() {}

  public mutating func text(_ bytes: UnsafeRawBufferPointer) -> NameID {
    NameID(rawValue: texts.index(of: bytes))
  }

  public mutating func text(_ string: String) -> NameID {
    var string = string
    return string.withUTF8 { text(UnsafeRawBufferPointer($0)) }
  }

  /// The list of these processes, in their order.
  public mutating func processes(
    _ processes: UnsafeBufferPointer<SocketProcess>
  ) -> ProcessListID {
    ProcessListID(rawValue: lists.index(of: UnsafeRawBufferPointer(processes)))
  }

  /// Damaged UTF-8 is repaired with U+FFFD.
  public subscript(id: NameID) -> String {
    texts.withBytes(at: id.rawValue) { String(decoding: $0, as: UTF8.self) }
  }

  public subscript(id: ProcessListID) -> [SocketProcess] {
    lists.withBytes(at: id.rawValue) { SocketProcess.list(in: $0) }
  }

  /// The process that stands first in the list.
  public func firstProcess(_ id: ProcessListID) -> SocketProcess? {
    lists.withBytes(at: id.rawValue) { bytes in
      bytes.isEmpty ? nil : bytes.loadUnaligned(as: SocketProcess.self)
    }
  }

  /// The names that came since the last call: another `SocketNames` can take them over.
  public mutating func takeAdditions() -> NameAdditions {
    var additions = NameAdditions()
    additions.texts = texts.takeAdditions()
    additions.lists = lists.takeAdditions()
    return additions
  }
}

extension SocketProcess {
  static func list(in bytes: UnsafeRawBufferPointer) -> [SocketProcess] {
    stride(from: 0, to: bytes.count, by: MemoryLayout<SocketProcess>.stride).map {
      bytes.loadUnaligned(fromByteOffset: $0, as: SocketProcess.self)
    }
  }
}

/// Byte strings, each kept once and numbered in the order of first sight. A seed of its own per table:
/// crafted input cannot make it slow, and the numbers do not depend on the seed.
private struct ByteTable: Sendable {
  private var strings = ByteStrings()
  private var places = PlaceIndex(slots: 64)
  /// Strings that `takeAdditions` has given already.
  private var given = 0
  private let seed = UInt64.random(in: .min ... .max) | 1

  mutating func index(of text: UnsafeRawBufferPointer) -> UInt32 {
    let hash = UInt32(truncatingIfNeeded: hash(of: text) >> 32)
    if let known = places.place(of: hash, where: { isEqual($0, text) }) {
      return UInt32(truncatingIfNeeded: known)
    }
    let number = strings.count
    places.insert(hash, at: number)
    strings.append(text)
    return UInt32(truncatingIfNeeded: number)
  }

  func withBytes<Result>(at index: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    strings.withBytes(at: Int(index), body)
  }

  mutating func takeAdditions() -> ByteStrings {
    var additions = ByteStrings()
    while given < strings.count {
      strings.withBytes(at: given) { additions.append($0) }
      given += 1
    }
    return additions
  }

  private func isEqual(_ index: Int, _ text: UnsafeRawBufferPointer) -> Bool {
    strings.withBytes(at: index) { kept in
      guard kept.count == text.count else { return false }
      guard let left = kept.baseAddress, let right = text.baseAddress else { return true }
      return memcmp(left, right, text.count) == 0
    }
  }

  private func hash(of text: UnsafeRawBufferPointer) -> UInt64 {
    var hash = seed ^ UInt64(truncatingIfNeeded: text.count)
    var offset = 0
    while offset &+ 8 <= text.count {
      hash = mixed(hash, text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset &+= 8
    }
    var rest: UInt64 = 0
    while offset < text.count {
      rest = rest << 8 | UInt64(text[offset])
      offset &+= 1
    }
    return mixed(hash, rest)
  }

  private func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    FoldedHash.fold(hash ^ word, 0x9E37_79B9_7F4A_7C15) ^ seed
  }
}
