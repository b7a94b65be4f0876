import Glibc
import Support

extension [InputCapture] {
  /// Without files that are there twice: the same name and the same bytes in another folder, as a second
  /// copying leaves them. Read twice, one instant would look like two at which nothing changed.
  var withoutCopies: [InputCapture] {
    var kept: [InputCapture] = []
    var seen: [String: [Int]] = [:]
    var copies: [String] = []
    for file in self {
      let name = file.path.lastPathComponent
      if seen[name]?.contains(where: { kept[$0].holdsTheSame(as: file) }) == true {
        copies.append(file.name)
        continue
      }
      seen[name, default: []].append(kept.count)
      kept.append(file)
    }
    if let first = copies.first {
      let others = copies.count > 1 ? " and \(Quantity.count(copies.count - 1)) more" : ""
      Failure.say("\(first)\(others): there twice, name and bytes; read once")
    }
    return kept
  }
}

extension InputCapture {
  fileprivate func holdsTheSame(as other: InputCapture) -> Bool {
    guard let size, size == other.size,
      let mine = try? TextFile.read(path, limit: Int(size)),
      let theirs = try? TextFile.read(other.path, limit: Int(size))
    else { return false }
    return mine == theirs
  }
}
