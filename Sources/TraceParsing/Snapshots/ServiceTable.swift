import Glibc

/// Names of TCP ports (services(5)): `ss` prints them in place of numbers unless told `-n`.
struct ServiceTable: Sendable {
  private let ports: [String: UInt16]

  /// The table of this system; empty where there is none.
  static let system = ServiceTable(contentsOf: "/etc/services")

  init(_ ports: [String: UInt16]) {
    self.ports = ports
  }

  /// Reads `name port/protocol alias...`; lines of other protocols and damaged ones do not count.
  private init(contentsOf path: String) {
    var ports: [String: UInt16] = [:]
    guard let file = fopen(path, "re") else {
      self.init([:])
      return
    }
    defer { fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, file) >= 0, let text = line.map({ String(cString: $0) }) {
      let words = text.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" || $0 == "\n" }
      guard words.count >= 2 else { continue }
      let port = words[1].split(separator: "/")
      guard port.count == 2, port[1] == "tcp", let number = UInt16(port[0]) else { continue }
      for name in [words[0]] + words.dropFirst(2) where ports[String(name)] == nil {
        ports[String(name)] = number
      }
    }
    self.init(ports)
  }

  func port(of name: UnsafeRawBufferPointer) -> UInt16? {
    ports[String(decoding: name, as: UTF8.self)]
  }
}
